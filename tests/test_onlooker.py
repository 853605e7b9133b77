"""A look at a database: what it tells, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from repwatch.errors import StoreError
from repwatch.store import sources
from repwatch.store.database import Store
from repwatch.store.onlooker import Onlooker
from repwatch.store.upgrade import HEAD


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that was used and closed."""
    made = tmp_path / "an odd #name.db"
    asyncio.run(used(Store(made)))
    return made


async def used(store: Store) -> None:
    await store.open()
    await store.close()


def never() -> bool:
    return False


def content(folder: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_a_look_tells_the_revision_and_no_fault(path: Path) -> None:
    look = Onlooker(path).look(never)
    assert (look.revision, look.head, look.faults) == (HEAD, HEAD, ())


def test_a_look_and_a_reading_leave_the_folder_as_it_was(path: Path) -> None:
    before = content(path.parent)
    onlooker = Onlooker(path)
    onlooker.look(never)
    assert onlooker.read_now(sources.states) == {}
    assert content(path.parent) == before


def test_beside_a_writer_the_latest_transaction_is_seen(path: Path) -> None:
    with sqlite3.connect(path) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    assert Onlooker(path).look(never).revision == "9999"
    writer.close()


def test_a_log_that_a_crash_left_is_read_and_kept(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
    crashed = tmp_path / "crashed.db"
    for suffix in ("", "-wal"):
        crashed.with_name(crashed.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    writer.close()
    log = crashed.with_name("crashed.db-wal").read_bytes()
    assert Onlooker(crashed).look(never).revision == "9999"
    assert crashed.with_name("crashed.db-wal").read_bytes() == log


def test_a_search_for_faults_that_is_stopped_found_nothing_out(path: Path) -> None:
    with sqlite3.connect(path) as writer:
        writer.execute("CREATE TABLE big (x)")
        writer.executemany("INSERT INTO big VALUES (?)", [("x" * 100,)] * 20_000)
    writer.close()
    assert Onlooker(path).look(lambda: True).faults is None


def test_a_damaged_page_is_a_fault(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[36:40] = (7).to_bytes(4)  # so many pages would be free, says the header
    path.write_bytes(data)
    look = Onlooker(path).look(never)
    assert look.faults
    assert "freelist" in look.faults[0].lower()


def test_a_strangers_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("these are notes, a long way from being a database\n" * 40)
    with pytest.raises(StoreError, match="not a database"):
        Onlooker(tmp_path / "notes.db").look(never)
