"""The options of ``feed``."""

from __future__ import annotations

from pydantic import Field

from repwatch.sources.options.base import HttpUrl, Options


class FeedOptions(Options):
    """Any RSS, Atom or JSON feed."""

    url: HttpUrl = Field(description="Address of the feed")
