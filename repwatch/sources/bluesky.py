"""Searches the posts on Bluesky, through the account's own server (PDS) and a session made for the run.

The public address answers a search with a 403 in HTML (bluesky-social/atproto#3583), whatever the password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates, onward, session
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import retry_after, strange
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.bluesky import BlueskyOptions

_KIND = "the JSON of Bluesky"
_SPEAKS = frozenset({400, 401, 403, 429})  # statuses whose body says what is wrong
_PAGES = 3
_NEW_PASSWORD = "make a new app password in Bluesky's settings and give it as app_password"  # noqa: S105 - advice
_OWNERS = {
    "AuthenticationRequired": ("Bluesky does not accept the handle with this app password", _NEW_PASSWORD),
    "AuthFactorTokenRequired": ("this is the account's own password, not an app password", _NEW_PASSWORD),
    "InvalidRequest": ("Bluesky does not understand the log-in", "check the handle of this source"),
    "AccountTakedown": ("Bluesky has closed the account", "use another account"),
    "AccountDeactivated": ("the account is deactivated", "use another account, or bring it back"),
}


class Bluesky:
    """A log-in per subject, then a search per name, newest posts first."""

    rate = 1.0

    def __init__(self, options: BlueskyOptions) -> None:
        self.pds = options.pds.rstrip("/")
        self.handle = options.handle
        self.words = options.canary or ""
        self.password = options.app_password.reveal()

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """The log-in before the searches for each subject."""
        return [session.log_in(self._draft(), subject.id, subject.names) for subject in subjects]

    def canary(self) -> Request | None:
        """The log-in before a search that must find something."""
        return trial(session.log_in(self._draft(), None, (self.words,)), self.words)

    def parse(self, page: Page) -> Parsed:
        """What follows the log-in, or the posts; what refuses us, by what it means."""
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise _refused(page)
        answer = mapping(load(page, _KIND))
        if answer.get("error"):
            raise _meaning(answer, page)
        if session.is_log_in(page):
            return session.searches(page, words(answer.get("accessJwt")), self._search)
        posts = answer.get("posts")
        if not isinstance(posts, list):
            raise strange(page, _KIND)
        cursor = words(answer.get("cursor")) if posts else ""
        return Parsed(
            findings=tuple(_finding(mapping(post), page) for post in posts),
            follow=onward.by_cursor(page, "cursor", cursor, _PAGES),
        )

    def _draft(self) -> Request:
        body = json.dumps({"identifier": self.handle, "password": self.password}).encode()
        return Request(
            f"{self.pds}/xrpc/com.atproto.server.createSession",
            method="POST",
            headers={"content-type": "application/json"},
            body=body,
            expects=_SPEAKS,
        )

    def _search(self, phrase: str) -> Request:
        query = urlencode({"q": phrase, "sort": "latest", "limit": 100})
        return Request(f"{self.pds}/xrpc/app.bsky.feed.searchPosts?{query}", expects=_SPEAKS)


def _finding(post: Mapping[str, object], page: Page) -> Finding:
    """One post, dated by when it was indexed: its own date is whatever its author's program wrote."""
    record, author = mapping(post.get("record")), mapping(post.get("author"))
    uri, languages = words(post.get("uri")), record.get("langs")
    return finding(
        title="",
        urls=(_link(uri),),
        summary=words(record.get("text")),
        guid=uri,
        author=words(author.get("handle")),
        language=words(languages[0]) if isinstance(languages, list) and languages else "",
        published=dates.read(post.get("indexedAt"), page.fetched_at),
        page_date=True,
    )


def _link(uri: str) -> str:
    """The web page of at://<did>/app.bsky.feed.post/<rkey>; a handle may change, a DID does not."""
    did, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    whole = did.startswith("did:") and collection == "app.bsky.feed.post" and rkey
    return f"https://bsky.app/profile/{did}/post/{rkey}" if whole else ""


def _refused(page: Page) -> SourceError:
    if page.body.lstrip().startswith(b"{"):
        return _meaning(mapping(load(page, _KIND)), page)
    error = strange(page, _KIND)
    if isinstance(error, Blocked):
        return error
    return Blocked(
        f"the server refuses us with {page.status} and a web page, which says nothing about the password",
        "check that `pds` is the address of the account's own server",
        retry_after=retry_after(page),
    )


def _meaning(answer: Mapping[str, object], page: Page) -> SourceError:
    """What an error of the AT Protocol means: its code in ``error``, its words in ``message``."""
    code, said = words(answer.get("error")), text.clean(words(answer.get("message")), 200)
    if session.is_log_in(page) and code in _OWNERS:
        return Misconfigured(*_OWNERS[code])
    if page.status == 400 or code == "InvalidRequest":  # noqa: PLR2004 - HTTP's Bad Request
        return Unreadable(f"Bluesky does not understand us: {said or code}")
    return Blocked(f"Bluesky refuses us: {said or code or page.status}", retry_after=retry_after(page))
