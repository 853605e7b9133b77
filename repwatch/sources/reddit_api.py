"""Searches Reddit through its API, as an application that logs in for itself (OAuth, client_credentials)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreadable
from repwatch.masking import keep_secret
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates, onward, session
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.reddit_feed import GONE
from repwatch.sources.strange import retry_after, strange
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.reddit import RedditOptions

_KIND = "the JSON of Reddit"
_SPEAKS = frozenset({400, 401, 403, 429})
_PAGES = 3
_CHECK_APP = "compare client_id and client_secret with the application on reddit.com/prefs/apps"


class RedditApi:
    """A log-in per subject, then a search per name. Reddit allows a hundred requests a minute."""

    rate = 1.0

    def __init__(self, options: RedditOptions) -> None:
        self.log_in_at = (options.base_url or "https://www.reddit.com").rstrip("/")
        self.search_at = (options.base_url or "https://oauth.reddit.com").rstrip("/")
        self.words = options.canary or ""
        secret = options.client_secret.reveal() if options.client_secret else ""
        self.login = base64.b64encode(f"{options.client_id}:{secret}".encode()).decode()
        keep_secret(self.login)

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """The log-in before the searches for each subject."""
        return [session.log_in(self._draft(), subject.id, subject.names) for subject in subjects]

    def canary(self) -> Request | None:
        """The log-in before a search that must find something."""
        return trial(session.log_in(self._draft(), None, (self.words,)), self.words)

    def parse(self, page: Page) -> Parsed:
        """What follows the log-in, or the posts that are still there."""
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise _refused(page)
        answer = mapping(load(page, _KIND))
        if session.is_log_in(page):
            return session.searches(page, _token(answer), self._search)
        data = mapping(answer.get("data"))
        posts = data.get("children")
        if not isinstance(posts, list):
            raise strange(page, _KIND)
        return Parsed(
            findings=tuple(_findings(posts, page)),
            follow=onward.by_cursor(page, "after", words(data.get("after")), _PAGES),
        )

    def _draft(self) -> Request:
        return Request(
            f"{self.log_in_at}/api/v1/access_token",
            method="POST",
            headers={
                "authorization": f"Basic {self.login}",
                "content-type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
            expects=_SPEAKS,
        )

    def _search(self, phrase: str) -> Request:
        asked = {"q": phrase, "sort": "new", "t": "month", "type": "link", "limit": 100, "raw_json": 1}
        return Request(f"{self.search_at}/search?{urlencode(asked)}", expects=_SPEAKS)


def _token(answer: Mapping[str, object]) -> str:
    """The token of a log-in. Raises Misconfigured for the refusal that Reddit sends with status 200."""
    if refused := words(answer.get("error")):
        raise Misconfigured(
            f"Reddit does not log this application in: {text.clean(refused, 100)}", _CHECK_APP
        )
    return words(answer.get("access_token"))


def _findings(posts: Sequence[object], page: Page) -> Iterator[Finding]:
    for post in (mapping(mapping(child).get("data")) for child in posts):
        title = words(post.get("title"))
        if not GONE.fullmatch(title.strip()):
            yield finding(
                title=title,
                urls=(words(post.get("permalink")),),
                base="https://www.reddit.com/",
                summary=words(post.get("selftext")),  # "[removed]" stays: it tells what happened
                guid=words(post.get("name")),
                author=words(post.get("author")),
                site=words(post.get("subreddit_name_prefixed")),
                published=dates.read(post.get("created_utc"), page.fetched_at),
                page_date=True,
            )


def _refused(page: Page) -> SourceError:
    """What a status means; a 403 in HTML ("whoa there, pardner") is Reddit's block of our address."""
    if page.status == 401:  # noqa: PLR2004 - HTTP's Unauthorized
        return Misconfigured("Reddit does not accept client_id and client_secret", _CHECK_APP)
    if page.status == 400:  # noqa: PLR2004 - HTTP's Bad Request
        return Unreadable("Reddit does not understand us (400)")
    return Blocked(f"Reddit refuses us ({page.status})", retry_after=retry_after(page))
