"""Searches a Discourse forum: the posts that it finds, joined with the topics that they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import retry_after, strange
from repwatch.sources.template import phrase, quoted
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.discourse import DiscourseOptions

_KIND = "the JSON of a Discourse forum"
_SPEAKS = frozenset({400, 403, 422, 429})
_SHORTEST = 3  # characters: of less, a forum finds nothing, and does not say why
_WATCH_FEED = "watch the forum's feed (/posts.rss) instead"
_TOO_SHORT = "is too short for the search of a Discourse forum"


class Discourse:
    """One forum. It lets a visitor search eight times a minute."""

    rate = 8.0

    def __init__(self, options: DiscourseOptions) -> None:
        self.base = options.base_url.rstrip("/")
        self.words = options.canary or ""
        self.headers = {"accept": "application/json"}
        if options.api_key:
            self.headers |= {"api-key": options.api_key.reveal(), "api-username": options.api_username}

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search per name and alias; one that is too short is told with the first answer, not asked."""
        return [request for subject in subjects for request in self._searches(subject)]

    def canary(self) -> Request | None:
        """A search that must find something, where the owner named one."""
        return trial(self._search(self.words, None), self.words)

    def parse(self, page: Page) -> Parsed:
        """The posts with the titles of their topics; old forums answer with a list of topics alone."""
        short = page.request.context.get("short", "")
        if page.request.context.get("alone"):
            raise Misconfigured(f"the name {short} {_TOO_SHORT}", _WATCH_FEED)
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise _refused(page)
        answer = load(page, _KIND)
        of_old = isinstance(answer, list)
        findings = self._of_list(_maps(answer)) if of_old else self._of_map(mapping(answer), page)
        return Parsed(tuple(findings), missing=(f"the name {short} {_TOO_SHORT}",) if short else ())

    def _searches(self, subject: Subject) -> list[Request]:
        names = list(dict.fromkeys(map(phrase, subject.names)))
        short = [name for name in names if len(name) < _SHORTEST]
        first, *others = [name for name in names if name not in short] or names[:1]
        told = {"short": ", ".join(short)} if short else {}
        alone = {"alone": "yes"} if first in short else {}
        asked = replace(self._search(first, subject.id), context={**told, **alone})
        return [asked, *(self._search(name, subject.id) for name in others)]

    def _search(self, name: str, subject: str | None) -> Request:
        query = urlencode({"q": f"{quoted(name)} order:latest", "page": 1})
        return Request(
            f"{self.base}/search.json?{query}",
            subject,
            headers=self.headers,
            expects=_SPEAKS,
            follow_off_host=False,
        )

    def _of_map(self, answer: Mapping[str, object], page: Page) -> Iterator[Finding]:
        outline = answer.get("grouped_search_result")
        if not isinstance(outline, dict):
            raise strange(page, _KIND)
        if error := words(outline.get("error")):
            raise Unreadable(f"the forum cannot search: {text.clean(error, 200)}")
        topics = {words(topic.get("id")): topic for topic in _maps(answer.get("topics"))}
        for post in _maps(answer.get("posts")):
            yield self._finding(post, topics.get(words(post.get("topic_id")), {}), page)

    def _of_list(self, groups: Sequence[Mapping[str, object]]) -> Iterator[Finding]:
        """What forums before 2013 answer: results by their type, of which topics concern us."""
        for topic in (topic for group in groups for topic in _maps(group.get("results"))):
            yield finding(title=words(topic.get("title")), urls=(words(topic.get("url")),), base=self.base)

    def _finding(self, post: Mapping[str, object], topic: Mapping[str, object], page: Page) -> Finding:
        slug, number = words(topic.get("slug")) or "-", words(post.get("post_number")) or "1"
        topic_id = words(post.get("topic_id"))
        return finding(
            title=words(topic.get("title")),
            urls=(f"{self.base}/t/{slug}/{topic_id}/{number}",) if topic_id else (),
            summary=words(post.get("blurb")),
            html=("summary",),
            guid=words(post.get("id")),
            author=words(post.get("username")),
            published=dates.read(post.get("created_at"), page.fetched_at),
            page_date=True,
        )


def _maps(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _refused(page: Page) -> SourceError:
    """What the forum means by a status: its words stand in ``errors``, their sort in ``error_type``."""
    if not page.body.lstrip().startswith(b"{"):
        return strange(page, _KIND)
    answer = mapping(load(page, _KIND))
    errors = answer.get("errors")
    said = text.clean(" ".join(map(words, errors)), 200) if isinstance(errors, list) else ""
    cause = f"the forum refuses the search: {said or page.status}"
    if page.status == 429:  # noqa: PLR2004 - Too Many Requests
        return Blocked(cause, retry_after=_asked_wait(answer, page))
    if page.status == 403:  # noqa: PLR2004 - Forbidden
        return Misconfigured(cause, "give an api_key with its api_username, or watch it through a web search")
    return Unreadable(cause)


def _asked_wait(answer: Mapping[str, object], page: Page) -> float | None:
    wait = mapping(answer.get("extras")).get("wait_seconds")
    return float(wait) if isinstance(wait, int | float) else retry_after(page)
