"""Watches any feed: RSS, Atom or JSON Feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.rules import url as links
from repwatch.sources import json_feed, syndication
from repwatch.sources.entry import Document, Entry
from repwatch.sources.item import finding

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.feed import FeedOptions

ONLY_CHANGES = 226


class Feed:
    """The feed at one address."""

    def __init__(self, options: FeedOptions) -> None:
        self.url = options.url

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the feed is matched against every subject."""
        del subjects
        return (Request(self.url, expects=frozenset({ONLY_CHANGES})),)

    def parse(self, page: Page) -> Parsed:
        """The entries; their dates are what the publisher says of its own pages."""
        return self._parsed(read(page), page)

    def glance(self, page: Page) -> Parsed | None:
        """The same for a small and ordinary feed, None for another."""
        document = syndication.glance(page)
        return self._parsed(document, page) if document else None

    def _parsed(self, document: Document, page: Page) -> Parsed:
        findings = [found(entry, page_date=True) for entry in document.entries]
        missing = ("the server sent only what changed",) if page.status == ONLY_CHANGES else ()
        return parsed(document, findings, missing)


def read(page: Page) -> Document:
    """The feed document in the page. Raises Unreadable or Blocked when there is none."""
    if page.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return json_feed.read(page)
    return syndication.read(page)


def found(entry: Entry, *, page_date: bool = False, asserted: bool = False) -> Finding:
    """The entry as a finding; of an aggregator's, the host of its publisher is kept with it."""
    publisher = links.host(entry.site_link)
    return finding(
        title=entry.title,
        urls=entry.links,
        summary=entry.summary,
        html=entry.html,
        guid=entry.guid,
        author=entry.author,
        site=entry.site,
        language=entry.language,
        published=entry.published,
        page_date=page_date,
        asserted=asserted,
        fields={"publisher": publisher} if publisher else None,
    )


def parsed(document: Document, findings: Iterable[Finding], missing: Sequence[str] = ()) -> Parsed:
    """What the feed said: each item once, and a word about those that said nothing at all."""
    speaking, dumb = [], 0
    for item in findings:
        if item.title or item.url:
            speaking.append(item)
        else:
            dumb += 1
    notes = (f"{dumb} of its items have neither title nor link",) if dumb else ()
    return Parsed(
        findings=tuple(_distinct(speaking)),
        missing=(*document.missing, *missing, *notes),
        title=text.clean(text.plain(document.title), text.TITLE),
        wish=document.wish,
    )


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    """Each item once.

    A guid that several links share tells none of them apart (whether such guids are believed is for the
    rules to say). Of two copies of one item the newest wins (then the greater title), so that the same
    one wins whatever their order in the feed.
    """
    pages = defaultdict(set)
    for item in findings:
        pages[item.guid].add(item.url)
    kept: dict[tuple[str, str, str], Finding] = {}
    for item in findings:
        guid = item.guid if len(pages[item.guid]) == 1 else ""
        key = (guid, item.url, "" if guid or item.url else item.title)
        if key not in kept or _newness(item) > _newness(kept[key]):
            kept[key] = item
    return list(kept.values())


def _newness(item: Finding) -> tuple[float, str, str]:
    return (item.published.timestamp() if item.published else 0.0, item.title, item.summary)
