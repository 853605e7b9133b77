"""A backup is whole and checked; a restore is all at once, also under a daemon that is running."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from repwatch.errors import Busy, Corrupt, DiskFull, StoreError
from repwatch.store import copying, hosts, meta, restoring, soundness, upgrade
from repwatch.store.copying import copy
from repwatch.store.database import Store, Tx, reader_engine
from repwatch.store.owner import COMMAND, DAEMON, Owner
from repwatch.store.restoring import restore
from tests import old_database
from tests.fakes import START, FakeClock
from tests.other_process import HOLD_THE_WRITE_LOCK, OWN_AS, READ_AND_NEVER_LET_GO, other_process

BEFORE, AFTER = "before.example:443", "after.example:443"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "repwatch.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A running daemon."""
    made = Store(path, FakeClock())
    await made.open(daemon=True)
    await hold(made, BEFORE)
    yield made
    await made.close()


@pytest.fixture
def backup(path: Path, tmp_path: Path) -> Path:
    """A backup that knows BEFORE, of a database that goes on to AFTER."""
    asyncio.run(two_steps(path, tmp_path / "backup.db"))
    return tmp_path / "backup.db"


async def two_steps(path: Path, backup: Path) -> None:
    made = Store(path)
    await made.open()
    await hold(made, BEFORE)
    copy(path, backup)
    await hold(made, AFTER)
    await made.close()


async def hold(store: Store, host: str) -> None:
    await store.write(lambda tx: hosts.hold(tx, host, START + timedelta(hours=1)))


def held(tx: Tx) -> set[str]:
    return set(hosts.waiting(tx, START))


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from repwatch.store import restoring

left = int(sys.argv[3])

