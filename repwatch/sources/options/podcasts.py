"""The options of ``podcasts``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options


class PodcastsOptions(Options):
    """Podcast Index, with a free key and secret of https://api.podcastindex.org."""

    key: Secret = Field(description="The API key, as env:NAME or file:/PATH")
    secret: Secret = Field(description="The API secret, as env:NAME or file:/PATH")
    searches: tuple[Literal["person", "term"], ...] = Field(
        default=("person", "term"),
        min_length=1,
        description="person: episodes that name somebody; term: shows by their title, author or owner",
    )
    canary: CanaryWords = Field(default="news", description=CANARY)
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
