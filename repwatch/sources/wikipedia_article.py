"""Watches one Wikipedia article and its talk page, as readers see them, through MediaWiki's own API.

The rendered HTML of ``action=parse`` is read, not wikitext or extracts: it has the info box and the lists,
where most attacks on a person are seen first, and none of the markup that editors move about.
https://www.mediawiki.org/wiki/API:Parsing_wikitext
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.errors import Absent, Blocked, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.rules.asked import name_sent
from repwatch.rules.blocks import HEADING, Blocks, is_heading, plain
from repwatch.rules.text import fold
from repwatch.sources import readable
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.snapshot import not_there, reading, seen

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.wikipedia_article import WikipediaArticleOptions

TALK = "talk"

_KIND = "the JSON of MediaWiki's API"
_TALK = "Talk:"  # understood by the wikis of every language
_MISSING = frozenset({"missingtitle", "nosuchpageid"})
_LATER = ("internal_api_error", "readonly", "maxlag", "cirrussearch")
_REFUSED = ("ratelimited", "blocked", "autoblocked", "globalblocking", "readapidenied")
_ASKED = {
    "action": "parse",
    "prop": "text",
    "redirects": "1",
    "disableeditsection": "1",
    "disablelimitreport": "1",
    "disabletoc": "1",
    "format": "json",
    "formatversion": "2",
}
# What moves by itself: numbers of notes, links to edit, boxes of other articles and of maintenance.
_FURNITURE = (
    "//sup[contains(@class, 'reference')]|//*[contains(@class, 'mw-editsection')]"
    "|//*[contains(@class, 'navbox')]|//*[contains(@class, 'mw-cite-backlink')]"
    "|//*[contains(@class, 'noprint')]|//*[contains(@class, 'mw-empty-elt')]|//*[@id='toc']"
)


class WikipediaArticle:
    """One article, and the page where it is talked about."""

    def __init__(self, options: WikipediaArticleOptions, language: str) -> None:
        self.language = options.language or language
        self.wiki = (options.base_url or f"https://{self.language}.wikipedia.org").rstrip("/")
        self.article = " ".join(options.article.replace("_", " ").split())
        self.talk = options.talk
        self.sections = options.sections
        self.ignore = options.ignore
        self.numbers = options.numbers

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A request for the article and one for its talk page; both name whom its title names."""
        asked = [self._request(self.article, "")]
        if self.talk:
            asked.append(self._request(f"{_TALK}{self.article}", TALK))
        named = next((each.id for each in subjects if name_sent(asked[0].url, None, each)), None)
        return [replace(request, subject=named) for request in asked]

    def parse(self, page: Page) -> Parsed:
        """The text of the page. A talk page that nobody has begun is recognisably not there."""
        part = page.request.context.get("part", "")
        answer = mapping(load(page, _KIND))
        if error := mapping(answer.get("error")):
            code = words(error.get("code"))
            if code in _MISSING and part == TALK:
                return not_there(self, title=self._title(part), url=self._url(part), part=part)
            raise _meaning(code, text.clean(words(error.get("info")), 200))
        parsed = mapping(answer.get("parse"))
        markup = parsed.get("text")
        if not isinstance(markup, str):
            raise Unreadable(f"expected {_KIND}, got another answer of its kind")
        title = text.clean(words(parsed.get("title")), text.TITLE) or self._title(part)
        blocks = self._wanted(readable_blocks(markup), part)
        if not blocks and part == TALK:
            return not_there(self, title=title, url=self._url(part), part=part)
        headed = (f"{HEADING}{title}", *blocks)
        return seen(self, headed, title=title, url=self._url(part), language=self.language, part=part)

    def _request(self, title: str, part: str) -> Request:
        query = urlencode({**_ASKED, "page": title})
        way = reading(self, part, *(self.sections if not part else ()))
        return Request(f"{self.wiki}/w/api.php?{query}", context={"part": part}, reading=way)

    def _title(self, part: str) -> str:
        return f"{_TALK}{self.article}" if part else self.article

    def _url(self, part: str) -> str:
        """Where people read it; the wiki leads on from the English name of its talk pages."""
        return f"{self.wiki}/wiki/{quote(self._title(part).replace(' ', '_'), safe='/:(),')}"

    def _wanted(self, blocks: Blocks, part: str) -> Blocks:
        """The sections that are to be watched; raises Unreadable where the article has none of them."""
        if part or not self.sections:
            return blocks
        kept = tuple(_within(blocks, {fold(each) for each in self.sections}))
        if not kept:
            raise Unreadable(
                f"the article has none of the sections {', '.join(self.sections)}",
                "compare `sections` with the headings of the article",
            )
        return kept


def readable_blocks(markup: str) -> Blocks:
    """The paragraphs of a rendered page, without what moves by itself."""
    if not markup.strip():
        return ()
    root = readable.silenced(readable.parsed(markup.encode("utf-8", "replace"), "text/html; charset=utf-8"))
    readable.drop(root, _FURNITURE)
    return tuple(readable.blocks(root))


def _within(blocks: Iterable[str], wanted: set[str]) -> Iterator[str]:
    inside = False
    for block in blocks:
        if is_heading(block):
            inside = fold(plain(block)) in wanted
        if inside:
            yield block


def _meaning(code: str, said: str) -> SourceError:
    cause = f"the wiki answers with an error: {said or code or 'no reason given'}"
    if code in _MISSING:
        return Absent(cause, "check the title; an article that was deleted should be taken off the list")
    if code.startswith(_REFUSED):
        return Blocked(cause)
    return Unreachable(cause) if code.startswith(_LATER) else Misconfigured(cause)
