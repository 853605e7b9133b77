"""Runs work that blocks beside the loop, in a thread that nobody has to wait for at the end.

The threads of ``asyncio.to_thread`` and of an executor are joined when the program ends: a name
server or a mail server that hangs would hold up a stop for as long as it likes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], name: str) -> T:
    """What ``work`` returns or raises; cancelled, the thread is left to itself and ends with its work."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if over.done():
            return
        if error is not None:
            over.set_exception(error)
        else:
            over.set_result(result)  # type: ignore[arg-type]  # None only where T is

    def run() -> None:
        try:
            result, error = work(), None
        except BaseException as failure:  # noqa: BLE001 - it is raised again where it is awaited
            result, error = None, failure
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await over
