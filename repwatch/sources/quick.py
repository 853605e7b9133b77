"""Reads ordinary RSS 2.0 and Atom 1.0 with expat; whatever is unusual is left to feedparser.

feedparser is right about twenty years of oddities and takes ten times as long. So this reader knows the
few elements that nearly every feed is made of, and gives up at the first thing that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.parsers import expat

from repwatch.model import Page
from repwatch.sources import dates
from repwatch.sources.entry import Document, Entry

_ATOM = "http://www.w3.org/2005/Atom "
_CONTENT = "http://purl.org/rss/1.0/modules/content/ "
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/ "
_CREATOR = f"{_DUBLIN_CORE}creator"
_LANG = "http://www.w3.org/XML/1998/namespace lang"
_HARMLESS = ("http://purl.org/rss/1.0/modules/slash/ ", "http://wellformedweb.org/CommentAPI/ ")

# What an entry may consist of: element to the key it is kept under, "" for what nobody needs.
_RSS_ITEM = {
    "title": "title",
    "link": "link",
    "guid": "id",
    "description": "summary",
    "pubDate": "published",
    "category": "",
    "comments": "",
    "enclosure": "",
    f"{_CONTENT}encoded": "content",
    _CREATOR: "author",
}
_ATOM_ENTRY = {
    f"{_ATOM}{name}": key
    for name, key in {
        "title": "title",
        "id": "id",
        "summary": "summary",
        "content": "content",
        "published": "published",
        "updated": "updated",
        "link": "",
        "category": "",
    }.items()
}
_FEED = {
    "title": "title",
    "language": "language",
    f"{_ATOM}title": "title",
    f"{_ATOM}id": "id",
}
# An element without key may carry what it likes; of the others only these attributes are ordinary.
_RSS_ATTRIBUTES = {"id": {"isPermaLink"}}
_ODD = frozenset({_LANG, "http://www.w3.org/XML/1998/namespace base", "lang", "base", "mode"})
_DEEPEST = 12
_HTTP = re.compile(r"https?://(?!/)[^\s<>\"]*[^\s<>\"?#]")  # feedparser mends odder ones
_C1 = re.compile("[\x80-\x9f]")
_WORD_ENTITY = re.compile(r"&\w+;|:///")
_ENTRY = re.compile(rb"<(?:[\w-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_TWICE_ENCODED = re.compile("[\x80-\x9f\xc2-\xf4]")  # feedparser undoes UTF-8 that was taken for Latin-1
_MAIL_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")


class _UnusualError(Exception):
    """Something that this reader does not know: feedparser shall see to it."""


def read(body: bytes, page: Page) -> Document | None:
    """The feed in ``body`` (UTF-8), or None when it is not of the ordinary kind."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes no keywords
        entries = tuple(item.entry(page, atom=reader.atom, language=reader.language) for item in reader.items)
    except (expat.ExpatError, _UnusualError):
        return None
    if len(entries) != len(_ENTRY.findall(body)):  # <Item>, or one in a namespace: feedparser takes it
        return None
    return Document(reader.said("id"), reader.said("title"), entries)


def _refuse(*_: object) -> None:
    raise _UnusualError


def _mended(text: str) -> str:
    """The text without the double encoding that feedparser would undo."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return "" if _C1.search(text) else text


@dataclass(slots=True)
class _Item:
    """What one entry said, by key; ``types`` are Atom's of its texts."""

    said: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    alternate: str = ""
    self_link: str = ""

    def entry(self, page: Page, *, atom: bool, language: str) -> Entry:
        """The entry; raises _UnusualError for a link or a date that is not plain."""
        link = self.alternate if atom else self.said.get("link", "")
        if not _HTTP.fullmatch(link):
            raise _UnusualError
        summary = self.said.get("summary", "")
        if not (self.said.get("title") or summary or self.said.get("content")):
            raise _UnusualError
        return Entry(
            title=self.said.get("title", ""),
            links=(link, link, self.said.get("id", ""), *([self.self_link] if self.self_link else [])),
            summary=summary or self.said.get("content", ""),
            html=frozenset(self._markup(atom=atom, has_summary=bool(summary))),
            guid=self.said.get("id", ""),
            author=self.said.get("author", ""),
            language=language,
            published=self._published(page.fetched_at, atom=atom),
        )

    def _markup(self, *, atom: bool, has_summary: bool) -> list[str]:
        """Which texts are markup; only Atom says reliably that one is not."""
        if not atom:
            return ["title", "summary"]
        plain = {"title": self.types.get("title"), "summary": self.types.get("summary")}
        return [
            key
            for key in ("title", "summary")
            if plain[key] != "text" or (key == "summary" and not has_summary)
        ]

    def _published(self, now: datetime, *, atom: bool) -> datetime | None:
        for key in ("published", "updated"):
            said = self.said.get(key, "")
            if said and not (_ISO_DATE if atom else _MAIL_DATE).fullmatch(said):
                raise _UnusualError
            try:
                moment = datetime.fromisoformat(said) if atom and said else None
                moment = parsedate_to_datetime(said) if said and not atom else moment
            except ValueError as error:
                raise _UnusualError from error
            if believable := dates.sane(moment.replace(microsecond=0) if moment else None, now):
                return believable
        return None


