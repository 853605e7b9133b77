"""Searches the questions of StackExchange's sites, and does as its back-off says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates, onward
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import strange
from repwatch.sources.template import phrases, quoted
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.stackexchange import StackExchangeOptions

_KIND = "the JSON of StackExchange"
_PAGES = 2
_AVAILABLE_IN = re.compile(r"available in (\d{1,6}) seconds")
_THROTTLED, _BUSY = "502", frozenset({"500", "503"})  # of its own errors, which come with status 400
_OWNERS = {
    "400": "check the names of the sites",
    "403": "check the key",
    "405": "check the key",
}


class StackExchange:
    """A search per name and site. Three hundred requests a day without a key, ten thousand with one."""

    rate = 2.0

    def __init__(self, options: StackExchangeOptions) -> None:
        self.base = (options.base_url or "https://api.stackexchange.com").rstrip("/")
        self.sites = options.sites
        self.words = options.canary or ""
        self.key = options.key.reveal() if options.key else ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search per name and alias on each site, newest activity first."""
        return [
            self._search(phrase, site, each.id)
            for each in subjects
            for phrase in phrases(each.names)
            for site in self.sites
        ]

    def canary(self) -> Request | None:
        """A search on the first site that must find something."""
        return trial(self._search(quoted(self.words), self.sites[0], None), self.words)

    def parse(self, page: Page) -> Parsed:
        """The questions, with their text. What is left of the day's quota, and a back-off, are heeded."""
        answer = mapping(load(page, _KIND))
        if "error_id" in answer:
            raise _meaning(answer)
        items = answer.get("items")
        if not isinstance(items, list):
            raise strange(page, _KIND)
        more = answer.get("has_more") is True and not _used_up(answer)
        following = str(int(page.request.context["page"]) + 1) if more else ""
        return Parsed(
            findings=tuple(_finding(mapping(item), page) for item in items),
            follow=onward.by_cursor(page, "page", following, _PAGES),
            wait=_wait(answer, page),
        )

    def _search(self, phrase: str, site: str, subject: str | None) -> Request:
        asked = {"q": phrase, "site": site, "order": "desc", "sort": "activity", "pagesize": "100"}
        own = {"filter": "withbody", "key": self.key} if self.key else {"filter": "withbody"}
        return Request(
            f"{self.base}/2.3/search/advanced?{urlencode(asked | own | {'page': '1'})}",
            subject,
            expects=frozenset({400}),
            context={"page": "1"},
        )


def _wait(answer: Mapping[str, object], page: Page) -> float:
    """Seconds to leave StackExchange alone: its back-off, or until midnight (UTC) without any quota left."""
    backoff = answer.get("backoff")
    seconds = float(backoff) if isinstance(backoff, int | float) and backoff > 0 else 0.0
    if not _used_up(answer):
        return seconds
    now = page.fetched_at
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(seconds, (midnight - now).total_seconds())


def _used_up(answer: Mapping[str, object]) -> bool:
    return words(answer.get("quota_remaining")) == "0"


def _finding(item: Mapping[str, object], page: Page) -> Finding:
    return finding(
        title=words(item.get("title")),  # with HTML entities
        urls=(words(item.get("link")),),
        summary=words(item.get("body")),
        html=("title", "summary"),
        guid=words(item.get("question_id")),
        author=text.plain(words(mapping(item.get("owner")).get("display_name"))),
        published=dates.read(item.get("creation_date"), page.fetched_at),
        page_date=True,
    )


def _meaning(answer: Mapping[str, object]) -> SourceError:
    """What an error means; StackExchange sends all of them with status 400, its number inside."""
    code, said = words(answer.get("error_id")), text.clean(words(answer.get("error_message")), 200)
    cause = f"StackExchange answers with an error: {said or code}"
    if code == _THROTTLED:
        seconds = _AVAILABLE_IN.search(said)
        return Blocked(cause, retry_after=float(seconds[1]) if seconds else None)
    if code in _BUSY:
        return Unreachable(cause)
    return Misconfigured(cause, _OWNERS[code]) if code in _OWNERS else Unreadable(cause)
