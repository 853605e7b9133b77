"""Watches the news sitemap of a site: what it published in the last two days, by its own list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from repwatch.errors import Misconfigured, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.sources import dates
from repwatch.sources.item import absolute, finding
from repwatch.sources.packed import pieces
from repwatch.sources.strange import strange

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.news_sitemap import NewsSitemapOptions

LIMIT = 50 * 1024 * 1024
"""Unpacked bytes: what sitemaps.org allows one file."""

MOST = 1000
"""Articles that a news sitemap may list."""

_KIND = "a sitemap"
_FIND_IT = "give the address of the site's news sitemap (its /robots.txt may name it), or watch a feed of it"
_BLANK = b" \t\r\n\xef\xbb\xbf"
_LONGEST = 4096  # characters of one text
_PARTS = 8  # that expat gives one text in: a longer one is an attack
_INDEX, _URLS = "sitemapindex", "urlset"

# Where a text stands below the root, without the prefixes, which sites choose and misspell.
_WANTED = {
    "url/loc": "url",
    "url/news/title": "title",
    "url/news/publication_date": "published",
    "url/news/publication/name": "site",
    "url/news/publication/language": "language",
    "sitemap/loc": "url",
    "sitemap/lastmod": "published",
}
_ITEMS = frozenset({"url", "sitemap"})

Item = Mapping[str, str]


class NewsSitemap:
    """One news sitemap, or an index of sitemaps of which the newest are read."""

    def __init__(self, options: NewsSitemapOptions) -> None:
        self.url = options.url
        self.sitemaps = options.sitemaps

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the list is matched against every subject."""
        del subjects
        return (Request(self.url),)

    def parse(self, page: Page) -> Parsed:
        """The articles, dated by the site itself, or the sitemaps that an index leads to.

        Raises Misconfigured for a sitemap that lists pages and no news.
        """
        document = _read(page)
        if document.root == _INDEX:
            return self._pointed(document, page)
        if document.pages and not document.items:
            raise Misconfigured("this sitemap lists pages and no news (it has no news:title)", _FIND_IT)
        found = sorted((_finding(item, page) for item in document.items), key=_newness, reverse=True)
        return Parsed(tuple(found[:MOST]), missing=(*document.missing, *_left_out(len(found))))

    def _pointed(self, document: _Document, page: Page) -> Parsed:
        """The newest sitemaps of an index; where some call themselves news, only those."""
        if "depth" in page.request.context:
            raise Unreadable("the index of sitemaps leads to a further index", _FIND_IT)
        listed = [{**item, "url": absolute(item.get("url", ""), page.url)} for item in document.items]
        usable = [item for item in listed if item["url"].startswith(("http://", "https://"))]
        if not usable:
            raise Unreadable("the index of sitemaps lists none", _FIND_IT)
        chosen = [item for item in usable if "news" in item["url"].lower()] or usable
        newest = sorted(chosen, key=lambda item: _moment(item, page), reverse=True)[: self.sitemaps]
        unsaid = len(chosen) > len(newest) and not any(item.get("published") for item in chosen)
        vague = f"the index does not say which of its {len(chosen)} sitemaps are new: the first were read"
        return Parsed(
            follow=tuple(Request(item["url"], context={"depth": "1"}) for item in newest),
            missing=(*document.missing, *((vague,) if unsaid else ())),
        )


def _finding(item: Item, page: Page) -> Finding:
    return finding(
        title=item["title"],
        urls=(item.get("url", ""),),
        base=page.url,
        html=("title",),
        site=item.get("site", ""),
        language=item.get("language", ""),
        published=dates.read(item.get("published"), page.fetched_at),
        page_date=True,
    )


def _newness(item: Finding) -> float:
    return item.published.timestamp() if item.published else 0.0


def _moment(item: Item, page: Page) -> float:
    moment = dates.read(item.get("published"), page.fetched_at)
    return moment.timestamp() if moment else 0.0


def _left_out(count: int) -> tuple[str, ...]:
    return (f"it lists {count} articles, of which the newest {MOST} were read",) if count > MOST else ()


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Document:
    """A sitemap as it is read: its articles or sitemaps, how many mere pages, and what could not be read."""

    root: str = ""
    items: list[dict[str, str]] = field(default_factory=list)
    pages: int = 0
    missing: tuple[str, ...] = ()
    path: list[str] = field(default_factory=list)
    key: str = ""
    text: list[str] = field(default_factory=list)

    def start(self, name: str, _: Mapping[str, str]) -> None:
        """An element opens."""
        name = name.rpartition(":")[2]
        if not self.root:
            self.root = name
            return
        self.path.append(name)
        if len(self.path) == 1 and name in _ITEMS:
            self.items.append({})
        self.key = _WANTED.get("/".join(self.path), "")
        self.text.clear()

    def said(self, data: str) -> None:
        """A piece of text."""
        if self.key and len(self.text) < _PARTS:
            self.text.append(data)

    def end(self, _: str) -> None:
        """An element closes."""
        if self.key and self.items:
            self.items[-1].setdefault(self.key, "".join(self.text).strip()[:_LONGEST])
        self.key = ""
        if self.path == ["url"] and not self.items[-1].get("title"):
            self.items.pop()
            self.pages += 1
        if self.path:
            self.path.pop()


def _read(page: Page) -> _Document:
    """The sitemap in the page, piece by piece; one that breaks off keeps its whole items and says so.

    Raises what it means when the page is none.
    """
    document = _Document()
    try:
        _feed(document, pieces(page.body.lstrip(_BLANK), LIMIT))
    except expat.ExpatError as error:
        if document.path:  # in the middle of an item
            del document.items[-1:]
        if document.root not in (_INDEX, _URLS) or not document.items:
            raise strange(page, _KIND, _FIND_IT) from error
        document.missing = (f"the sitemap cannot be read beyond line {error.lineno}",)
    if document.root not in (_INDEX, _URLS):
        raise strange(page, _KIND, _FIND_IT)
    return document


def _feed(document: _Document, parts: Iterator[bytes]) -> None:
    """Let expat walk through the document."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.said
    parser.StartDoctypeDeclHandler = _refuse
    first = True
    for part in parts:
        parser.Parse(part.lstrip(_BLANK) if first else part, False)  # noqa: FBT003 - expat takes no keywords
        first = False
    parser.Parse(b"", True)  # noqa: FBT003


def _refuse(*_: object) -> None:
    raise Unreadable("the sitemap defines entities, as no honest one does")
