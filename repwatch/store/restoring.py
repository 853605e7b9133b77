"""Puts a backup in the place of the database, even under a running daemon, all at once."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from repwatch.errors import Busy, Corrupt, StoreError
from repwatch.store import backups, copying, meta, upgrade
from repwatch.store.causes import named_errors
from repwatch.store.database import BUSY_SECONDS, PATIENCE_SECONDS, reader_engine, writer_engine
from repwatch.store.owner import COMMAND, Lock, Owner
from repwatch.store.soundness import demand_sound, read_only

STEP = 1000  # pages copied at once; all of them are one transaction
TRIES = PATIENCE_SECONDS / BUSY_SECONDS


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    kept: Path | None  # where that went which was there before
    damaged: bool  # whether it could only be moved aside
    found: str  # the version of the backup
    daemon: Owner | None  # who goes on with the new content


def restore(backup: Path, path: Path, now: datetime) -> Restored:
    """Make the content of ``backup`` that of the database; raises StoreError, with all as it was.

    The new content carries a new generation, so no moment shows it under the old one.
    """
    found = demand_backup(backup, path)
    lock = Lock(path)
    with named_errors(lock.path):
        lock.take(COMMAND)
    try:
        with copying.part(path) as fresh:
            copying.take_over(backup, fresh)
            make_ready(fresh)
            kept, damaged = replace(fresh, path, now, lock)
        return Restored(kept, damaged, found, lock.other())
    finally:
        lock.release()


def demand_backup(backup: Path, path: Path) -> str:
    """The version of a backup that can be used; raises StoreError with what is wrong with it."""
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file", "name a file that 'repwatch db backup' made")
    if path.exists() and backup.samefile(path):
        raise StoreError(f"{backup}: this is the database itself", "name a backup of it")
    with named_errors(backup):
        found = upgrade.refuse_unknown(reader_engine(backup))
    if not found:
        raise StoreError(f"{backup}: the file is empty", "name a file that 'repwatch db backup' made")
    demand_sound(backup)
    return found


def make_ready(fresh: Path) -> None:
    """Bring the copy up to date and give it a new generation, before anybody sees it."""
    engine = writer_engine(fresh)
    try:
        upgrade.bring_up_to_date(engine)
        with engine.begin() as tx:
            meta.put(tx, meta.GENERATION, secrets.token_hex(8))
    finally:
        engine.dispose()
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    demand_sound(fresh)


def replace(fresh: Path, path: Path, now: datetime, lock: Lock) -> tuple[Path | None, bool]:
    """Put it in place; returns where the old content went, and whether that is damaged."""
    log_file = path.with_name(path.name + "-wal")
    if not path.exists() and not log_file.exists():
        copying.put_in_place(fresh, path)
        return None, False
    try:
        kept = keep(path, now)
    except Corrupt:
        kept = set_aside(path, now, lock)
        copying.put_in_place(fresh, path)
        return kept, True
    pour(fresh, path)
    return kept, False


def keep(path: Path, now: datetime) -> Path | None:
    """Copy what is there, unless it is empty.

    Raises Corrupt when it is damaged, and StoreError when it is the database of another program.
    """
    if not path.exists():
        raise Corrupt(f"{path}: the database is gone")
    with named_errors(path):
        if not upgrade.revision(reader_engine(path)):
            return None
    kept = backups.before_restore(path, now)
    copying.copy(path, kept)
    return kept


def set_aside(path: Path, now: datetime, lock: Lock) -> Path:
    """Move a damaged database away with its log; whoever has it open would go on writing there."""
    if not lock.held:
        raise StoreError(
            f"{path}: the database is damaged, and another process uses it", "stop that one first"
        )
    aside = backups.damaged(path, now)
    with named_errors(path):
        # The database first: without its log it might look sound, and be older than it was.
        for ending in ("", "-wal"):
            before = path.with_name(path.name + ending)
            if before.exists():
                before.rename(aside.with_name(aside.name + ending))
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside


def pour(fresh: Path, path: Path) -> None:
    """Write every page through the log in one transaction: others see the old content or the new."""
    with (
        named_errors(path),
        closing(read_only(fresh)) as here,
        closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as there,
    ):
        there.execute("PRAGMA journal_mode=WAL")
        there.execute("PRAGMA synchronous=FULL")
        there.execute("PRAGMA wal_autocheckpoint=0")
        here.backup(there, pages=STEP, progress=Patience(path))


class Patience:
    """Gives up when another process keeps the database for too long; SQLite alone would ask for ever."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refused = 0

    def __call__(self, status: int, _remaining: int, _total: int) -> None:
        """One step was tried."""
        self._refused = self._refused + 1 if status == sqlite3.SQLITE_BUSY else 0
        if self._refused >= TRIES:
            raise Busy(f"{self._path}: another process does not let go of it", "try again in a minute")
