"""Asks Podcast Index for episodes that somebody appears in, and for shows that carry the name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Misconfigured, SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import strange
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.podcasts import PodcastsOptions

_KIND = "the JSON of Podcast Index"
_MOST = "100"  # hits of one answer; the service gives up to 1000 and has no second page
_DENIED = 401
_EXPECTED = frozenset({400, _DENIED})
_TOLERANCE = timedelta(minutes=3)  # the service's own is five minutes
_HITS = {"person": "items", "term": "feeds"}


class Podcasts:
    """Podcast Index with a key; its requests are signed with the time at which they leave."""

    def __init__(self, options: PodcastsOptions) -> None:
        self.base = (options.base_url or "https://api.podcastindex.org").rstrip("/")
        self.key = options.key.reveal()
        self.secret = options.secret.reveal()
        self.searches: tuple[str, ...] = options.searches
        self.words = options.canary or ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """For each name: the episodes of the person, and the shows of the term."""
        return [
            self._search(subject.id, name, search)
            for subject in subjects
            for name in dict.fromkeys(subject.names)
            for search in self.searches
        ]

    def canary(self) -> Request | None:
        """A search that must find something."""
        return trial(self._search(None, self.words, self.searches[0]), self.words)

    def sign(self, request: Request, now: datetime) -> Request:
        """The request with its key and the digest that proves the secret, good for five minutes."""
        date = str(int(now.timestamp()))
        digest = hashlib.sha1(f"{self.key}{self.secret}{date}".encode(), usedforsecurity=False).hexdigest()
        proof = {"x-auth-key": self.key, "x-auth-date": date, "authorization": digest}
        return replace(request, headers={**request.headers, **proof})

    def parse(self, page: Page) -> Parsed:
        """The episodes or shows. Raises Misconfigured for a key, or a clock, that is not accepted."""
        if page.status == _DENIED:
            raise _denied(page)
        answer = mapping(load(page, _KIND))
        if page.status in _EXPECTED or words(answer.get("status")) == "false":
            raise Unreadable(f"Podcast Index answers with an error: {_said(answer)}")
        search = page.request.context["search"]
        hits = answer.get(_HITS[search])
        if not isinstance(hits, list):
            raise strange(page, _KIND)
        shown = list(map(mapping, hits))
        if search == "term":
            return Parsed(tuple(map(_show, shown)))
        links = Counter(words(hit.get("link")) for hit in shown)
        return Parsed(tuple(_episode(hit, page, shared=links[words(hit.get("link"))] > 1) for hit in shown))

    def _search(self, subject: str | None, name: str, search: str) -> Request:
        asked = urlencode({"q": name, "max": _MOST})
        return Request(
            f"{self.base}/api/1.0/search/by{search}?{asked}",
            subject,
            expects=_EXPECTED,
            follow_off_host=False,  # the key is for this service alone
            context={"search": search},
        )


def _episode(hit: Mapping[str, object], page: Page, *, shared: bool) -> Finding:
    """An episode; where all of a show's share one page, its sound is what it is recognised by."""
    places = words(hit.get("link")), words(hit.get("enclosureUrl"))
    return finding(
        title=words(hit.get("title")),
        urls=places[::-1] if shared else places,
        summary=words(hit.get("description")),
        html=("title", "summary"),
        guid=words(hit.get("guid")) or words(hit.get("id")),
        site=words(hit.get("feedTitle")),
        author=words(hit.get("feedAuthor")),
        language=words(hit.get("feedLanguage")),
        published=dates.read(hit.get("datePublished"), page.fetched_at),
        page_date=True,
        asserted=True,  # the name may stand in the episode's list of people, which is not in the answer
    )


def _show(hit: Mapping[str, object]) -> Finding:
    """A show: its dates are those of its episodes, so it has none of its own."""
    return finding(
        title=words(hit.get("title")),
        urls=(words(hit.get("link")), words(hit.get("url"))),
        summary=words(hit.get("description")),
        html=("title", "summary"),
        guid=words(hit.get("podcastGuid")) or words(hit.get("id")),
        site=words(hit.get("title")),
        author=words(hit.get("author")) or words(hit.get("ownerName")),
        language=words(hit.get("language")),
    )


def _denied(page: Page) -> SourceError:
    """Why the service does not know us: by its own Date header it is either our clock or our key."""
    off = _clock_error(page)
    if abs(off) > _TOLERANCE:
        minutes, way = round(abs(off).total_seconds() / 60), "ahead" if off > timedelta() else "behind"
        return Misconfigured(
            f"Podcast Index refuses us: this machine's clock is {minutes} minutes {way}",
            "set the clock (it must be right within five minutes)",
        )
    return Misconfigured(
        "Podcast Index does not accept the key",
        "check the key and the secret of this source, and this machine's clock",
    )


def _clock_error(page: Page) -> timedelta:
    """How far our clock is ahead of the service's."""
    try:
        theirs = parsedate_to_datetime(page.headers.get("date", ""))
        return page.fetched_at - theirs
    except (ValueError, TypeError):  # no date, or one without zone
        return timedelta()


def _said(answer: Mapping[str, object]) -> str:
    return text.clean(words(answer.get("description")), 200) or "no reason given"
