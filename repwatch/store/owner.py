"""Who owns a database: the one process that folds its write-ahead log and delivers.

The owner holds an advisory lock on ``<database>.lock``, which the system takes back when the process
ends, however it ends. The file says who it is: ``daemon 1234`` or ``command 1234``.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

DAEMON, COMMAND = "daemon", "command"


class Owner(NamedTuple):
    """Who holds the lock."""

    role: str
    pid: int


class Lock:
    """The lock of one database; taken by at most one process at a time."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._held: int | None = None

    @property
    def held(self) -> bool:
        """Whether this is the owner."""
        return self._held is not None

    def take(self, role: str) -> bool:
        """Become the owner, and say so in the file; False when another process is. Raises OSError."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._held = descriptor
        self._write(f"{role} {os.getpid()}\n")
        return True

    def other(self) -> Owner | None:
        """The owner, when it is another process; role "" when that has not yet said who it is."""
        if self.held or not self.path.exists():
            return None
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _parsed(os.read(descriptor, 64))
        finally:
            os.close(descriptor)
        return None

    def release(self) -> None:
        """Let another process become the owner."""
        if self._held is not None:
            self._write("\n")
            os.close(self._held)
            self._held = None

    def _write(self, text: str) -> None:
        """Over the old text, which needs no room; a full disk keeps nobody from holding it unnamed."""
        assert self._held is not None
        with suppress(OSError):
            os.ftruncate(self._held, os.pwrite(self._held, text.encode(), 0))


def _parsed(text: bytes) -> Owner:
    line = text.decode(errors="replace").partition("\n")[0]
    role, _, pid = line.partition(" ")
    return Owner(role, int(pid)) if role in (DAEMON, COMMAND) and pid.isdigit() else Owner("", 0)
