"""What a failing file or disk is called, what is tried again, and that the store goes on afterwards."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from repwatch.errors import Corrupt, DiskFault, DiskFull, StoreError
from repwatch.store import causes, hosts, meta
from repwatch.store.causes import named_errors
from repwatch.store.database import Store, Tx
from tests.fakes import FakeClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "repwatch.db", FakeClock())
    await made.open()
    yield made
    await made.close()


def held(tx: Tx) -> set[str]:
    return set(hosts.waiting(tx, NOW))


def hold(host: str) -> Callable[[Tx], None]:
    return lambda tx: hosts.hold(tx, host, LATER)


def sqlite_error(code: int, words: str = "as SQLite says it") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


def named(path: Path, error: Exception) -> StoreError:
    """What the error is called, once the library has wrapped it and once it has not."""
    with pytest.raises(StoreError) as bare, named_errors(path):
        raise error
    assert bare.value.next_step
    return bare.value


class Fails:
    """A transaction that the disk fails for the first ``times``, in the middle."""

    def __init__(self, times: int, code: int = sqlite3.SQLITE_IOERR_WRITE) -> None:
        self.runs = 0
        self._times = times
        self._code = code

    def __call__(self, tx: Tx) -> str:
        self.runs += 1
        hosts.hold(tx, f"run{self.runs}.example:443", LATER)
        if self.runs <= self._times:
            raise OperationalError("INSERT", {}, sqlite_error(self._code, "disk I/O error"))
        return "done"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, DiskFull, "the disk is full"),
        (sqlite3.SQLITE_IOERR_FSYNC, DiskFault, "as SQLite says it"),
        (sqlite3.SQLITE_CORRUPT, Corrupt, "as SQLite says it"),
        (sqlite3.SQLITE_NOTADB, Corrupt, "as SQLite says it"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreError, "as SQLite says it"),
        (sqlite3.SQLITE_CANTOPEN, StoreError, "as SQLite says it"),
    ],
)
def test_an_error_of_sqlite_is_named_by_its_code(
    tmp_path: Path, code: int, kind: type[StoreError], words: str
) -> None:
    bare = named(tmp_path / "repwatch.db", sqlite_error(code))
    wrapped = named(tmp_path / "repwatch.db", OperationalError("SELECT", {}, sqlite_error(code)))
    assert type(bare) is type(wrapped) is kind
    assert bare.cause == wrapped.cause == f"{tmp_path}/repwatch.db: {words}"


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, DiskFull, "the disk is full"),
        (errno.EDQUOT, DiskFull, "the disk is full"),
        (errno.EIO, DiskFault, "Input/output error"),
        (errno.EROFS, StoreError, "Read-only file system"),
        (errno.EACCES, StoreError, "Permission denied"),
    ],
)
def test_an_error_of_the_system_is_named_too(
    tmp_path: Path, number: int, kind: type[StoreError], words: str
) -> None:
    found = named(tmp_path / "repwatch.db", OSError(number, os.strerror(number)))
    assert type(found) is kind
    assert words in found.cause


def test_a_mistake_in_a_statement_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"), named_errors(tmp_path / "repwatch.db"):
        raise sqlite_error(sqlite3.SQLITE_ERROR, "syntax error")


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN])
def test_a_log_whose_index_finds_no_room_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(causes, "room", lambda _: 4096)
    assert type(named(tmp_path / "repwatch.db", sqlite_error(code))) is DiskFull


async def test_a_full_disk_loses_nothing_and_writing_goes_on_once_there_is_room(store: Store) -> None:
    await store.write(hold("blog.example:443"))
    pages = await store.write(lambda tx: tx.execute(text("PRAGMA page_count")).scalar())
    await store.write(lambda tx: tx.execute(text(f"PRAGMA max_page_count={pages}")))
    with pytest.raises(DiskFull):
        await store.write(hold("x" * 100_000))
    assert await store.read(held) == {"blog.example:443"}
    await store.write(hold("gazette.example:443"))
    await store.write(lambda tx: tx.execute(text("PRAGMA max_page_count=1000000")))
    await store.write(hold("x" * 100_000))
    assert await store.read(held) == {"blog.example:443", "gazette.example:443", "x" * 100_000}


async def test_a_write_that_the_disk_fails_is_tried_twice_again(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    unlucky = Fails(2)
    with caplog.at_level(logging.WARNING):
        assert await store.write(unlucky) == "done"
    assert await store.read(held) == {"run3.example:443"}
    assert [record.getMessage() for record in caplog.records] == [
        f"{store.path}: disk I/O error; trying again"
    ] * 2


async def test_a_disk_that_goes_on_failing_is_told(store: Store) -> None:
    broken = Fails(9)
    with pytest.raises(DiskFault, match="disk I/O error; check the disk"):
        await store.write(broken)
    assert broken.runs == 3
    assert await store.read(held) == set()


async def test_a_full_disk_is_not_tried_again(store: Store) -> None:
    full = Fails(9, sqlite3.SQLITE_FULL)
    with pytest.raises(DiskFull):
        await store.write(full)
    assert full.runs == 1


async def test_a_page_that_was_misread_is_read_again(store: Store) -> None:
    statements: list[str] = []
    misread = Fails(1, sqlite3.SQLITE_CORRUPT)

    def traced(tx: Tx) -> str:
        connection = tx.connection.driver_connection
        assert connection is not None
        connection.set_trace_callback(statements.append)
        return misread(tx)

    assert await store.write(traced) == "done"
    assert "PRAGMA shrink_memory" in statements  # or the page would come from the cache


async def test_a_transaction_that_cannot_be_rolled_back_does_not_hold_up_the_next(store: Store) -> None:
    def no_rollback(action: int, what: str | None, *_: str | None) -> int:
        refused = action == sqlite3.SQLITE_TRANSACTION and what == "ROLLBACK"
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    def fails(tx: Tx) -> None:
        connection = tx.connection.driver_connection
        assert connection is not None
        connection.set_authorizer(no_rollback)
        hosts.hold(tx, "blog.example:443", LATER)
        raise KeyError("the second half")

    with pytest.raises(DatabaseError, match="not authorized"):
        await store.write(fails)
    await store.write(hold("gazette.example:443"))
    assert await store.read(held) == {"gazette.example:443"}


async def test_a_fold_that_is_refused_in_a_new_way_is_no_failure_of_the_write_and_leaves_its_patience(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store._writer is not None
    raw = store._writer.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    monkeypatch.setattr(store, "_fold_at", 0)
    (before,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.set_authorizer(no_checkpoint)
    await store.write(lambda tx: meta.put(tx, "known", "yes"))
    raw.set_authorizer(None)
    assert raw.execute("PRAGMA busy_timeout").fetchone() == (before,)
    assert await store.read(lambda tx: meta.get(tx, "known")) == "yes"


def no_checkpoint(action: int, name: str | None, *_: str | None) -> int:
    refused = action == sqlite3.SQLITE_PRAGMA and name == "wal_checkpoint"
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


async def test_a_fold_that_fails_is_no_failure_of_the_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> bool:
        raise DiskFull("the disk is full", "make room")

    monkeypatch.setattr(store, "_fold", full)
    monkeypatch.setattr(store, "_fold_at", 0)
    await store.write(hold("blog.example:443"))
    assert await store.read(held) == {"blog.example:443"}


def test_a_damaged_file_names_the_newest_backup_beside_it(tmp_path: Path) -> None:
    for age, name in enumerate(["new.db", "old.db"]):
        sqlite3.connect(tmp_path / name).executescript("CREATE TABLE t (x)").connection.close()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "no-database.db").write_bytes(b"a letter")
    found = named(tmp_path / "repwatch.db", sqlite_error(sqlite3.SQLITE_CORRUPT))
    assert (
        found.next_step
        == f"restore the newest backup: 'repwatch db restore {tmp_path}/new.db'; nothing was changed"
    )
