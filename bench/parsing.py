"""Reading the bench's feeds: our fast path beside feedparser, on the same bytes, in one run.

Run as ``python -m bench.parsing``. Only the reading of the document is timed, up to its entries: what
is made of these afterwards is the same on both ways. Each figure is the least of several rounds, which
take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import feedparser

from bench.server import Feeds
from repwatch.model import Page, Parsed, Request
from repwatch.sources import quick, syndication
from repwatch.sources.encoding import utf8
from repwatch.sources.feed import Feed
from repwatch.sources.options.feed import FeedOptions

FASTER_GOAL = 10.0  # times as fast as feedparser as it comes
SHARE_GOAL = 0.95  # of the corpus takes the fast path

_FEEDS = 200
_ROUNDS = 3
_FEED = Feed(FeedOptions(url="https://blog.example/feed"))


def main() -> int:
    """Print the ratios and the goals; 0 when all are met, else 1."""
    pages = _corpus(_FEEDS)
    fast, off, default = _least(pages, [syndication.read, _unsanitised, _as_it_comes])
    taken = sum(quick.read(utf8(page.body), page) is not None for page in pages)
    equal = [_FEED.parse(page) for page in pages] == _by_feedparser(pages)
    print(f"the fast path is {off / fast:.1f} x as fast as feedparser with sanitising and resolving off")
    ratio, share = default / fast, taken / len(pages)
    goals = [
        (
            ratio >= FASTER_GOAL,
            f"it is {ratio:.1f} x as fast as feedparser as it comes (goal: at least {FASTER_GOAL:g})",
        ),
        (
            share >= SHARE_GOAL,
            f"{share:.0%} of the {len(pages)} feeds take it (goal: at least {SHARE_GOAL:.0%})",
        ),
        (equal, f"the findings are {'' if equal else 'not '}those by feedparser alone"),
    ]
    for met, text in goals:
        print(f"{'PASS' if met else 'MISS'}  {text}")
    return 0 if all(met for met, _ in goals) else 1


def _corpus(count: int) -> list[Page]:
    """The feeds as the bench's server sends them."""
    feeds, at = Feeds(hosts=count), datetime(2026, 11, 24, 12, tzinfo=UTC)
    bodies = [
        feeds.respond(f"GET /feed/{number} HTTP/1.1".encode()).partition(b"\r\n\r\n")[2]
        for number in range(count)
    ]
    url = _FEED.url
    return [Page(Request(url), 200, url, {"content-type": "application/xml"}, body, at) for body in bodies]


def _least(pages: Sequence[Page], ways: Sequence[Callable[[Page], object]]) -> list[float]:
    """The CPU seconds of each way over all pages."""
    seconds = [[_cpu(way, pages) for way in ways] for _ in range(_ROUNDS)]
    return [min(column) for column in zip(*seconds, strict=True)]


def _cpu(way: Callable[[Page], object], pages: Sequence[Page]) -> float:
    started = time.process_time()
    for page in pages:
        way(page)
    return time.process_time() - started


def _as_it_comes(page: Page) -> object:
    return feedparser.parse(io.BytesIO(page.body), response_headers=dict(page.headers))


def _unsanitised(page: Page) -> object:
    return syndication._thorough(utf8(page.body), page)  # noqa: SLF001 - the fallback by itself


def _by_feedparser(pages: Sequence[Page]) -> list[Parsed]:
    """The findings when every feed is read by feedparser."""
    fast, quick.read = quick.read, lambda *_: None
    try:
        return [_FEED.parse(page) for page in pages]
    finally:
        quick.read = fast


if __name__ == "__main__":
    sys.exit(main())
