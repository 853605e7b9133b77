"""Reads a JSON Feed (versions 1 and 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from repwatch.model import Page
from repwatch.sources import dates
from repwatch.sources.entry import Document, Entry
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import strange

_VERSION = "https://jsonfeed.org/version/"


def read(page: Page) -> Document:
    """The feed in the page. Raises Unreadable or Blocked when it holds other JSON."""
    feed = mapping(load(page, "a feed"))
    items = feed.get("items")
    if not words(feed.get("version")).startswith(_VERSION) or not isinstance(items, list):
        raise strange(page, "a feed")
    language = words(feed.get("language"))
    entries = (_entry(mapping(item), language, page.fetched_at) for item in items)
    return Document(words(feed.get("feed_url")), words(feed.get("title")), tuple(entries))


def _entry(item: Mapping[str, object], language: str, now: datetime) -> Entry:
    text = words(item.get("content_text")) or words(item.get("summary"))
    return Entry(
        title=words(item.get("title")),
        links=tuple(filter(None, (words(item.get(key)) for key in ("url", "external_url", "id")))),
        summary=text or words(item.get("content_html")),
        html=frozenset() if text else frozenset({"summary"}),
        guid=words(item.get("id")),
        author=_author(item),
        language=words(item.get("language")) or language,
        published=dates.read(item.get("date_published"), now),
    )


def _author(item: Mapping[str, object]) -> str:
    """The names of version 1.1's list, else of version 1's single author."""
    listed = item.get("authors")
    authors = listed if isinstance(listed, list) else [item.get("author")]
    return ", ".join(filter(None, (words(mapping(author).get("name")) for author in authors)))
