"""The nouns of syndication: a feed document and its entries, before they are cleaned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from repwatch.model import NO_WISH, Wish


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as the feed spells it.

    ``links`` are the candidates for its address, best first, absolute where the feed allows it;
    ``html`` names those of ``title`` and ``summary`` that are markup; ``site`` is who wrote it and
    ``site_link`` their own address, where an aggregator tells.
    """

    title: str = ""
    links: tuple[str, ...] = ()
    summary: str = ""
    html: frozenset[str] = frozenset()
    guid: str = ""
    author: str = ""
    site: str = ""
    site_link: str = ""
    language: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A feed: its identifier and title as spelled, its entries, what did not arrive, and what it wishes."""

    id: str = ""
    title: str = ""
    entries: tuple[Entry, ...] = ()
    missing: tuple[str, ...] = ()
    wish: Wish = NO_WISH
