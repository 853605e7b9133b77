"""An honest web on loopback: feeds that grow while they are read, with validators as servers send them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from tests.house import article
from tests.torture.background import HOST, Background

A_FEED = 100_000  # numbers of one feed's posts; the feed is what comes before them
WINDOW = 30  # posts that a feed shows; more than grow while a process is dead or a disk is full
FRONT = '<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>'
ITEM = "<item><title>{0}</title><link>{1}</link><guid>{1}</guid><description>{2}</description></item>"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request: when (wall clock, seconds) and which feed."""

    at: float
    feed: int


class Web(Background):
    """Feeds 0, 1, 2 ...: each grows by one post at every second visit, as long as ``growing``.

    The visit between two growths is answered 304 when the asker knows the feed as it is: an ETag kept
    without what it stands for would then lose a post, and the oracle would see it.
    """

    def __init__(self, feeds: int, *, pace: int = 2) -> None:
        self.growing = True
        self.visits: list[Visit] = []
        self._sizes = [1] * feeds
        self._asked = [0] * feeds
        self._pace = pace

    def url(self, feed: int) -> str:
        """Where a feed is."""
        return f"http://{HOST}:{self.port}/{feed}"

    @property
    def urls(self) -> dict[str, str]:
        """A configuration's sources: their ids, and where they are."""
        return {f"feed-{feed}": self.url(feed) for feed in range(len(self._sizes))}

    @property
    def posts(self) -> set[int]:
        """The number of every post that was ever shown, of feeds that were ever read."""
        return {
            feed * A_FEED + number
            for feed, size in enumerate(self._sizes)
            if self._asked[feed]
            for number in range(1, size + 1)
        }

    def visits_since(self, at: float) -> list[Visit]:
        """The visits from that moment on, the first one first."""
        return [visit for visit in self.visits if visit.at >= at]

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0, backlog=512)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self._answer(head))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _answer(self, head: str) -> bytes:
        feed = int(head.split()[1].strip("/"))
        self.visits.append(Visit(time.time(), feed))
        self._asked[feed] += 1
        if self.growing and self._asked[feed] % self._pace == 0:
            self._sizes[feed] += 1
        tag = f'"{self._sizes[feed]}"'
        if f"if-none-match: {tag}\r\n" in head.lower():
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        return answered(self._page(feed).encode(), f"ETag: {tag}", "Content-Type: application/rss+xml")

    def _page(self, feed: int) -> str:
        newest = self._sizes[feed]
        shown = range(newest, max(0, newest - WINDOW), -1)
        return FRONT + "".join(ITEM.format(*article(feed * A_FEED + n)) for n in shown) + "</channel></rss>"


def answered(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole and correct answer."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
