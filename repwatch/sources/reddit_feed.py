"""Searches Reddit through its Atom feed, with the token that the account's own feeds carry.

Without the token Reddit answers about one request a minute and address, from data centres mostly none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.model import Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import feed
from repwatch.sources.entry import Entry
from repwatch.sources.template import phrases, quoted
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.reddit import RedditOptions

GONE = re.compile(r"\[ ?(?:removed|deleted)(?: by (?:user|reddit|moderator))? ?\]", re.IGNORECASE)
"""What Reddit leaves in place of a post that is no longer there."""

_CREDITS = re.compile(r"\s*submitted by\s+/u/\S+\s.{0,200}\[link\]\s*\[comments\]\s*\Z", re.DOTALL)


class RedditFeed:
    """A search per name, one a minute. ``feed_token`` can only travel in the address."""

    rate = 60.0

    def __init__(self, options: RedditOptions) -> None:
        self.base = (options.base_url or "https://www.reddit.com").rstrip("/")
        self.words = options.canary or ""
        self.user = options.user
        self.token = options.feed_token.reveal() if options.feed_token else ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search per name and alias for the posts of the last month, newest first."""
        return [self._search(phrase, subject.id) for subject in subjects for phrase in phrases(subject.names)]

    def canary(self) -> Request | None:
        """A search that must find something."""
        return trial(self._search(quoted(self.words), None), self.words)

    def parse(self, page: Page) -> Parsed:
        """The posts that are still there."""
        document = feed.read(page)
        standing = (entry for entry in document.entries if not GONE.fullmatch(text.plain(entry.title)))
        return feed.parsed(document, (feed.found(_bare(entry), page_date=True) for entry in standing))

    def _search(self, phrase: str, subject: str | None) -> Request:
        asked = {"q": phrase, "sort": "new", "t": "month", "type": "link", "limit": "100"}
        own = {"feed": self.token, "user": self.user} if self.token else {}
        return Request(f"{self.base}/search.rss?{urlencode(asked | own)}", subject, follow_off_host=False)


def _bare(entry: Entry) -> Entry:
    """The entry without the line about who submitted it, which every one of them ends in."""
    plain = text.plain(entry.summary) if "summary" in entry.html else entry.summary
    return replace(entry, summary=_CREDITS.sub("", plain), html=entry.html - {"summary"})
