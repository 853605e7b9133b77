"""The database file: private, upgraded, refused when it cannot be trusted, and all or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from repwatch.errors import StoreError
from repwatch.store import hosts, routes, upgrade
from repwatch.store.database import Store, Tx, reader_engine, writer_engine
from repwatch.store.tables import metadata

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "var" / "repwatch.db")
    await made.open()
    yield made
    await made.close()


def pragma(tx: Tx, name: str) -> object:
    return tx.execute(text(f"PRAGMA {name}")).scalar()


async def refused(path: Path) -> str:
    """Why the store refuses the file."""
    store = Store(path)
    with pytest.raises(StoreError) as caught:
        await store.open()
    await store.close()
    assert caught.value.next_step
    return str(caught.value)


def test_the_program_knows_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "repwatch.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == upgrade.HEAD


async def test_a_fresh_file_and_its_folder_are_private(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


async def test_the_write_ahead_log_is_private_too(store: Store) -> None:
    await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
    log = store.path.with_name(store.path.name + "-wal")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_the_migrations_make_the_tables_that_the_program_knows(store: Store) -> None:
    def differences(tx: Tx) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(tx), metadata))

    assert await store.read(differences) == []


def test_a_migration_that_is_killed_half_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = writer_engine(tmp_path / "repwatch.db")
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upgrade.bring_up_to_date(engine)
    assert inspect(engine).get_table_names() == []
    upgrade.bring_up_to_date(engine)
    assert upgrade.revision(engine) == upgrade.HEAD
    engine.dispose()


async def test_a_database_of_a_newer_program_is_refused(store: Store) -> None:
    await store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert "of version 9999" in await refused(store.path)


async def test_a_reader_refuses_a_database_of_another_version(store: Store) -> None:
    await store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '0000'")))
    with pytest.raises(StoreError, match="older version"):
        Store(store.path).read_now(lambda _: None)


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "repwatch.db"
    path.write_bytes(b"a letter to Mireille Imaginaire" * 100)
    assert "not a database" in await refused(path)
    assert path.read_bytes() == b"a letter to Mireille Imaginaire" * 100


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    assert "cannot be opened for writing" in await refused(tmp_path / "taken" / "repwatch.db")


def test_reading_before_there_is_a_database_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="repwatch check"):
        Store(tmp_path / "repwatch.db").read_now(lambda _: None)


async def test_a_write_is_durable_and_does_not_block_readers(store: Store) -> None:
    modes = await store.write(lambda tx: [pragma(tx, "journal_mode"), pragma(tx, "synchronous")])
    assert modes == ["wal", 2]
    assert await store.write(lambda tx: pragma(tx, "foreign_keys")) == 1


async def test_an_exception_inside_a_write_leaves_nothing(store: Store) -> None:
    def half(tx: Tx) -> None:
        hosts.hold(tx, "blog.example:443", LATER)
        raise KeyError("the second half")

    with pytest.raises(KeyError):
        await store.write(half)
    assert await store.read(lambda tx: hosts.waiting(tx, NOW)) == {}


async def test_a_reader_cannot_write(store: Store) -> None:
    engine = reader_engine(store.path)
    with pytest.raises(OperationalError, match="readonly"), engine.begin() as tx:
        hosts.hold(tx, "blog.example:443", LATER)
    with pytest.raises(StoreError, match="writable"):
        await store.read(lambda tx: hosts.hold(tx, "blog.example:443", LATER))


async def test_a_reader_sees_what_was_committed(store: Store) -> None:
    await store.write(lambda tx: routes.plan(tx, "daily", LATER))
    assert (await store.read(lambda tx: routes.state(tx, "daily"))).next_due == LATER


async def test_a_second_writer_that_reads_first_waits_for_its_turn(store: Store) -> None:
    def read_then_write(tx: Tx) -> None:
        hosts.waiting(tx, NOW)
        hosts.hold(tx, "blog.example:443", LATER)

    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO host_state VALUES ('gazette.example:443', '2026-11-23 10:00:00.000000')")
    waiting = asyncio.create_task(store.write(read_then_write))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    other.execute("COMMIT")
    other.close()
    await waiting
    held = await store.read(lambda tx: hosts.waiting(tx, NOW))
    assert held == {"blog.example:443": LATER, "gazette.example:443": LATER}


async def test_closing_folds_the_log_back_into_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "repwatch.db")
    await store.open()
    await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
    await store.close()
    assert not store.path.with_name("repwatch.db-wal").exists()


async def test_a_hold_ends_by_itself(store: Store) -> None:
    await store.write(lambda tx: hosts.hold(tx, "blog.example:443", LATER))
    assert await store.read(lambda tx: hosts.waiting(tx, NOW)) == {"blog.example:443": LATER}
    assert await store.read(lambda tx: hosts.waiting(tx, LATER)) == {}
