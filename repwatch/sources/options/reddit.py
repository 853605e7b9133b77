"""The options of ``reddit``."""

from __future__ import annotations

from pydantic import Field, model_validator

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options


class RedditOptions(Options):
    """One of two ways in: the account's feed token, or an application of one's own."""

    user: str = Field(
        default="",
        pattern=r"^[\w-]*$",
        max_length=40,
        description="Name of the account whose feed_token it is",
    )
    feed_token: Secret | None = Field(
        default=None, description="The value of feed= in any address on reddit.com/prefs/feeds"
    )
    client_id: str = Field(
        default="",
        pattern=r"^[\w-]*$",
        max_length=60,
        description="Id of an application (reddit.com/prefs/apps)",
    )
    client_secret: Secret | None = Field(default=None, description="Secret of that application")
    canary: CanaryWords = Field(default="reddit", description=CANARY)
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")

    @model_validator(mode="after")
    def _one_way_in(self) -> RedditOptions:
        by_feed, by_api = (self.user, self.feed_token), (self.client_id, self.client_secret)
        if [all(by_feed), all(by_api)].count(True) != 1 or (any(by_feed) and any(by_api)):
            raise ValueError("expected user and feed_token, or client_id and client_secret")
        return self
