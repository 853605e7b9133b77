"""An asyncio server in a thread of its own, so that it answers while the test waits for a process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds for anything that a server of ours is asked to do


class Background:
    """A loop that runs beside the test for as long as the context lasts."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._thread.start()
        self.call(self.open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self.close())
        self.call(settled())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` in the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def open(self) -> None:
        """Start to listen."""

    async def close(self) -> None:
        """Stop to listen."""


async def settled() -> None:
    """End the conversations that are still open, so that none outlives its loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    with contextlib.suppress(Exception):
        await asyncio.gather(*others, return_exceptions=True)


def wait(seconds: float) -> None:
    """Let another process go on for so long."""
    Event().wait(seconds)
