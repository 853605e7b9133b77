"""What a failure of the file means: SQLite's codes and the system's become a StoreError with a next step."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from repwatch.errors import Busy, Corrupt, DiskFault, DiskFull, StoreError
from repwatch.store import backups

LEAST_ROOM = 256 * 1024  # bytes without which the index of the write-ahead log cannot even be made

_PRIMARY = 0xFF  # SQLite's extended codes carry the primary one in their low byte


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn errors about the file at ``path``, or its disk, into a StoreError; others pass."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error) and (named := _of_sqlite(path, error.orig)):
            raise named from error
        raise
    except sqlite3.Error as error:
        if named := _of_sqlite(path, error):
            raise named from error
        raise
    except OSError as error:
        raise _of_system(path, error) from error


def room(path: Path) -> int:
    """The bytes that this user may still write where the file is."""
    disk = os.statvfs(path.parent)
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    return free * disk.f_frsize


def read_only_disk(path: Path) -> bool:
    """Whether the file system that holds the file cannot be written by anybody."""
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def no_room(path: Path) -> DiskFull:
    """The disk that holds ``path`` is full."""
    return DiskFull(f"{path}: the disk is full", f"make room in {path.parent}; nothing was lost")


def corrupt(path: Path, what: str) -> Corrupt:
    """The file is damaged; names the newest backup that lies beside it."""
    newest = next(iter(backups.beside(path)), None)
    step = f"restore the newest backup: 'repwatch db restore {newest}'" if newest else "restore a backup"
    return Corrupt(f"{path}: {what}", f"{step}; nothing was changed")


def _of_sqlite(path: Path, error: sqlite3.Error) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return corrupt(path, str(error))
    if code == sqlite3.SQLITE_FULL or (code in _SHORT_OF_ROOM and _is_full(path)):
        return no_room(path)
    if code not in _MEANINGS:
        return None
    if path.is_dir():
        return _of_system(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    if code in _NOT_WRITABLE and read_only_disk(path):
        return _of_system(path, OSError(errno.EROFS, os.strerror(errno.EROFS)))
    kind, words, next_step = _MEANINGS[code]
    return kind(f"{path}: {words or error}", next_step)


def _of_system(path: Path, error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(path)
    kind = DiskFault if error.errno == errno.EIO else StoreError
    next_step = _SYSTEM_STEPS.get(
        error.errno or 0, "check who owns the folder and its mode, or set 'database:'"
    )
    return kind(f"{path}: cannot be opened for writing ({error.strerror})", next_step)


def _is_full(path: Path) -> bool:
    try:
        return room(path) < LEAST_ROOM
    except OSError:
        return False


# On a full disk the index of the write-ahead log cannot grow, which SQLite calls by other names.
_SHORT_OF_ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)

# Who only looks meets them, too: a reader of a write-ahead log makes its index.
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)

_MEANINGS: dict[int, tuple[type[StoreError], str, str]] = {
    sqlite3.SQLITE_BUSY: (Busy, "another process does not let go of it", "try again in a minute"),
    sqlite3.SQLITE_IOERR: (DiskFault, "", "check the disk and the system's log; nothing was changed"),
    sqlite3.SQLITE_READONLY: (StoreError, "", "make the file and its folder writable for this user"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "", "check who owns the folder and its mode"),
}

MOUNT = "mount that file system for writing, or set 'database:' to a file elsewhere"

_SYSTEM_STEPS = {
    errno.EROFS: MOUNT,
    errno.EISDIR: "set 'database:' to a file; this is a folder",
    errno.EIO: "check the disk and the system's log; nothing was changed",
}
