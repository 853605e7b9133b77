"""Writes one row after the other to a database on a bad disk, and tells which ones were committed.

Run as ``python -m tests.disk_writer DATABASE ROWS [bytes=N | fail=P]``: no file may grow over N bytes, or
each call that reads or writes fails with the probability P (under ``fiu-run -x``).
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from repwatch.errors import StoreError
from repwatch.store import hosts
from repwatch.store.database import Store, Tx
from tests.fakes import FakeClock

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
CALLS = b"posix/io/rw/*"


def row(number: int) -> Callable[[Tx], None]:
    """One row of a thousand bytes."""
    return lambda tx: hosts.hold(tx, f"{number} {'x' * 1000}", FOREVER)


def rows(tx: Tx) -> list[int]:
    """The numbers that are there."""
    return sorted(int(host.split()[0]) for host in hosts.waiting(tx, datetime(2026, 1, 1, tzinfo=UTC)))


async def write(path: Path, count: int, begin: Callable[[], None], end: Callable[[], None]) -> object:
    """What was committed, and what a write that failed was told."""
    committed: list[int] = []
    failures: list[str] = []
    store = Store(path, FakeClock())
    await store.open()
    begin()
    for number in range(count):
        try:
            await store.write(row(number))
            committed.append(number)
        except StoreError as error:
            failures.append(f"{type(error).__name__}: {error}")
    end()
    await store.close()
    return {"committed": committed, "failures": failures}


def no_larger(limit: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Let no file grow over ``limit`` bytes; Python ignores the signal, so the call fails."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def begin() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))

    def end() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return begin, end


def failing(probability: float) -> tuple[Callable[[], None], Callable[[], None]]:
    """Let calls fail at random, by the library that ``fiu-run`` has put before all others."""
    library = ctypes.CDLL(None)
    enable = library.fiu_enable_random
    enable.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_float]
    return (
        lambda: enable(CALLS, 1, None, 0, probability),
        lambda: library.fiu_disable(CALLS),
    )


def main() -> None:
    """Write, and print the result as JSON."""
    logging.disable()  # on stderr a call fails too, and then its traceback, in ways of libfiu's own
    path, count, fault = sys.argv[1:]
    what, _, value = fault.partition("=")
    begin, end = no_larger(int(value)) if what == "bytes" else failing(float(value))
    print(json.dumps(asyncio.run(write(Path(path), int(count), begin, end))))  # noqa: T201 - for the test


if __name__ == "__main__":
    main()
