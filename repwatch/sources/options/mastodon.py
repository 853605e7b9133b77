"""The options of ``mastodon``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options

# A counted \w{0,98} would take 60 ms to compile at every start.
Tag = Annotated[str, Field(pattern=r"^\w[\w·]*$", max_length=100)]
Account = Annotated[str, Field(pattern=r"^\w(?:[\w.-]*\w)?$", max_length=100)]


class MastodonOptions(Options):
    """A Mastodon instance: what it shows to everybody, and with a token what it finds."""

    base_url: HttpUrl = Field(description="Address of the instance, as in https://social.example.org")
    tags: tuple[Tag, ...] = Field(
        default=(), description="Tags to watch, without the #; what they show is matched against every name"
    )
    accounts: tuple[Account, ...] = Field(
        default=(), description="Accounts of the instance to watch, by their names without the @"
    )
    token: Secret | None = Field(
        default=None,
        description="Token of an account there (scopes read:search, read:statuses), to search for each name",
    )
    canary: CanaryWords = Field(default="mastodon", description=CANARY)

    @model_validator(mode="after")
    def _something_to_watch(self) -> MastodonOptions:
        if not (self.tags or self.accounts or self.token):
            raise ValueError("expected tags or accounts, or a token to search with")
        return self
