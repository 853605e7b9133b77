"""An older database: kept before it changes, changed without loss, and whole however often it is killed."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from repwatch.errors import DiskFull, StoreError
from repwatch.rules.identity import footprint
from repwatch.store import copying, soundness, upgrade
from repwatch.store.database import Store, reader_engine
from repwatch.store.owner import DAEMON
from tests import old_database
from tests.other_process import OWN_AS, other_process

ROOT = Path(__file__).parent.parent


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "repwatch.db"
    old_database.make(path, "0001")
    return path


async def opened(path: Path) -> None:
    store = Store(path)
    await store.open(daemon=True)
    await store.close()


def campaign(source: Path, folder: Path) -> list[Path]:
    """What every killed start left, in order."""
    folder.mkdir()
    command = [sys.executable, "-W", "ignore", "-m", "tests.kill_campaign", str(source), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return sorted(folder.glob("*.d/repwatch.db"), key=lambda path: int(path.parent.stem))


def version(path: Path) -> str:
    return upgrade.revision(reader_engine(path))


async def test_an_upgrade_keeps_every_row(old: Path) -> None:
    columns = old_database.lasting(old)
    before = old_database.content(old, columns)
    assert len(before) == 12
    assert all(len(rows) == old_database.ROWS for rows in before.values())
    await opened(old)
    assert version(old) == upgrade.HEAD
    assert old_database.content(old, columns) == before
    assert soundness.faults(old) == []


async def test_an_upgrade_leaves_no_address_of_a_last_page(old: Path) -> None:
    await opened(old)
    rows = old_database.content(old, {"source_state": list(old_database.HIDDEN)})["source_state"]
    windows = {window for window, _ in rows}
    assert windows == {f'["{footprint(f"url:https://é.example/{n}")}"]' for n in (1, 2, 3)}
    assert {pages for _, pages in rows} == {"{}"}


async def test_a_copy_is_kept_before_anything_changes(old: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = old_database.content(old)
    with caplog.at_level(logging.INFO, "repwatch"):
        await opened(old)
    kept = old.with_name(f"repwatch.db.before-{upgrade.HEAD}.db")
    assert old_database.content(kept) == before
    assert version(kept) == "0001"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert f"upgraded from version 0001 to {upgrade.HEAD}; a copy is {kept}" in caplog.text


async def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    await opened(tmp_path / "repwatch.db")
    await opened(tmp_path / "repwatch.db")
    assert list(tmp_path.glob("*before*")) == []


async def test_without_room_for_a_copy_nothing_changes(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("the disk is full", "make room")

    monkeypatch.setattr(copying, "take_over", full)
    with pytest.raises(DiskFull):
        await opened(old)
    assert version(old) == "0001"
    assert list(old.parent.glob(".*part*")) == []


async def test_tables_that_a_daemon_uses_are_not_changed_under_it(old: Path) -> None:
    with other_process(OWN_AS, old, DAEMON):
        command = Store(old)
        with pytest.raises(StoreError, match="of version 0001, and a daemon uses it; restart the daemon"):
            await command.open()
        await command.close()
    assert version(old) == "0001"


async def test_an_upgrade_killed_at_every_statement_goes_on_at_the_next_start(
    old: Path, tmp_path: Path
) -> None:
    columns = old_database.lasting(old)
    before = old_database.content(old, columns)
    left = campaign(old, tmp_path / "killed")
    assert len(left) > 30
    assert {version(path) for path in left} == {"0001", upgrade.HEAD}
    for path in left:
        await opened(path)
        assert version(path) == upgrade.HEAD
        assert old_database.content(path, columns) == before
        assert soundness.faults(path) == []
        assert list(path.parent.glob(".*part*")) == []


async def test_a_first_start_killed_at_every_statement_goes_on_at_the_next(tmp_path: Path) -> None:
    left = campaign(tmp_path / "nothing.db", tmp_path / "killed")
    assert len(left) > 40
    for path in left:
        await opened(path)
        assert version(path) == upgrade.HEAD
        assert soundness.faults(path) == []
