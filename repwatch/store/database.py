"""The database file: one writer connection on one thread, readers beside it.

A function handed to ``write`` runs in one BEGIN IMMEDIATE transaction on the store thread; it takes
the transaction first, cannot await, and returns plain model values.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

from repwatch.errors import StoreError
from repwatch.store import scrub, upgrade

Tx = Connection
T = TypeVar("T")

BUSY_SECONDS = 30  # how long a command waits for its turn beside a running daemon


class Store:
    """The memory of one installation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._writer: Engine | None = None
        self._reader: Engine | None = None
        self._lock: int | None = None

    async def open(self) -> None:
        """Open for writing: make the file (0600) and its tables where they are missing.

        Raises StoreError, with the file left as it is, when it cannot be used.
        """
        await self._on_thread(self._open)

    async def write(self, function: Callable[[Tx], T]) -> T:
        """Run ``function(tx)`` in one transaction on the store thread; it is all or nothing."""
        return await self._on_thread(lambda: self._transact(function))

    async def read(self, function: Callable[[Tx], T]) -> T:
        """Run ``function(tx)`` on the store thread without taking the write lock."""
        return await self._on_thread(lambda: self.read_now(function))

    def read_now(self, function: Callable[[Tx], T]) -> T:
        """Read from this thread, through a connection that cannot write.

        Raises StoreError when there is no database yet or it is of another version.
        """
        if self._reader is None:
            self._reader = self._open_reader()
        with named_errors(self.path), self._reader.connect() as tx:
            return function(tx)

    @property
    def owner(self) -> bool:
        """Whether this process alone folds the log, and delivers."""
        return self._lock is not None

    async def overwrite(self) -> None:
        """From now on, overwrite what is deleted."""
        await self._on_thread(lambda: self._outside(scrub.overwrite))

    async def scrub(self) -> None:
        """Write the file anew, so that what was deleted is in no byte of it; the owner alone may."""
        await self._on_thread(lambda: self._outside(scrub.scrub))

    async def close(self) -> None:
        """Finish what is queued, fold the write-ahead log back into the file, and let go of it."""
        await self._on_thread(self._close)
        self._thread.shutdown()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        make_private(self.path)
        self._lock = take_lock(self.path)
        self._writer = writer_engine(self.path, checkpoints=self._lock is not None)
        try:
            with named_errors(self.path):
                upgrade.bring_up_to_date(self._writer)
        except StoreError:
            self._let_go()
            raise

    def _open_reader(self) -> Engine:
        if not self.path.exists():
            raise StoreError(f"{self.path}: no database there yet", "run 'repwatch check' once to make it")
        engine = reader_engine(self.path)
        with named_errors(self.path):
            upgrade.demand_current(engine)
        return engine

    def _transact(self, function: Callable[[Tx], T]) -> T:
        assert self._writer is not None, "open() first"
        with named_errors(self.path), self._writer.begin() as tx:
            return function(tx)

    def _outside(self, work: Callable[[Engine], None]) -> None:
        """Do what cannot be done inside a transaction."""
        assert self._writer is not None, "open() first"
        with named_errors(self.path):
            work(self._writer)

    def _close(self) -> None:
        if self._writer is not None and self._lock is not None:
            connection = self._writer.raw_connection()  # no BEGIN: a transaction cannot check-point
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        self._let_go()

    def _let_go(self) -> None:
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
        self._writer = self._reader = self._lock = None


def writer_engine(path: Path, *, checkpoints: bool = True) -> Engine:
    """The engine of the one writer connection; every transaction begins IMMEDIATE.

    A deferred one answers "database is locked" at once, whatever the time limit, when it reads
    before it writes beside another writer.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # SQLite below 3.51.3 can corrupt a WAL that two connections check-point; only the owner does.
        connection.execute(f"PRAGMA wal_autocheckpoint={1000 if checkpoints else 0}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader_engine(path: Path) -> Engine:
    """An engine whose connections cannot write."""
    return create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )


def make_private(path: Path) -> None:
    """Make the folder (0700) and the file (0600); raises StoreError when that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be opened for writing ({error.strerror})",
            "check the folder's owner and mode, or set 'database:'",
        ) from error


def take_lock(path: Path) -> int | None:
    """Become the owner, who alone check-points: a file descriptor, or None when another one is."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn the library's errors about the file itself into a StoreError with a next step."""
    try:
        yield
    except DatabaseError as error:
        text = str(error.orig)
        for sign, next_step in NEXT_STEPS.items():
            if sign in text:
                raise StoreError(f"{path}: {text}", next_step) from error
        raise


NEXT_STEPS = {
    "not a database": "move the file away or restore a backup; nothing was changed",
    "malformed": "restore a backup; nothing was changed",
    "readonly": "make the file and its folder writable for this user",
    "unable to open": "check the folder's owner and mode",
    "disk is full": "make room on the disk; nothing was lost",
    "disk I/O error": "check the disk; nothing was changed",
    "database is locked": "another repwatch process is busy; try again in a minute",
}
