"""Work beside the loop brings its result, and never holds up an end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from threading import Event

import pytest

from repwatch.aside import aside

ENDLESS = """
import asyncio, threading
from repwatch.aside import aside

async def main():
    begun = threading.Event()
    def hang():
        begun.set()
        threading.Event().wait()
    task = asyncio.create_task(aside(hang, "hanging"))
    while not begun.is_set():
        await asyncio.sleep(0)
    task.cancel()

asyncio.run(main())
print("over")
"""


async def test_the_result_comes_back() -> None:
    assert await aside(partial(int, "42"), "number") == 42


async def test_an_error_is_raised_where_it_is_awaited() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await aside(partial(int, "many"), "number")


async def test_what_comes_after_a_cancel_is_nobodys_business() -> None:
    may_end, ended = Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        may_end.wait()
        loop.call_soon_threadsafe(ended.set)
        raise RuntimeError("too late")

    task = asyncio.create_task(aside(work, "late"))
    await asyncio.sleep(0)
    task.cancel()
    may_end.set()
    await asyncio.wait_for(ended.wait(), timeout=10)
    assert task.cancelled()


def test_work_that_never_ends_does_not_keep_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS], check=False, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout) == (0, "over\n")
