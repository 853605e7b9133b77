"""The options of ``discourse``."""

from __future__ import annotations

from pydantic import Field, model_validator

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options


class DiscourseOptions(Options):
    """A Discourse forum."""

    base_url: HttpUrl = Field(description="Address of the forum, as in https://forum.example.org")
    api_key: Secret | None = Field(default=None, description="A key that its administrators gave you")
    api_username: str = Field(
        default="",
        pattern=r"^[\w.-]*$",
        max_length=60,
        description="Whose key that is; needed beside api_key",
    )
    canary: CanaryWords = Field(
        default=False, description=f"{CANARY}, as nobody knows what your forum must hold"
    )

    @model_validator(mode="after")
    def _key_with_name(self) -> DiscourseOptions:
        if bool(self.api_key) != bool(self.api_username):
            raise ValueError("expected api_key and api_username together")
        return self
