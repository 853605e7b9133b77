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

    url: HttpUrl


class GoogleAlertsOptions(_Options):
    """A Google Alert whose "Deliver to" is an RSS feed."""

    feed: Annotated[str, AfterValidator(_alert)]


class SearxngOptions(_Options):
    """A SearXNG (or old searx) instance. ``pages`` counts from 1; 0 is no ``safesearch``."""

    url: HttpUrl
    engines: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: Literal["all", "auto"] | Language = "all"
    time_range: Literal["", "day", "week", "month", "year"] = ""
    pages: Annotated[int, Field(ge=1, le=10)] = 1
    method: Literal["GET", "POST"] = "GET"
    safesearch: Annotated[int, Field(ge=0, le=2)] = 0


class DeclarativeOptions(_Options):
    """What every catalog entry takes.

    ``base_url`` replaces the service's own address; ``language`` and ``country`` ask for results of a
    place, ``contact`` is an address for services that want one, ``key`` a secret where one is needed.
    """

    base_url: HttpUrl | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"
    contact: str = ""
    key: Secret | None = None
