"""Watches a Google Alert through the feed that Google makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from repwatch.errors import SourceError
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import feed, syndication
from repwatch.sources.entry import Document, Entry

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.google_alerts import GoogleAlertsOptions

_SEPARATORS = (" - ", " | ", " – ")  # noqa: RUF001 - Google writes the en dash too
_ALERT_ID = re.compile(r"google\.com,\d{4}:reader/user/.*/alerts/")
_HIT, _HIT_END = "<b>", "</b>"
_SITE_LENGTH, _SITE_WORDS, _HEADLINE_WORDS = 40, 5, 2


class GoogleAlerts:
    """One alert; Google says that every entry matches, even where its excerpt does not show the name."""

    def __init__(self, options: GoogleAlertsOptions) -> None:
        self.url = options.feed

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the query stays with Google."""
        del subjects
        return (Request(self.url),)

    def parse(self, page: Page) -> Parsed:
        """The entries, dated by their discovery. None at all is normal for a young alert."""
        return self._parsed(feed.read(page))

    def glance(self, page: Page) -> Parsed | None:
        """The same for a small and ordinary feed, None for another."""
        document = syndication.glance(page)
        return self._parsed(document) if document else None

    def _parsed(self, document: Document) -> Parsed:
        findings = (feed.found(split(entry), asserted=True) for entry in document.entries)
        return feed.parsed(document, findings)


class Diagnosis:
    """Looks at an address that somebody gave, as a source, so that the parser child can do it."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """Nothing: its page is handed over."""
        del subjects
        return ()

    def parse(self, page: Page) -> Parsed:
        """The sentence of ``diagnose`` as title; its code as what is missing, unless it is ``ok``."""
        code, told = diagnose(page, self.names)
        return Parsed(title=told, missing=() if code == "ok" else (code,))


def split(entry: Entry) -> Entry:
    """The entry with its "headline - Source" taken apart, where the end can be a source's name.

    A tail that holds a hit of the query, or was cut off, stays in the title. Where the source is known
    already, it is only taken off the title.
    """
    if entry.site:
        tail = next((mark for mark in _SEPARATORS if entry.title.endswith(mark + entry.site)), "")
        return replace(entry, title=entry.title.removesuffix(tail + entry.site)) if tail else entry
    parts = (entry.title.rpartition(separator) for separator in _SEPARATORS)
    headline, _, site = min(parts, key=lambda part: len(part[2]))
    if not headline or not _is_source(site) or _HIT in site:
        return entry
    if len(text.plain(headline).split()) < _HEADLINE_WORDS or headline.count(_HIT) != headline.count(
        _HIT_END
    ):
        return entry
    return replace(entry, title=headline, site=text.plain(site))


def _is_source(tail: str) -> bool:
    name = text.plain(tail)
    short = len(name) <= _SITE_LENGTH and len(name.split()) <= _SITE_WORDS
    return bool(name) and short and not name.endswith(("...", "…"))


def diagnose(page: Page, names: Sequence[str]) -> tuple[str, str]:
    """What the address of an alert leads to: a code and a sentence for the person who gave it.

    The codes: ``ok``; ``html`` a web page instead of the feed; ``other`` another feed, or no feed;
    ``foreign`` an alert that never shows one of ``names``.
    """
    try:
        document = feed.read(page)
    except SourceError as error:
        return _no_feed(page, error)
    if not _ALERT_ID.search(document.id):
        title = text.clean(text.plain(document.title), text.TITLE) or "without title"
        return "other", f'This is a feed, but not one of Google Alerts: "{title}".'
    if not any(_shows(document, name) for name in names):
        title = text.clean(text.plain(document.title), text.TITLE)
        return "foreign", f'The alert "{title}" shows none of these names: {", ".join(names)}.'
    count = len(document.entries)
    entries = f"with {count} {'entry' if count == 1 else 'entries'}" if count else "with no hit yet"
    return "ok", f"The alert answers, {entries}."


def _no_feed(page: Page, error: SourceError) -> tuple[str, str]:
    if b"<html" in page.body[:5000].lower() or b"<!doctype html" in page.body[:500].lower():
        return "html", (
            "This is a web page, not the alert's feed. On google.com/alerts edit the alert, choose "
            '"Deliver to: RSS feed", save, and copy the address behind the feed symbol.'
        )
    return "other", f"This is no feed: {error.cause}."


def _shows(document: Document, name: str) -> bool:
    """Whether the alert's title (localised, so never taken apart) or an entry shows the name."""
    wanted = text.fold(name)
    shown = (document.title, *(part for entry in document.entries for part in (entry.title, entry.summary)))
    return any(wanted in text.fold(text.plain(part)) for part in shown)
