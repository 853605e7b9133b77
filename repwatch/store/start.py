"""What must hold before the database is used; each failure is one line with its cause."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from threading import Timer

from repwatch.config.places import data_folder
from repwatch.errors import StoreError
from repwatch.store import backups
from repwatch.store.causes import corrupt, no_room, room
from repwatch.store.soundness import read_only

log = logging.getLogger(__name__)

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
OTHERS = 0o077
START_ROOM = 512 * 1024  # bytes; with less, a daemon would only start to pause
LOOK_SECONDS = 10.0  # a service manager waits for the start no longer than a minute or so


def make_private(path: Path) -> None:
    """Make the folder (0700) and the file (0600) where they are missing.

    Raises OSError, or Corrupt when a log has lost its database.
    """
    demand_no_orphan(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))


def mend_modes(path: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Close all that is ours to other users; raises StoreError when that is not in our power."""
    if path.parent in own_folders(environment):
        mend(path.parent, PRIVATE_FOLDER)
    for each in (*backups.own_files(path), *backups.ours(path)):
        if each.is_file():
            mend(each, PRIVATE_FILE)


def own_folders(environment: Mapping[str, str]) -> set[Path]:
    """The folders that hold nothing but what is ours; any other one's mode is its owner's business."""
    folder = data_folder(environment)
    given = environment.get("STATE_DIRECTORY", "")  # systemd's
    return {folder, folder / "watch", *map(Path, filter(None, given.split(":")))}


def mend(path: Path, mode: int) -> None:
    """Take a file or folder away from others; raises StoreError when it is not ours to change."""
    if not stat.S_IMODE(path.stat().st_mode) & OTHERS:
        return
    try:
        path.chmod(mode)
    except OSError as error:
        raise StoreError(
            f"{path}: other users may use it, and its mode cannot be changed ({error.strerror})",
            f"as its owner: chmod {mode:o} {path}",
        ) from error


def demand_no_orphan(path: Path) -> None:
    """Raise Corrupt for a log without its database, which SQLite would throw away without a word."""
    log_file = path.with_name(path.name + "-wal")
    if _size(log_file) and not _size(path):
        raise corrupt(path, "the database is gone, its write-ahead log is still there")


def demand_room(path: Path) -> None:
    """Raise DiskFull when a daemon could not write down what it finds."""
    if room(path) < START_ROOM:
        raise no_room(path)


def look_over(path: Path, seconds: float = LOOK_SECONDS) -> None:
    """Read the whole file once and raise Corrupt when it is damaged; errors are SQLite's own.

    Ten million mentions take longer than a start may: after ``seconds`` it is left at that.
    """
    with closing(read_only(path)) as connection:
        watch = Timer(seconds, connection.interrupt)
        watch.start()
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            log.warning(
                "the look at %s was ended after %g s; 'repwatch db check' looks at all", path, seconds
            )
            return
        finally:
            watch.cancel()
            watch.join()
    if found != "ok":
        raise corrupt(path, f"the database is damaged ({found.splitlines()[-1]})")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
