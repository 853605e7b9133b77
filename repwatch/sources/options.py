"""What the YAML file may say about each kind of source.

The classes live apart from the sources because the parser child imports those, and pydantic is dear.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from repwatch.config.secret import Secret
from repwatch.rules import url as links

_ALERT_PATH = re.compile(r"/alerts/feeds/\d+/\d+/?$")
_READER_ALERT = re.compile(r"^http://user/(\d+)/state/com\.google/alerts/(\d+)$")


def _http(url: str) -> str:
    """The URL as given, if it is an absolute http(s) one."""
    url = url.strip()
    if not links.canonical(url):
        raise ValueError("expected an absolute http:// or https:// address")
    return url


def _alert(url: str) -> str:
    """The feed's address; Google Reader's old form of it is rewritten."""
    url = _READER_ALERT.sub(r"https://www.google.com/alerts/feeds/\1/\2", url.strip())
    if not _ALERT_PATH.search(_http(url)):
        raise ValueError("expected https://www.google.com/alerts/feeds/<number>/<number>")
    return url


HttpUrl = Annotated[str, AfterValidator(_http)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class _Options(BaseModel):
    """Frozen, and strict about unknown keys: a typing error must not be an option that does nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FeedOptions(_Options):
    """Any RSS, Atom or JSON feed."""

    url: HttpUrl = Field(description="Address of the feed")


class GoogleAlertsOptions(_Options):
    """A Google Alert whose "Deliver to" is an RSS feed."""

    feed: Annotated[str, AfterValidator(_alert)] = Field(
        description="Address of the alert's feed: https://www.google.com/alerts/feeds/<number>/<number>"
    )


class SearxngOptions(_Options):
    """A SearXNG (or old searx) instance."""

    url: HttpUrl = Field(description="Address of the instance, as in http://localhost:8888")
    engines: tuple[str, ...] = Field(default=(), description="Which engines; default: the instance's own")
    categories: tuple[str, ...] = Field(default=(), description="Which categories, as in general, news")
    language: Literal["all", "auto"] | Language = Field(
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


class DeclarativeOptions(_Options):
    """What every catalog entry takes."""

    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="Language of results; default: the reports'"
    )
    country: str = Field(
        default="US", pattern=r"^[A-Z]{2}$", description="Country of results; default: by the language"
    )
    contact: str = Field(default="", description="Address for services that want one; default: the file's")
    key: Secret | None = Field(default=None, description="env:NAME or file:/PATH, where a key is needed")
