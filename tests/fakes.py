"""What the tests own: a clock that they move, and a web and a resolver made of words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from repwatch.errors import DeliveryError
from repwatch.model import Message, Receipt

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FakeClock:
    """Time stands still until a test, or a sleep, moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._ticks = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def jitter(self, seconds: float) -> float:  # noqa: ARG002 - the protocol's signature
        return 0.0

    def set_by(self, step: timedelta) -> None:
        """Set the wall clock; the seconds that never go backwards know nothing of it."""
        self._now += step

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._ticks += seconds


Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class FakeWeb(httpx.AsyncBaseTransport):
    """Answers by URL without its query; an unknown one is refused like a dead host."""

    def __init__(self, replies: Mapping[str, Reply] | None = None) -> None:
        self.replies: dict[str, Reply] = dict(replies or {})
        self.requests: list[httpx.Request] = []
        self.unreachable = False  # nothing leaves: there is no network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.unreachable:
            raise httpx.ConnectError("no network", request=request)
        self.requests.append(request)
        request.extensions.get("leaves", lambda: None)()
        reply = self.replies.get(str(request.url.copy_with(query=None)))
        if reply is None:
            raise httpx.ConnectError("refused", request=request)
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else copied(reply)


def copied(response: httpx.Response) -> httpx.Response:
    """A fresh response: a stream can be read only once."""
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


class FakeChannel:
    """Keeps what it is given; each of ``failures`` is raised first, in turn."""

    def __init__(self, failures: Sequence[DeliveryError] = ()) -> None:
        self.failures = list(failures)
        self.attempts: list[tuple[Message, str]] = []
        self.delivered: list[tuple[Message, str]] = []

    async def send(self, message: Message, to: str) -> Receipt:
        self.attempts.append((message, to))
        if self.failures:
            raise self.failures.pop(0)
        self.delivered.append((message, to))
        return Receipt("250 ok")


def rss(*items: tuple[str, str, str]) -> httpx.Response:
    """An RSS feed of (title, link, description) items."""
    body = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{description}</description></item>"
        for title, link, description in items
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{body}</channel></rss>'
    return httpx.Response(200, headers={"content-type": "application/rss+xml"}, content=feed.encode())
