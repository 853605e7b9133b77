"""One process owns a database; the others wait for their turn, and none sees a lock."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from repwatch.errors import Busy, StoreError
from repwatch.store import hosts
from repwatch.store.database import FOLD_BYTES, OWNER_SECONDS, PATIENCE_SECONDS, Store, Tx
from repwatch.store.owner import COMMAND, DAEMON, Lock
from tests.fakes import FakeClock
from tests.other_process import HOLD_THE_WRITE_LOCK, OWN_AS, READ_AND_NEVER_LET_GO, other_process

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


class Waits(FakeClock):
    """Each sleep takes no time and is counted; ``then`` is called with the count."""

    def __init__(self, then: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.slept = 0
        self._then = then

    async def sleep(self, seconds: float) -> None:
        self.slept += 1
        self._then(self.slept)
        await super().sleep(seconds)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "repwatch.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    made = Store(path)
    await made.open(daemon=True)
    yield made
    await made.close()


def held(tx: Tx) -> set[str]:
    return set(hosts.waiting(tx, NOW))


def fill(tx: Tx) -> None:
    """More than a write-ahead log may hold before it is folded."""
    for number in range(40):
        hosts.hold(tx, f"{number}{'x' * (FOLD_BYTES // 40)}.example:443", LATER)


async def test_the_owner_says_who_it_is(store: Store) -> None:
    lock = store.path.with_name("repwatch.db.lock")
    assert store.owner
    assert lock.read_text() == f"daemon {os.getpid()}\n"
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


async def test_a_second_daemon_is_refused_with_the_process_that_watches(path: Path) -> None:
    with other_process(OWN_AS, path, DAEMON) as other:
        second = Store(path, FakeClock())
        with pytest.raises(StoreError, match=rf"another repwatch daemon \(process {other.pid}\)") as caught:
            await second.open(daemon=True)
        assert caught.value.next_step
        await second.close()


async def test_a_daemon_waits_for_a_command_and_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), other_process(OWN_AS, path, COMMAND) as other:
        clock = Waits(lambda slept: other.go() if slept == 3 else None)
        store = Store(path, clock)
        await store.open(daemon=True)
        assert store.owner
        assert clock.slept >= 3
        await store.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"waiting for repwatch command {other.pid} to finish"
    ]


async def test_a_daemon_waits_ten_minutes_and_no_longer(path: Path) -> None:
    clock = FakeClock()
    with other_process(OWN_AS, path, COMMAND):
        store = Store(path, clock)
        with pytest.raises(Busy, match="another repwatch command"):
            await store.open(daemon=True)
        await store.close()
    assert clock.monotonic() == pytest.approx(OWNER_SECONDS, abs=1)


async def test_a_daemon_that_waits_can_be_stopped(path: Path) -> None:
    with other_process(OWN_AS, path, COMMAND):
        store = Store(path)
        opening = asyncio.create_task(store.open(daemon=True))
        await asyncio.wait([opening], timeout=0.05)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await store.close()


async def test_a_killed_owner_leaves_nothing_in_the_way(path: Path) -> None:
    with other_process(OWN_AS, path, DAEMON) as other:
        other.kill()
        assert path.with_name("repwatch.db.lock").read_text() == f"daemon {other.pid}\n"
        store = Store(path)
        await store.open(daemon=True)
        assert store.owner
        await store.close()


async def test_the_name_of_a_dead_owner_refuses_nobody(path: Path) -> None:
    """A command has just taken the lock, and the file still says whose it was."""
    lock, file = Lock(path), path.with_name("repwatch.db.lock")
    lock.take(COMMAND)
    its_own = file.read_text()
    file.write_text("daemon 1\n")

    def happens(slept: int) -> None:
        if slept == 1:
            file.write_text(its_own)
        else:
            lock.release()

    store = Store(path, Waits(happens))
    await store.open(daemon=True)
    assert store.owner
    await store.close()


async def test_a_command_beside_an_owner_knows_whose_turn_it_is(store: Store) -> None:
    command = Store(store.path)
    await command.open()
    assert not command.owner
    assert command.other_owner() == (DAEMON, os.getpid())
    assert store.other_owner() is None
    await command.close()


async def test_nobody_owns_a_database_that_nobody_uses(path: Path) -> None:
    await made(path)
    assert Store(path).other_owner() is None
    assert path.with_name("repwatch.db.lock").read_text() == "\n"


async def test_a_start_that_is_refused_owns_nothing(path: Path) -> None:
    path.write_bytes(b"a letter to Mireille Imaginaire" * 100)
    store = Store(path)
    with pytest.raises(StoreError):
        await store.open(daemon=True)
    lock = Lock(path)
    assert lock.take(COMMAND)
    lock.release()


async def test_only_the_owner_folds_the_log(store: Store) -> None:
    command = Store(store.path)
    await command.open()
    await command.write(fill)
    assert command.wal_bytes > FOLD_BYTES
    assert not await command.fold()
    assert command.wal_bytes > FOLD_BYTES
    await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
    assert store.wal_bytes == 0
    assert len(await store.read(held)) == 41
    await command.close()


async def test_a_command_that_outlives_the_owner_breaks_nothing(path: Path) -> None:
    owner, command = Store(path), Store(path)
    await owner.open(daemon=True)
    await command.open()
    await command.write(fill)
    await owner.close()
    await command.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
    await command.close()
    after = Store(path)
    await after.open(daemon=True)
    assert len(await after.read(held)) == 41
    await after.close()


async def test_a_write_waits_for_another_process_however_often_it_must_ask(path: Path) -> None:
    await made(path)
    with other_process(HOLD_THE_WRITE_LOCK, path) as other:
        clock = Waits(lambda slept: other.go() if slept == 3 else None)
        store = Store(path, clock, busy=0.01)
        await store.open()
        await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
        assert clock.slept == 3
        assert await store.read(held) == {"blog.example:443", "gazette.example:443"}
        await store.close()


async def test_a_process_that_never_lets_go_is_told_after_two_minutes(path: Path) -> None:
    await made(path)
    clock = FakeClock()
    store = Store(path, clock, busy=0)
    await store.open()
    with other_process(HOLD_THE_WRITE_LOCK, path):
        with pytest.raises(Busy, match="another process does not let go of it") as caught:
            await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
        assert await store.read(held) == set()
    assert "locked" not in str(caught.value)
    assert clock.monotonic() == pytest.approx(PATIENCE_SECONDS, abs=1)
    await store.close()


async def test_a_reader_that_never_lets_go_stops_no_write(store: Store) -> None:
    with other_process(READ_AND_NEVER_LET_GO, store.path) as reader:
        await store.write(fill)
        assert store.wal_bytes > FOLD_BYTES
        await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
        assert not await store.fold()
        assert len(await store.read(held)) == 41
        reader.go()
    assert await store.fold()
    assert store.wal_bytes == 0
    assert len(await store.read(held)) == 41


async def test_a_reader_in_the_way_is_waited_for_once_in_four_megabytes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = Mock(side_effect=store._fold)
    monkeypatch.setattr(store, "_fold", fold)
    with other_process(READ_AND_NEVER_LET_GO, store.path):
        await store.write(fill)
        for number in range(5):
            host = f"host{number}.example:443"
            await store.write(lambda tx, host=host: hosts.hold(tx, host, LATER))  # type: ignore[misc]
    assert fold.call_count == 1


async def made(path: Path) -> None:
    store = Store(path)
    await store.open()
    await store.close()
