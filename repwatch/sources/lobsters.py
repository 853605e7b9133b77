"""Watches Lobsters through its feeds: the newest stories and comments, and what links to one's domains.

Its search has no feed and is closed to programs by the wish of its maintainers, so none is made here:
what passes by between two checks is told as a gap, as with any feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from repwatch.model import Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import feed
from repwatch.sources.entry import Entry

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.lobsters import LobstersOptions


class Lobsters:
    """Feeds that name nobody: they are matched against every subject."""

    rate = 5.0

    def __init__(self, options: LobstersOptions) -> None:
        self.base = (options.base_url or "https://lobste.rs").rstrip("/")
        comments = ("comments",) if options.comments else ()
        domains = (f"domains/{quote(domain, safe='')}" for domain in options.domains)
        self.feeds = ("newest", *comments, *(f"t/{tag}" for tag in options.tags), *domains)

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request a feed."""
        del subjects
        return [Request(f"{self.base}/{name}.rss") for name in self.feeds]

    def parse(self, page: Page) -> Parsed:
        """The stories, each with the address that it links to, and the comments."""
        document = feed.read(page)
        return feed.parsed(document, (feed.found(_bare(entry)) for entry in document.entries))


def _bare(entry: Entry) -> Entry:
    """The entry without the text of a story that has none: a link to its comments."""
    return replace(entry, summary="") if text.plain(entry.summary) == "Comments" else entry
