"""Asks GDELT for news articles of the whole world, as far as it has time for us."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Crowded, Misconfigured, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import retry_after, strange
from repwatch.sources.template import phrases, quoted
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.gdelt import GdeltOptions

_KIND = "the JSON of GDELT"
_MOST = 250  # articles of one answer; there is no second page
_SHEDS_LOAD, _SPEAKS = 429, 200  # its sentences come with both
_SAID = 200  # characters of a plain-text answer that are repeated

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(rb'(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\')
_SPACED_STOP = re.compile(r" +(?=[,.](?:\s|$))")
_REFUSES_PHRASE = re.compile(r"too (?:short|long|common)", re.IGNORECASE)
_REFUSES_PACE = re.compile(r"limit requests|too many requests", re.IGNORECASE)


class Gdelt:
    """The article list of GDELT's DOC API 2.0; ``rate`` is the seconds between two requests it asks for."""

    rate = 5.0

    def __init__(self, options: GdeltOptions) -> None:
        self.base = (options.base_url or "https://api.gdeltproject.org").rstrip("/")
        self.timespan = options.timespan
        self.words = options.canary or ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search for each name of each subject, as a quoted phrase."""
        return [self._search(subject.id, name) for subject in subjects for name in phrases(subject.names)]

    def canary(self) -> Request | None:
        """A search that must find something."""
        return trial(self._search(None, quoted(self.words)), self.words)

    def parse(self, page: Page) -> Parsed:
        """The articles, dated by when GDELT saw them.

        Raises Crowded where GDELT sheds load, which it does by a status or by a sentence, and
        Misconfigured for a phrase that it will not search for.
        """
        if page.status == _SHEDS_LOAD:
            raise _crowded(page)
        if not page.body.lstrip().startswith(b"{"):
            raise self._told(page)
        answer = mapping(load(replace(page, body=mended(page.body)), _KIND))
        articles = answer.get("articles", [] if not answer else None)  # no hits at all are "{}"
        if not isinstance(articles, list):
            raise strange(page, _KIND)
        return Parsed(tuple(_finding(mapping(article), page) for article in articles))

    def _search(self, subject: str | None, phrase: str) -> Request:
        asked = {
            "query": phrase,
            "mode": "artlist",
            "format": "json",
            "maxrecords": str(_MOST),
            "sort": "datedesc",
            "timespan": self.timespan,
        }
        return Request(
            f"{self.base}/api/v2/doc/doc?{urlencode(asked)}",
            subject,
            expects=frozenset({_SPEAKS, _SHEDS_LOAD}),
            context={"phrase": phrase},
        )

    def _told(self, page: Page) -> Exception:
        """What an answer in words, with status 200, means."""
        if page.body.lstrip()[:1] in (b"", b"<", b"["):
            return strange(page, _KIND)
        said = text.clean(page.body.decode("utf-8", "replace"), _SAID)
        if _REFUSES_PACE.search(said):
            return _crowded(page)
        if _REFUSES_PHRASE.search(said):
            return Misconfigured(
                f"GDELT does not search for {page.request.context['phrase']}: {said}",
                "leave this alias out for this source: give it a `subject` without it, or a longer name",
            )
        return Unreadable(f"GDELT answers with a sentence in place of articles: {said}")


def mended(body: bytes) -> bytes:
    """The body with what GDELT's JSON must not have made legal: control bytes, lone backslashes."""
    return _ESCAPE.sub(lambda match: match[1] or b"\\\\", _CONTROL.sub(b" ", body))


def _crowded(page: Page) -> Crowded:
    return Crowded("GDELT has no time for us just now", retry_after=retry_after(page))


def _finding(article: Mapping[str, object], page: Page) -> Finding:
    return finding(
        title=_SPACED_STOP.sub("", words(article.get("title"))),
        urls=(words(article.get("url")), words(article.get("url_mobile"))),
        site=words(article.get("domain")),
        published=dates.read(article.get("seendate"), page.fetched_at),
    )
