"""The options of ``news_sitemap``."""

from __future__ import annotations

from pydantic import Field

from repwatch.sources.options.base import HttpUrl, Options


class NewsSitemapOptions(Options):
    """A news sitemap, packed with gzip or not, or an index of sitemaps."""

    url: HttpUrl = Field(description="Address of the news sitemap, or of the index that lists it")
    sitemaps: int = Field(
        default=3, ge=1, le=10, description="Of an index: how many sitemaps to read, the newest first"
    )