class _Reader:
    """Collects the entries while expat walks through the document."""

    def __init__(self) -> None:
        self.atom = False
        self.items: list[_Item] = []
        self._feed: dict[str, str] = {}
        self._lang = ""
        self._path: list[str] = []
        self._inside = 0  # depth of the entry that is open
        self._author = False
        self._key = ""  # where the text of the open element goes
        self._text: list[str] = []

    @property
    def language(self) -> str:
        """Of the whole feed."""
        return self._lang or self._feed.get("language", "")

    def said(self, key: str) -> str:
        """What the feed says of itself."""
        return self._feed.get(key, "")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if self._key or len(self._path) > _DEEPEST:  # markup inside a text
            raise _UnusualError
        self._text.clear()
        if len(self._path) == 1:
            self._root(name, attributes)
        elif _ODD.intersection(attributes):
            raise _UnusualError
        elif self._inside:
            self._in_entry(name, attributes)
        elif name in ("item", f"{_ATOM}entry"):
            if attributes:
                raise _UnusualError
            self._inside = len(self._path)
            self.items.append(_Item())
        elif len(self._path) == (2 if self.atom else 3):
            if name.startswith(_DUBLIN_CORE):  # may speak for the feed's own title or language
                raise _UnusualError
            self._key = _FEED.get(name, "")
            if self._key and attributes:
                raise _UnusualError

    def text(self, data: str) -> None:
        if self._key:
            self._text.append(data)

    def end(self, _name: str) -> None:
        depth = len(self._path)
        if self._key:
            said = "".join(self._text).strip()
            into = self.items[-1].said if self._inside else self._feed
            if into.setdefault(self._key, said) != said:  # said twice, and differently
                raise _UnusualError
            if not said.isascii() and _TWICE_ENCODED.search(said) and _mended(said) != said:
                raise _UnusualError
            if self._key in ("link", "id") and _WORD_ENTITY.search(said):
                raise _UnusualError
            self._key = ""
        if depth == self._inside:
            self._inside = 0
        if self._inside and depth == self._inside + 1:
            self._author = False
        self._path.pop()

    def _root(self, name: str, attributes: Mapping[str, str]) -> None:
        self.atom = name == f"{_ATOM}feed"
        if not self.atom and not (name == "rss" and attributes.get("version") == "2.0"):
            raise _UnusualError
        self._lang = attributes.get(_LANG, "")
        if _ODD.intersection(attributes) - {_LANG} or "_" in self._lang:
            raise _UnusualError

    def _in_entry(self, name: str, attributes: Mapping[str, str]) -> None:
        """One part of an entry; anything that is not listed gives the document up."""
        if len(self._path) > self._inside + 1:
            if not (self._author and name == f"{_ATOM}name"):
                raise _UnusualError
            self._key = "author"
            return
        known = _ATOM_ENTRY if self.atom else _RSS_ITEM
        if self.atom and name == f"{_ATOM}author":
            self._author = True
        elif self.atom and name == f"{_ATOM}link":
            self._link(attributes)
        elif name in known:
            self._key = known[name]
            self._typed(attributes)
        elif not name.startswith(_HARMLESS):
            raise _UnusualError

    def _typed(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("type", "text")
        allowed = {"type"} if self.atom else _RSS_ATTRIBUTES.get(self._key, set())
        if not allowed.issuperset(attributes) or kind not in ("text", "html"):
            raise _UnusualError
        self.items[-1].types[self._key] = kind

    def _link(self, attributes: Mapping[str, str]) -> None:
        item, href = self.items[-1], attributes.get("href", "")
        relation = attributes.get("rel", "alternate").lower()
        if relation == "alternate":
            if item.alternate or attributes.get("type", "text/html") != "text/html":
                raise _UnusualError
            item.alternate = href
        elif relation == "self":
            if item.self_link or not _HTTP.fullmatch(href):
                raise _UnusualError
            item.self_link = href