def patience(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

restoring.STEP = 1
restoring.Patience = lambda _: patience
restoring.restore(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""


def known(path: Path) -> set[str]:
    return Store(path).read_now(held)


def generation(path: Path) -> str:
    return Store(path).read_now(meta.generation)


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*"))


def scratch(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(random.Random(7).randbytes(8192))


async def test_a_copy_is_made_under_a_running_daemon(store: Store, tmp_path: Path) -> None:
    log_length = store.wal_bytes
    copy(store.path, tmp_path / "backup.db")
    assert store.wal_bytes == log_length > 0
    assert known(tmp_path / "backup.db") == {BEFORE}
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    assert {each.name for each in tmp_path.glob("backup*")} == {"backup.db"}


async def test_a_copy_does_not_wait_for_a_writer(store: Store, tmp_path: Path) -> None:
    with other_process(HOLD_THE_WRITE_LOCK, store.path):
        copy(store.path, tmp_path / "backup.db")
    assert known(tmp_path / "backup.db") == {BEFORE}


def test_a_damaged_database_gives_no_copy(backup: Path, path: Path, tmp_path: Path) -> None:
    scratch(path)
    old = backup.read_bytes()
    with pytest.raises(Corrupt, match=f"{path}: "):
        copy(path, backup)
    assert backup.read_bytes() == old
    assert parts(tmp_path) == []


def test_a_copy_that_finds_no_room_leaves_nothing(
    backup: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    old = backup.read_bytes()
    monkeypatch.setattr(copying, "sync", full)
    with pytest.raises(DiskFull):
        copy(path, backup)
    assert backup.read_bytes() == old
    assert parts(tmp_path) == []


def test_a_restore_brings_the_old_content_back_and_keeps_the_new(backup: Path, path: Path) -> None:
    done = restore(backup, path, START)
    assert known(path) == {BEFORE}
    assert done.kept == path.with_name("repwatch.db.before-restore-20261123T090000Z.db")
    assert known(done.kept) == {BEFORE, AFTER}
    assert stat.S_IMODE(done.kept.stat().st_mode) == 0o600
    assert soundness.faults(path) == []
    assert parts(path.parent) == []


async def test_a_running_daemon_sees_what_was_restored_and_goes_on(store: Store, tmp_path: Path) -> None:
    copy(store.path, tmp_path / "backup.db")
    await hold(store, AFTER)
    assert await store.read(held) == {BEFORE, AFTER}
    done = restore(tmp_path / "backup.db", store.path, START)
    assert done.daemon == (DAEMON, os.getpid())
    assert await store.write(held) == {BEFORE}
    assert await store.read(held) == {BEFORE}
    await hold(store, AFTER)
    assert await store.fold()
    assert known(store.path) == {BEFORE, AFTER}
    assert soundness.faults(store.path) == []


async def test_a_reader_in_the_midst_of_a_restore_keeps_what_it_saw(store: Store, tmp_path: Path) -> None:
    copy(store.path, tmp_path / "backup.db")
    with other_process(READ_AND_NEVER_LET_GO, store.path) as reader:
        restore(tmp_path / "backup.db", store.path, START)
        reader.go()


async def test_a_smaller_backup_takes_the_place_of_a_larger_database(store: Store, tmp_path: Path) -> None:
    copy(store.path, tmp_path / "backup.db")
    for number in range(20):
        await hold(store, f"{number}{'x' * 50_000}")
    pages = await store.write(lambda tx: tx.execute(text("PRAGMA page_count")).scalar_one())
    restore(tmp_path / "backup.db", store.path, START)
    assert await store.write(lambda tx: tx.execute(text("PRAGMA page_count")).scalar_one()) < pages
    assert await store.fold()
    assert soundness.faults(store.path) == []


def test_every_restore_starts_a_new_generation(backup: Path, path: Path) -> None:
    first = generation(path)
    restore(backup, path, START)
    second = generation(path)
    restore(backup, path, START)
    assert len({first, second, generation(path)}) == 3


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 20])
def test_a_restore_killed_half_way_leaves_the_old_content_under_the_old_generation(
    backup: Path, path: Path, steps: int
) -> None:
    before = generation(path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(backup), str(path), str(steps)], check=False)
    assert killed.returncode == -signal.SIGKILL
    asyncio.run(opened(path))
    assert known(path) == {BEFORE, AFTER}
    assert generation(path) == before
    assert soundness.faults(path) == []
    assert parts(path.parent) == []


def test_nobody_sees_a_restore_half_done(backup: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restore(backup, path, START)
    seen: list[tuple[set[str], str]] = []
    monkeypatch.setattr(restoring, "STEP", 1)
    monkeypatch.setattr(
        restoring, "Patience", lambda _: lambda *_: seen.append((known(path), generation(path)))
    )
    asyncio.run(after(path))
    before = generation(path)
    restore(backup, path, START + timedelta(hours=1))
    *midway, last = seen
    assert len(midway) > 10
    assert all(each == ({BEFORE, AFTER}, before) for each in midway)
    assert last == ({BEFORE}, generation(path))
    assert generation(path) != before


async def after(path: Path) -> None:
    store = Store(path)
    await store.open()
    await hold(store, AFTER)
    await store.close()


async def opened(path: Path) -> None:
    store = Store(path)
    await store.open(daemon=True)
    await store.close()


def test_a_daemon_that_starts_waits_until_a_restore_is_done(
    backup: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: list[Owner | None] = []
    make_ready = restoring.make_ready

    def look_around(fresh: Path) -> None:
        owners.append(Store(path).other_owner())
        make_ready(fresh)

    monkeypatch.setattr(restoring, "make_ready", look_around)
    restore(backup, path, START)
    assert [*owners, Store(path).other_owner()] == [(COMMAND, os.getpid()), None]


def test_a_backup_of_an_older_version_is_upgraded_on_its_way(
    path: Path, tmp_path: Path, backup: Path
) -> None:
    old = tmp_path / "old.db"
    old_database.make(old, "0001")
    columns = old_database.lasting(old)
    content = old_database.content(old, columns)
    assert restore(old, path, START).found == "0001"
    assert upgrade.revision(reader_engine(path)) == upgrade.HEAD
    assert old_database.content(path, columns) == content
    assert upgrade.revision(reader_engine(old)) == "0001"
    assert backup.exists()


def test_a_backup_goes_where_there_is_no_database(backup: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "moved" / "repwatch.db"
    elsewhere.parent.mkdir()
    assert restore(backup, elsewhere, START).kept is None
    assert known(elsewhere) == {BEFORE}
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600


def test_a_damaged_database_is_moved_aside_with_its_log(backup: Path, path: Path) -> None:
    scratch(path)
    damaged = path.read_bytes()
    path.with_name("repwatch.db-wal").write_bytes(b"frames")
    done = restore(backup, path, START)
    assert (done.damaged, done.kept) == (True, path.with_name("repwatch.db.damaged-20261123T090000Z"))
    assert done.kept is not None
    assert done.kept.read_bytes() == damaged
    assert done.kept.with_name(done.kept.name + "-wal").read_bytes() == b"frames"
    asyncio.run(opened(path))
    assert known(path) == {BEFORE}


def test_a_log_without_its_database_is_moved_aside_too(backup: Path, path: Path) -> None:
    path.unlink()
    path.with_name("repwatch.db-wal").write_bytes(b"frames")
    assert restore(backup, path, START).damaged
    asyncio.run(opened(path))
    assert known(path) == {BEFORE}


def test_a_damaged_database_is_not_moved_from_under_a_daemon(backup: Path, path: Path) -> None:
    scratch(path)
    before = path.read_bytes()
    with other_process(OWN_AS, path, DAEMON), pytest.raises(StoreError, match="stop that one first"):
        restore(backup, path, START)
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_not_restored_over(backup: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.db"
    sqlite3.connect(stranger).executescript("CREATE TABLE cats (name)").connection.close()
    before = stranger.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        restore(backup, stranger, START)
    assert stranger.read_bytes() == before


def damaged(backup: Path) -> None:
    scratch(backup)


def newer(backup: Path) -> None:
    with sqlite3.connect(backup) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def dangling(backup: Path) -> None:
    with sqlite3.connect(backup) as connection:
        connection.execute("INSERT INTO sighting VALUES (7, 'blog', '2026-11-23 10:00:00.000000')")
    connection.close()


def letter(backup: Path) -> None:
    backup.write_bytes(b"a letter to Mireille Imaginaire" * 100)


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def missing(backup: Path) -> None:
    backup.unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (damaged, "malformed|damaged"),
        (newer, "of version 9999"),
        (dangling, "refers to a row of mention that is not there"),
        (letter, "not a database"),
        (empty, "empty"),
        (missing, "no such file"),
    ],
)
def test_a_backup_that_cannot_be_used_changes_nothing(
    backup: Path, path: Path, spoil: object, words: str
) -> None:
    assert callable(spoil)
    spoil(backup)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=words) as caught:
        restore(backup, path, START)
    assert caught.value.next_step
    assert caught.value.cause.startswith(f"{backup}: ")
    assert path.read_bytes() == before
    assert parts(path.parent) == []


def test_the_database_is_no_backup_of_itself(backup: Path, path: Path) -> None:
    assert backup.exists()
    with pytest.raises(StoreError, match="the database itself"):
        restore(path, path, START)


def test_a_restore_that_never_gets_its_turn_gives_up(
    backup: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "BUSY_SECONDS", 0)
    monkeypatch.setattr(restoring, "TRIES", 2)
    with other_process(HOLD_THE_WRITE_LOCK, path), pytest.raises(Busy):
        restore(backup, path, START)
    assert known(path) == {BEFORE, AFTER}
