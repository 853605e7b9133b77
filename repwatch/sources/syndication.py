"""Reads RSS and Atom documents of every vintage, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import struct_time
from typing import cast

from repwatch.errors import Unreadable
from repwatch.model import Page
from repwatch.sources import dates, hints, quick
from repwatch.sources.encoding import utf8
from repwatch.sources.entry import Document, Entry
from repwatch.sources.item import absolute
from repwatch.sources.strange import strange

Tree = Mapping[str, object]

GLANCE_BYTES, GLANCE_ENTRIES = 64 * 1024, 200  # some 20 ms at most

_HTML = re.compile(rb"(?:\s|<!--.*?-->)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_END = re.compile(rb"</(?:[\w-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_ENTITY_OF_ENTITIES = re.compile(rb"<!ENTITY\s[^<>\"']{1,200}[\"'][^\"'<>]{0,2000}&\w")
_ENTRY_END = re.compile(rb"</(?:[\w-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(
    rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!#\d+;|#[xX][\da-fA-F]+;|[a-zA-Z]\w*;)", re.DOTALL
)


def read(page: Page) -> Document:
    """The feed in the page.

    A document that stops in the middle gives its whole entries and says so. Raises Unreadable or
    Blocked for anything that is no feed.
    """
    body = utf8(page.body, page.headers.get("content-type", ""))
    if not body or _HTML.match(body):
        raise strange(page, "a feed")
    if _ENTITY_OF_ENTITIES.search(body):
        raise Unreadable("the feed defines entities by entities, as only an attack does")
    return _wishing(quick.read(body, page) or _thorough(body, page), body)


def glance(page: Page) -> Document | None:
    """The feed, when it is small and of the ordinary kind; None for any other.

    Its cost is bounded by its size, so it needs neither a process of its own nor a time limit.
    """
    if len(page.body) > GLANCE_BYTES:
        return None
    body = utf8(page.body, page.headers.get("content-type", ""))
    document = None if len(_ENTRY_END.findall(body)) > GLANCE_ENTRIES else quick.read(body, page)
    return _wishing(document, body) if document and document.entries else None


def _wishing(document: Document, body: bytes) -> Document:
    """The document with what the feed wishes, however it was read."""
    return replace(document, wish=hints.read(body))


def _thorough(body: bytes, page: Page) -> Document:
    """What feedparser makes of the feed."""
    tree = _tree(body)
    if not tree.get("version"):
        raise strange(page, "a feed")
    feed, raw = _map(tree.get("feed")), _maps(tree.get("entries"))
    missing: tuple[str, ...] = ()
    if tree.get("bozo") and not _END.search(body):
        raw = raw[: len(_ENTRY_END.findall(body))]
        missing = ("the feed stops in the middle of the document",)
    atom = str(tree["version"]).startswith("atom")
    entries = tuple(_entry(item, feed, page, atom=atom) for item in raw)
    return Document(_text(feed, "id"), _text(feed, "title"), entries, missing)


def _tree(body: bytes) -> Tree:
    """What feedparser makes of the bytes.

    Sanitising and resolving links in markup are off (1.5 times as fast): we only ever keep text. The
    stream keeps feedparser from taking the document for the name of a file or an address.
    """
    import feedparser.mixin  # noqa: PLC0415 - 16 MiB that only the parser child has to pay

    # An identifier is what it is, and would change with the xml:base that it is resolved against.
    feedparser.mixin._FeedParserMixin.can_be_relative_uri.discard("id")  # noqa: SLF001 - there is no option
    mended = _LONE_AMPERSAND.sub(lambda match: match[1] or b"&amp;", body)
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return cast(
            "Tree",
            feedparser.parse(
                io.BytesIO(mended),
                response_headers=headers,
                sanitize_html=False,
                resolve_relative_uris=False,
            ),
        )
    except MemoryError:
        raise
    except Exception as error:  # feedparser lets errors of every kind through
        raise Unreadable(f"the feed cannot be parsed ({type(error).__name__})") from error


def _entry(item: Tree, feed: Tree, page: Page, *, atom: bool) -> Entry:
    title, body = _map(item.get("title_detail")), _body(item)
    source = _map(item.get("source"))
    site = _text(source, "title") or _text(item, "news_source")
    parts = (("title", title), ("summary", body))  # only Atom says reliably that a text is no markup
    return Entry(
        title=_without_site(_text(item, "title"), site),
        links=tuple(_links(item, page.url)),
        summary=_text(body, "value"),
        html=frozenset(key for key, part in parts if not (atom and part.get("type") == "text/plain")),
        guid=_text(item, "id"),
        author=_text(item, "author"),
        site=site,
        site_link=_text(source, "href"),
        language=_text(title, "language") or _text(feed, "language"),
        published=_published(item, page.fetched_at),
    )


def _without_site(title: str, site: str) -> str:
    """Aggregators put "headline - Source" into the title and the source beside it."""
    return title.removesuffix(f" - {site}") if site else title


def _body(item: Tree) -> Tree:
    """The summary as a feedparser detail, else the first content."""
    if _text(item, "summary"):
        return {"value": item["summary"], **_map(item.get("summary_detail"))}
    return next(iter(_maps(item.get("content"))), {})


def _links(item: Tree, base: str) -> Iterator[str]:
    """The candidates for the entry's address: alternate, permalink guid, and its own document last."""
    listed = [link for link in _maps(item.get("links")) if _text(link, "href")]
    for wanted in ("alternate", "self"):
        hrefs = [_text(link, "href") for link in listed if link.get("rel") == wanted]
        yield from (absolute(href, base) for href in hrefs)
        if wanted == "alternate":
            # A guid that is no address must not become one by joining it to the feed's.
            yield from (_text(item, "link"), _text(item, "id"))


def _published(item: Tree, now: datetime) -> datetime | None:
    """The first believable date. Looked up one by one, as feedparser's own fallback warns."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        if key in item and isinstance(moment := item[key], struct_time):
            try:
                believable = dates.sane(datetime(*moment[:6], tzinfo=UTC), now)
            except ValueError:  # the year -1, a 61st second
                continue
            if believable:
                return believable
    return None


def _text(tree: Tree, key: str) -> str:
    value = tree.get(key)
    return value if isinstance(value, str) else ""


def _map(value: object) -> Tree:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[Tree]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
