"""The options of ``searxng``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from repwatch.sources.options.base import CanaryWords, HttpUrl, Language, Options


class SearxngOptions(Options):
    """A SearXNG (or old searx) instance."""

    url: HttpUrl = Field(description="Address of the instance, as in http://localhost:8888")
    engines: tuple[str, ...] = Field(default=(), description="Which engines; default: the instance's own")
    categories: tuple[str, ...] = Field(default=(), description="Which categories, as in general, news")
    language: Language = Field(  # "all" and "auto" have the form of one
        default="all", description="Language of results: all, auto, or as in fr or fr-FR"
    )
    time_range: Literal["", "day", "week", "month", "year"] = Field(
        default="", description="Only results of the last day, week, month or year"
    )
    pages: int = Field(default=1, ge=1, le=10, description="How many pages of results to read")
    method: Literal["GET", "POST"] = Field(
        default="GET", description="POST keeps the name out of the instance's access log"
    )
    safesearch: int = Field(default=0, ge=0, le=2, description="0 is off, 1 moderate, 2 strict")
    canary: CanaryWords = Field(
        default="wikipedia",
        description="Words that must find something, asked for when a check finds nothing; false: never ask",
    )
