"""The options of ``bluesky``."""

from __future__ import annotations

from pydantic import Field

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options


class BlueskyOptions(Options):
    """An account on Bluesky, whose app password may search and nothing worse."""

    handle: str = Field(
        pattern=r"^[A-Za-z0-9.:@_+-]{3,253}$", description="Handle of the account, as in ada.example.org"
    )
    app_password: Secret = Field(
        description="An app password of the account (Settings, Privacy and security), never its own password"
    )
    pds: HttpUrl = Field(
        default="https://bsky.social", description="The server that the account lives on (PDS)"
    )
    canary: CanaryWords = Field(default="bluesky", description=CANARY)
