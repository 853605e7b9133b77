"""The health endpoint: a very small HTTP server on loopback that tells how far the daemon has come.

It waits in the event loop and wakes nobody by itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from repwatch.service.pages import PAGES, Answer, broken
from repwatch.service.progress import Progress
from repwatch.service.talk import answer

log = logging.getLogger(__name__)

SECONDS = 5.0  # for one request and its answer
CONNECTIONS = 8  # at a time; further ones are hung up on


class HealthServer:
    """Answers for as long as the context lasts; ``mark`` tells one installation from another.

    An address that cannot be had is a warning: the daemon's work does not depend on it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        progress: Callable[[], Progress],
        *,
        mark: str = "",
        seconds: float = SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._progress = progress
        self._mark = mark
        self._seconds = seconds
        self._server: asyncio.Server | None = None
        self._talks: dict[asyncio.Task[None], StreamWriter] = {}

    @property
    def port(self) -> int:
        """Where it listens; 0 where it could not."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else 0

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self._port)
        except OSError as error:
            log.warning(
                "no health endpoint at %s:%d: %s; free the port or choose another (health: {port: ...})",
                self._host,
                self._port,
                os.strerror(error.errno) if error.errno else error,  # asyncio's own words are long
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in self._talks.values():
            writer.transport.abort()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._talks) >= CONNECTIONS:
            writer.transport.abort()
            return
        self._talks[task] = writer
        try:
            async with asyncio.timeout(self._seconds):
                await answer(reader, writer, self._page)
        except (TimeoutError, OSError):
            pass  # they were too slow, or left
        finally:
            del self._talks[task]
            writer.transport.abort()

    def _page(self, path: str) -> Answer | None:
        """What is at the path, if anything is. A defect is told as such, never as a healthy answer."""
        if path not in PAGES:
            return None
        try:
            return PAGES[path](self._progress(), self._mark)
        except Exception:
            log.exception("the health endpoint cannot tell how things stand")
            return broken(self._mark)
