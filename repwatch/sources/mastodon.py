"""Watches Mastodon: tag timelines and accounts of one instance, and its search where a token allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates, feed
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import retry_after, strange
from repwatch.sources.template import phrases, quoted
from repwatch.sources.trial import trial

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.mastodon import MastodonOptions

_KIND = "the JSON of a Mastodon instance"
_REFUSES = frozenset({401, 403, 422, 429})
_UNKNOWN = 404
_GIVE_TOKEN = "give a token of an account there (Preferences, Development; scopes read:search, read:statuses)"  # noqa: S105 - advice
_NOT_PUBLIC = frozenset({"private", "direct"})


class Mastodon:
    """One instance. Its limit is three hundred requests in five minutes."""

    rate = 1.0

    def __init__(self, options: MastodonOptions) -> None:
        self.base = options.base_url.rstrip("/")
        self.tags = options.tags
        self.accounts = options.accounts
        self.words = options.canary or ""
        self.token = options.token.reveal() if options.token else ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """The tags and accounts, which name nobody; with a token also a search per name and alias."""
        watched = [*map(self._tag, self.tags), *map(self._account, self.accounts)]
        if not self.token:
            return watched
        searches = [self._search(name, each.id) for each in subjects for name in phrases(each.names)]
        return [*watched, *searches]

    def canary(self) -> Request | None:
        """A search that must find something: an instance without full-text search finds nothing, ever."""
        return trial(self._search(quoted(self.words), None), self.words) if self.token else None

    def parse(self, page: Page) -> Parsed:
        """The posts, each known by its ``uri``: its id differs from instance to instance."""
        what = page.request.context["what"]
        if what == "account":
            document = feed.read(page)
            return feed.parsed(document, (feed.found(entry, page_date=True) for entry in document.entries))
        if page.status in _REFUSES:
            raise self._refused(page)
        readers: Mapping[str, Callable[[Page], Parsed]] = {
            "tag": self._read_tag,
            "search": _read_search,
            "access": _read_access,
        }
        return readers[what](page)

    # --- asking -------------------------------------------------------------------------------

    def _tag(self, tag: str) -> Request:
        address = f"{self.base}/api/v1/timelines/tag/{quote(tag, safe='')}?limit=40"
        return self._request(address, "tag", expects=_REFUSES | {_UNKNOWN})

    def _account(self, name: str) -> Request:
        return Request(f"{self.base}/@{name}.rss", context={"what": "account"})

    def _search(self, phrase: str, subject: str | None) -> Request:
        query = urlencode({"q": phrase, "type": "statuses", "limit": 40})
        return replace(self._request(f"{self.base}/api/v2/search?{query}", "search"), subject=subject)

    def _request(self, address: str, what: str, expects: frozenset[int] = _REFUSES) -> Request:
        signed = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return Request(
            address, headers=signed, expects=expects, follow_off_host=False, context={"what": what}
        )

    # --- reading ------------------------------------------------------------------------------

    def _read_tag(self, page: Page) -> Parsed:
        """The timeline of a tag.

        404 is a tag that nobody has used yet. An empty one may be an instance that shows its timelines
        to members only (since 4.5 some say so by silence): it is asked whether it does.
        """
        if page.status == _UNKNOWN:
            return _unknown(page)
        posts = load(page, _KIND)
        if not isinstance(posts, list):
            raise strange(page, _KIND)
        if posts or self.token:
            return Parsed(tuple(_findings(posts, page)))
        question = self._request(f"{self.base}/api/v2/instance", "access", expects=frozenset({_UNKNOWN}))
        return Parsed(follow=(replace(question, fresh=True),))

    def _refused(self, page: Page) -> SourceError:
        if page.status == 429:  # noqa: PLR2004 - Too Many Requests; the reset is an ISO time here
            return Blocked("the instance's rate limit is used up", retry_after=retry_after(page))
        if not page.body.lstrip().startswith(b"{"):
            return strange(page, _KIND)
        said = text.clean(words(mapping(load(page, _KIND)).get("error")), 200) or str(page.status)
        if page.status == 401 and self.token:  # noqa: PLR2004 - Unauthorized
            return Misconfigured(f"the instance does not accept the token: {said}", _GIVE_TOKEN)
        return Misconfigured(f"the instance shows this to its members only: {said}", _GIVE_TOKEN)


def _read_search(page: Page) -> Parsed:
    posts = mapping(load(page, _KIND)).get("statuses")
    if not isinstance(posts, list):
        raise strange(page, _KIND)
    return Parsed(tuple(_findings(posts, page)))


def _read_access(page: Page) -> Parsed:
    """Nothing, where an empty timeline is one that is open. Raises Misconfigured where it is closed.

    Versions before 4.5 say nothing of access; those before 4.0 do not know the question.
    """
    if page.status == _UNKNOWN:
        return _unknown(page)
    answer = mapping(load(page, _KIND))
    if not ("domain" in answer or "uri" in answer):
        raise strange(page, _KIND)
    access = mapping(mapping(answer.get("configuration")).get("timelines_access"))
    feeds = mapping(access.get("hashtag_feeds"))
    local, remote = (words(feeds.get(side)) or "public" for side in ("local", "remote"))
    if local != "public":
        raise Misconfigured("the instance shows its tags to its members only", _GIVE_TOKEN)
    if remote != "public":
        return Parsed(missing=("the instance shows only its own posts to who is no member",))
    return Parsed()


def _unknown(page: Page) -> Parsed:
    """Nothing, where it is Mastodon that says 404; any other server can say it too."""
    if not words(mapping(load(page, _KIND)).get("error")):
        raise strange(page, _KIND)
    return Parsed()


def _findings(posts: Sequence[object], page: Page) -> Iterator[Finding]:
    """The posts that everybody may read: a token also finds what was written to its owner alone."""
    for post in map(mapping, posts):
        if words(post.get("visibility")) not in _NOT_PUBLIC:
            yield _finding(post, page)


def _finding(post: Mapping[str, object], page: Page) -> Finding:
    uri = words(post.get("uri"))
    return finding(
        title=words(post.get("spoiler_text")),
        urls=(words(post.get("url")), uri),
        summary=words(post.get("content")),
        html=("summary",),
        guid=uri,
        author=words(mapping(post.get("account")).get("acct")),
        language=words(post.get("language")),
        published=dates.read(post.get("created_at"), page.fetched_at),
        page_date=True,
    )
