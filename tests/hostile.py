"""A loopback web server that misbehaves on purpose, one scripted answer a path."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from types import TracebackType
from typing import Self

from repwatch.fetch.limits import Limits, Policy
from tests.fakes import FakeClock

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]

LOOPBACK = (ip_network("127.0.0.1/32"),)
QUICK = Policy(allow=LOOPBACK, interval=0.0, limits=Limits(connect=0.3, total=0.3, body=100_000))


class Hostile:
    """Serves what ``answers`` says for a path, and remembers what was asked.

    An answer in bytes goes out as it is and the connection stays open; a script does as it likes and
    the connection is closed after it.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.answers: dict[str, bytes | Script] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []  # the request line, the headers in lower case
        self.bodies: list[bytes] = []
        self.connections = 0
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._welcome, self._host, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str = "/", host: str = "") -> str:
        return f"http://{host or self._host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [line.split()[1] for line, _ in self.asked]

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        self.asked.append((head[0], headers))
        self.bodies.append(await reader.readexactly(int(headers.get("content-length", "0"))))
        answer = self.answers.get(head[0].split()[1], reply(b"not here", 404))
        if callable(answer):
            await answer(writer)
            return False
        writer.write(answer)
        await writer.drain()
        return True


def reply(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A correct answer; ``Content_Type="text/html"`` becomes a header."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def moved(location: str, status: int = 302) -> bytes:
    return reply(b"", status, Location=location)


async def never(_: asyncio.StreamWriter) -> None:
    """Accepts, reads, and says nothing."""
    await asyncio.Event().wait()


async def hang_up(_: asyncio.StreamWriter) -> None:
    """Closes without a word."""


def dribble(start: bytes, every: float = 0.02) -> Script:
    """Sends ``start``, then one byte now and then, for ever."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(every)

    return script


def endless(start: bytes, piece: bytes) -> Script:
    """Sends ``start``, then ``piece`` as fast as it can, for ever."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()

    return script


def then_close(data: bytes) -> Script:
    """Sends ``data`` and closes."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return script


def bomb(size: int = 50_000_000) -> bytes:
    """An answer of some kilobytes that unpacks into ``size`` bytes."""
    return reply(gzip.compress(bytes(size)), Content_Encoding="gzip")


class Names:
    """A resolver with a fixed list; a name with several lists gives the next one at each question."""

    def __init__(self, **names: Sequence[str] | Sequence[Sequence[str]]) -> None:
        self._names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - the protocol's signature
        self.asked.append(host)
        addresses = self._names.get(host, (host,))
        if addresses and not isinstance(addresses[0], str):
            turn = min(self.asked.count(host), len(addresses)) - 1
            return tuple(addresses[turn])
        return tuple(str(address) for address in addresses)


class StillClock(FakeClock):
    """A clock that remembers who slept, and lets others run meanwhile."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 11, 2, 7, 0, tzinfo=UTC))
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)
