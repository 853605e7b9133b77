"""The options of ``gdelt``."""

from __future__ import annotations

from pydantic import Field

from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options


class GdeltOptions(Options):
    """The search for articles in GDELT's DOC API."""

    timespan: str = Field(
        default="1w",
        pattern=r"^[1-9]\d{0,3}(min|h|d|w|m)$",
        description="How far back to look: 12h, 3d, 1w or 2m (three months at most)",
    )
    canary: CanaryWords = Field(default="election", description=CANARY)
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
