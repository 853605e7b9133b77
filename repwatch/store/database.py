"""The database file: one writer connection on one thread, readers beside it.

A function handed to ``write`` runs in one BEGIN IMMEDIATE transaction on the store thread; it takes
the transaction first, cannot await, and returns plain model values. It may run again when the disk
failed it, so it changes nothing but the transaction.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

from repwatch.clock import Clock, SystemClock
from repwatch.errors import Busy, Corrupt, DiskFault, StoreError
from repwatch.store import copying, meta, scrub, start, upgrade
from repwatch.store.causes import named_errors
from repwatch.store.owner import COMMAND, DAEMON, Lock, Owner

log = logging.getLogger(__name__)

Tx = Connection
T = TypeVar("T")

BUSY_SECONDS = 3.0  # how long SQLite waits before it answers "busy"
PATIENCE_SECONDS = 120.0  # how long we ask again, all in all
PAUSE_SECONDS = 0.2
READING = {"reading": True}  # the option of a connection that only looks
OWNER_SECONDS = 600.0  # how long a daemon waits for the command that owns the database
FAULTS = 2  # failures of the disk after which the same transaction is tried again
FOLD_BYTES = 4 * 1024 * 1024  # a write-ahead log of that length is folded back into the file
FOLD_WAIT_MS = 200  # how long that waits for readers; it holds writers up


class Store:
    """The memory of one installation."""

    def __init__(self, path: Path, clock: Clock | None = None, *, busy: float = BUSY_SECONDS) -> None:
        self.path = path
        self._clock = clock or SystemClock()
        self._busy = busy
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._writer: Engine | None = None
        self._reader: Engine | None = None
        self._lock = Lock(path)
        self._fold_at = FOLD_BYTES

    async def open(self, *, daemon: bool = False) -> None:
        """Open for writing: make the file (0600) and its tables where they are missing.

        A daemon must be the owner, and waits for a command that is. Raises StoreError, with the
        file left as it is, when it cannot be used.
        """
        try:
            await self._on_thread(self._make)
            await self._own(daemon=daemon)
            await self._patiently(lambda: self._prepare(daemon=daemon))
        except BaseException:
            await self._on_thread(self._let_go)
            raise

    async def write(self, function: Callable[[Tx], T]) -> T:
        """Run ``function(tx)`` in one transaction on the store thread; it is all or nothing."""
        return await self._patiently(lambda: self._transact(function))

    async def read(self, function: Callable[[Tx], T]) -> T:
        """Run ``function(tx)`` on the store thread without taking the write lock."""
        return await self._patiently(lambda: self._look(function))

    def read_now(self, function: Callable[[Tx], T]) -> T:
        """Read from this thread, through a connection that cannot write.

        Raises StoreError when there is no database yet or it is of another version.
        """
        if self._reader is None:
            self._reader = self._open_reader()
        with named_errors(self.path), self._reader.connect() as tx:
            return function(tx)

    async def overwrite(self) -> None:
        """From now on, overwrite what is deleted."""
        await self._patiently(lambda: self._outside(scrub.overwrite))

    async def scrub(self) -> None:
        """Write the file anew, so that what was deleted is in no byte of it; the owner alone may.

        Raises StoreError when another process still reads what was there before.
        """
        await self._patiently(lambda: self._outside(scrub.pack))
        if not await self.fold():
            raise StoreError(
                "another process still reads the old data, so it is not wholly gone from the disk",
                "end that process, then give the same command again",
            )

    async def fold(self) -> bool:
        """Fold the write-ahead log back into the file; False when a reader stood in the way.

        Nobody but the owner does: SQLite below 3.51.3 can corrupt a log that two processes fold.
        """
        return await self._on_thread(self._fold)

    async def close(self) -> None:
        """Finish what is queued, fold the write-ahead log back into the file, and let go of it."""
        await self._on_thread(self._close)
        self._thread.shutdown()

    async def own(self) -> bool:
        """Become the owner if nobody is by now; whether this process is."""
        return await self._on_thread(lambda: self.owner or self._take(COMMAND))

    @property
    def owner(self) -> bool:
        """Whether this process alone folds the log, and delivers."""
        return self._lock.held

    def other_owner(self) -> Owner | None:
        """The (role, pid) of the owner when it is another process."""
        with named_errors(self.path):
            return self._lock.other()

    @property
    def wal_bytes(self) -> int:
        """How long the write-ahead log is; it grows while a reader does not let go."""
        log_file = self.path.with_name(self.path.name + "-wal")
        return log_file.stat().st_size if log_file.exists() else 0

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _patiently(self, work: Callable[[], T]) -> T:
        """Do it again while another process keeps the lock, and twice when the disk fails."""
        until = self._clock.monotonic() + PATIENCE_SECONDS
        faults = 0
        while True:
            try:
                return await self._on_thread(work)
            except Busy:
                if self._clock.monotonic() >= until:
                    raise
            except (DiskFault, Corrupt) as error:
                faults += 1
                if faults > FAULTS or self._writer is None:
                    raise
                log.warning("%s; trying again", error.cause)
                await self._on_thread(self._forget)
            await self._clock.sleep(PAUSE_SECONDS)

    def _make(self) -> None:
        with named_errors(self.path):
            start.make_private(self.path)

    async def _own(self, *, daemon: bool) -> None:
        """Become the owner if nobody is; a daemon waits for its turn.

        A killed owner's name may stand in the file until the next one has written its own, so a
        daemon is refused only when it reads the same name twice.
        """
        until = self._clock.monotonic() + OWNER_SECONDS
        seen: Owner | None = None
        while not await self._on_thread(lambda: self._take(DAEMON if daemon else COMMAND)) and daemon:
            other = self.other_owner()
            if other and other == seen and other.role == DAEMON:
                raise another_daemon(self.path, other)
            if self._clock.monotonic() >= until:
                raise Busy(f"{self.path}: another repwatch command still uses it", "let it finish, or end it")
            if other and other != seen and other.role == COMMAND:
                log.warning("waiting for repwatch command %d to finish", other.pid)
            seen = other
            await self._clock.sleep(PAUSE_SECONDS)

    def _take(self, role: str) -> bool:
        with named_errors(self._lock.path):
            return self._lock.take(role)

    def _prepare(self, *, daemon: bool) -> None:
        """Look before anything is touched: a stranger's file keeps its mode and its journal."""
        with named_errors(self.path):
            found = upgrade.refuse_unknown(reader_engine(self.path))
            start.mend_modes(self.path)
            if daemon:
                copying.sweep(self.path)
                start.demand_room(self.path)
                start.look_over(self.path)
            if found not in ("", upgrade.HEAD):
                upgrade.keep_the_way_back(self.path, found, self._lock.other())
            self._writer = self._writer or writer_engine(self.path, busy=self._busy)
            upgrade.bring_up_to_date(self._writer)
            if not found:
                log.info("%s is a new database: every first check is a first look", self.path)
        if daemon:
            now = self._clock.now().isoformat()
            self._transact(lambda tx: meta.put(tx, "started", now))  # a file that refuses it is told now

    def _look(self, function: Callable[[Tx], T]) -> T:
        """Read through the writer's connection: one of its own would be opened anew each time."""
        if self._writer is None:
            return self.read_now(function)
        with named_errors(self.path), self._writer.connect().execution_options(**READING) as tx:
            tx.exec_driver_sql("PRAGMA query_only=ON")
            try:
                return function(tx)
            finally:
                tx.exec_driver_sql("PRAGMA query_only=OFF")

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
            result = function(tx)
        self._try_to_fold(self._fold_at)
        return result

    def _try_to_fold(self, longer_than: int = 0) -> None:
        """What was written is safe in the log: that it cannot be folded now is no failure of the write."""
        try:
            if self.owner and self.wal_bytes >= longer_than:
                self._fold()
                self._fold_at = self.wal_bytes + FOLD_BYTES
        except (StoreError, DBAPIError, sqlite3.Error, OSError) as error:
            log.warning("the write-ahead log could not be folded: %s", error)
            self._fold_at += FOLD_BYTES

    def _fold(self) -> bool:
        """By TRUNCATE, which keeps writers out meanwhile.

        The lighter kind does not, and then another process's commit can restart the log under it:
        that, below 3.51.3, is how a log is corrupted.
        """
        assert self._writer is not None, "open() first"
        if not self.owner:
            return False
        with named_errors(self.path):
            connection = self._writer.raw_connection()  # no BEGIN: a transaction cannot check-point
            cursor = connection.cursor()
            try:
                cursor.execute(f"PRAGMA busy_timeout={FOLD_WAIT_MS}")
                (in_the_way, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(self._busy * 1000)}")
                connection.close()
        return not in_the_way

    def _outside(self, work: Callable[[Engine], None]) -> None:
        """Do what cannot be done inside a transaction."""
        assert self._writer is not None, "open() first"
        with named_errors(self.path):
            work(self._writer)

    def _close(self) -> None:
        if self._writer is not None:
            self._try_to_fold()
        self._let_go()

    def _forget(self) -> None:
        """Drop the pages that were read: one that was misread looks damaged, and the file may not be.

        A new connection would have to read the whole log, and fail all the more.
        """
        assert self._writer is not None
        with named_errors(self.path):
            connection = self._writer.raw_connection()
            connection.cursor().execute("PRAGMA shrink_memory")
            connection.close()

    def _let_go(self) -> None:
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.dispose()
        self._writer = self._reader = None
        self._lock.release()


def another_daemon(path: Path, other: Owner) -> StoreError:
    """Two daemons would check and tell everything twice."""
    return StoreError(
        f"{path}: another repwatch daemon (process {other.pid}) watches with this database",
        "stop it first, or set 'database:' to a file of its own",
    )


def writer_engine(path: Path, *, busy: float = BUSY_SECONDS) -> Engine:
    """The engine of the one writer connection; every transaction begins IMMEDIATE.

    A deferred one answers "database is locked" at once, whatever the time limit, when it reads
    before it writes beside another writer.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"timeout": busy, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA wal_autocheckpoint=0")  # the owner folds, by itself and in its own way
        connection.execute(f"PRAGMA journal_size_limit={FOLD_BYTES}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def reader_engine(path: Path) -> Engine:
    """An engine whose connections cannot write."""
    return create_engine(
        URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "ro", "uri": "true"}),
        poolclass=NullPool,
        connect_args={"timeout": PATIENCE_SECONDS, "check_same_thread": False},
    )
