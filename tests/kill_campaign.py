"""Opens a database again and again, each time killed at a later statement, until a start is whole.

Run as ``python -m tests.kill_campaign DATABASE FOLDER``: a killed copy is FOLDER/1.d/repwatch.db for the
first statement, 2.d for the second. Each start is a process of its own, ended by SIGKILL.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

import alembic.command  # noqa: F401 - here once, or every child would spend half a second on it
from sqlalchemy import Engine, event

from repwatch.store.database import Store

# Between the statements: what is done to files while the copy is made.
FILES = {"os.rename", "os.remove", "sqlite3.connect", "tempfile.mkstemp", "os.chmod"}


class Countdown:
    """Kills this process at the n-th moment."""

    def __init__(self, moments: int) -> None:
        self._left = moments

    def __call__(self, *_: object) -> None:
        """One more moment has come."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def start(path: Path) -> None:
    """A start of the program, as far as the database is concerned."""
    store = Store(path)
    await store.open(daemon=True)
    await store.close()


def killed(path: Path, moments: int) -> bool:
    """Start in a child that dies at that moment; False when it came to its end before."""
    child = os.fork()
    if child == 0:
        tick = Countdown(moments)
        event.listen(Engine, "before_cursor_execute", tick)
        event.listen(Engine, "commit", tick)
        sys.addaudithook(lambda name, _: tick() if name in FILES else None)
        asyncio.run(start(path))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    """Kill at every moment in turn."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for moments in count(1):
        path = folder / f"{moments}.d" / "repwatch.db"
        path.parent.mkdir()
        if source.exists():
            shutil.copy(source, path)
        if not killed(path, moments):
            return


if __name__ == "__main__":
    main()
