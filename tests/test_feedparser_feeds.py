"""Over every feed that feedparser tests itself with, our reader finds what feedparser alone finds.

Its source distribution is fetched by ``make test-deps``; the feeds are never part of this project.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.errors import SourceError
from repwatch.model import Page, Parsed, Request
from repwatch.sources import quick
from repwatch.sources.encoding import utf8
from repwatch.sources.feed import Feed
from repwatch.sources.options.feed import FeedOptions

HERE = Path(__file__).parent
URL = "https://blog.example/feed.xml"
SDISTS = sorted((HERE.parent / ".feedparser-tests").glob("feedparser-*.tar.gz"))
FEWEST = 1700  # feeds in one; an archive that was cut short must not pass
FEWEST_TAKEN = 200  # by our reader, once they have links
FEED = Feed(FeedOptions(url=URL))

needs_the_feeds = pytest.mark.skipif(not SDISTS, reason="feedparser's test feeds come with make test-deps")


def page(body: bytes) -> Page:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Page(Request(URL), 200, URL, {"content-type": "application/xml"}, body, at)


def found(body: bytes) -> Parsed | str:
    """What our reader says of the feed, or why it cannot."""
    try:
        return FEED.parse(page(body))
    except SourceError as error:
        return f"{type(error).__name__}: {error}"


def theirs() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file among feedparser's tests."""
    with tarfile.open(SDISTS[-1]) as archive:
        for member in archive:
            _, _, name = member.name.partition("/tests/")
            if (
                name
                and member.isfile()
                and not name.endswith(".py")
                and (file := archive.extractfile(member))
            ):
                yield name, file.read()


def linked(body: bytes) -> bytes:
    """The feed with a link in each entry: most of theirs have none, and are left to feedparser for that."""
    body = body.replace(b"<item>", b"<item><link>https://blog.example/1</link>")
    return body.replace(b"<entry>", b'<entry><link href="https://blog.example/1"/>')


def differing(feeds: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of those of which feedparser alone says something else."""
    ours = [found(body) for _, body in feeds]
    glances = [FEED.glance(page(body)) for _, body in feeds]
    monkeypatch.setattr(quick, "read", lambda *_: None)
    alone = [found(body) for _, body in feeds]
    return [
        name
        for (name, _), mine, glance, said in zip(feeds, ours, glances, alone, strict=True)
        if mine != said or glance not in (None, said)
    ]


@needs_the_feeds
def test_the_findings_of_feedparsers_own_test_feeds_are_feedparsers(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = list(theirs())
    assert len(feeds) > FEWEST
    assert differing(feeds, monkeypatch) == []


@needs_the_feeds
def test_with_links_in_their_entries_they_are_feedparsers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = [(name, linked(utf8(body, "application/xml"))) for name, body in theirs()]
    taken = [name for name, body in feeds if (seen := quick.read(body, page(body))) and seen.entries]
    assert len(taken) > FEWEST_TAKEN
    assert differing(feeds, monkeypatch) == []


def test_the_findings_of_our_own_test_feeds_are_feedparsers(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = [(path.name, path.read_bytes()) for path in sorted((HERE / "pages").rglob("*.xml"))]
    assert differing(feeds, monkeypatch) == []
    assert feeds


def test_a_reader_that_errs_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = [(path.name, path.read_bytes()) for path in sorted((HERE / "pages").rglob("*.xml"))]
    right = quick.read

    def wrong(body: bytes, page: Page) -> object:
        document = right(body, page)
        return None if document is None else type(document)(title="another", entries=document.entries[1:])

    monkeypatch.setattr(quick, "read", wrong)
    assert differing(feeds, monkeypatch)
