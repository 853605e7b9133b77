"""What a start demands of the database, the disk and the modes of files; nothing is ever recreated."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from repwatch.errors import Corrupt, DiskFull, StoreError
from repwatch.store import causes, hosts, meta, start
from repwatch.store.database import Store, Tx
from repwatch.store.soundness import read_only
from tests.fakes import START, FakeClock

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with something in it, closed."""
    made = tmp_path / "repwatch.db"
    asyncio.run(filled(made))
    return made


async def filled(path: Path) -> None:
    store = Store(path)
    await store.open()
    await store.write(fill)
    await store.close()


def fill(tx: Tx) -> None:
    for number in range(40):
        hosts.hold(tx, f"{number}{'x' * 2000}.example:443", START)


async def refused(path: Path, *, daemon: bool = True) -> StoreError:
    """Why a start is refused; the file is as it was."""
    before = path.read_bytes() if path.is_file() else None
    store = Store(path, FakeClock())
    with pytest.raises(StoreError) as caught:
        await store.open(daemon=daemon)
    await store.close()
    assert before is None or path.read_bytes() == before
    assert caught.value.next_step
    assert "\n" not in str(caught.value)
    return caught.value


async def opened(path: Path, *, daemon: bool = True) -> None:
    store = Store(path, FakeClock())
    await store.open(daemon=daemon)
    await store.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def scratch(path: Path, page: int) -> None:
    """Random bytes over two pages."""
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(random.Random(7).randbytes(2 * PAGE))


async def test_random_bytes_in_the_file_are_found_before_anything_is_done(path: Path) -> None:
    scratch(path, page=5)
    assert isinstance(await refused(path), Corrupt)


async def test_a_damaged_database_names_the_backup_that_lies_beside_it(path: Path) -> None:
    backup = path.with_name("sunday.db")
    backup.write_bytes(path.read_bytes())
    scratch(path, page=5)
    assert f"repwatch db restore {backup}" in (await refused(path)).next_step


async def test_a_damaged_page_is_told_by_what_quick_check_says_of_it(path: Path) -> None:
    with path.open("r+b") as file:  # an overflow page that is nobody's: SQLite reads on, the check does not
        file.seek(9 * PAGE)
        file.write(b"\0" * 64)
    assert isinstance(await refused(path), Corrupt)


async def test_a_damaged_header_is_no_database(path: Path) -> None:
    scratch(path, page=0)
    assert "not a database" in str(await refused(path, daemon=False))


async def test_a_command_does_not_pay_for_the_look_at_the_whole_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    monkeypatch.setattr(start, "look_over", looks.append)
    await opened(path, daemon=False)
    assert looks == []
    await opened(path, daemon=True)
    assert looks == [path]


async def test_a_look_that_takes_too_long_is_left_at_that(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless:
        """A database whose check goes on until it is interrupted."""

        def __init__(self, path: Path) -> None:
            self._real = read_only(path)
            self.interrupt = self._real.interrupt
            self.close = self._real.close

        def execute(self, _: str) -> sqlite3.Cursor:
            endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            cursor: sqlite3.Cursor = self._real.execute(endless)
            return cursor

    monkeypatch.setattr(start, "read_only", Endless)
    with caplog.at_level(logging.WARNING):
        start.look_over(path, seconds=0.01)
    assert "repwatch db check" in caplog.text


async def test_a_daemon_on_a_full_disk_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "room", lambda _: 100)
    assert isinstance(await refused(path), DiskFull)
    await opened(path, daemon=False)


async def test_a_daemon_writes_when_it_started(path: Path) -> None:
    await opened(path)
    assert Store(path).read_now(lambda tx: meta.get(tx, "started")) == START.isoformat()


async def test_a_database_that_cannot_be_written_is_refused_by_the_first_write(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER refuses BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'no'); END")
    other.close()
    with pytest.raises(Exception, match="no"):
        await opened(path)


async def test_another_program_that_uses_alembic_too_is_a_stranger(tmp_path: Path) -> None:
    path = tmp_path / "repwatch.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute("INSERT INTO alembic_version VALUES ('ae1027a6acf')")
    other.close()
    path.chmod(0o644)
    assert "the database of another program" in str(await refused(path))
    assert mode(path) == 0o644


async def test_a_log_that_lost_its_database_is_not_thrown_away(path: Path) -> None:
    log_file = path.with_name("repwatch.db-wal")
    log_file.write_bytes(b"frames")
    path.unlink()
    found = await refused(path)
    assert isinstance(found, Corrupt)
    assert "the database is gone" in found.cause
    assert not path.exists()
    assert log_file.read_bytes() == b"frames"


async def test_a_folder_in_its_place_is_called_one(tmp_path: Path) -> None:
    folder = tmp_path / "repwatch.db"
    folder.mkdir()
    assert "this is a folder" in str(await refused(folder))
    with pytest.raises(StoreError, match="this is a folder"):
        Store(folder).read_now(lambda _: None)


async def test_a_disk_that_is_mounted_read_only_is_what_a_reader_names(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(sqlite3.OperationalError):
        sqlite_errorcode = sqlite3.SQLITE_CANTOPEN

    monkeypatch.setattr(causes, "read_only_disk", lambda _: True)
    with pytest.raises(StoreError, match="mount that file system"), causes.named_errors(path):
        raise Failing


async def test_a_reader_calls_an_empty_file_empty_and_not_old(tmp_path: Path) -> None:
    (tmp_path / "repwatch.db").touch()
    with pytest.raises(StoreError, match="still empty"):
        Store(tmp_path / "repwatch.db").read_now(lambda _: None)


async def test_a_daemon_says_that_it_begins_with_a_new_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await opened(tmp_path / "repwatch.db")
    await opened(tmp_path / "repwatch.db")
    assert caplog.text.count("is a new database") == 1


async def test_an_empty_file_that_a_killed_start_left_is_used(tmp_path: Path) -> None:
    path = tmp_path / "repwatch.db"
    path.touch()
    await opened(path)
    assert mode(path) == 0o600


async def test_modes_are_mended_without_a_word(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lock, backup = path.with_name("repwatch.db.lock"), path.with_name("repwatch.db.before-0003.db")
    backup.write_bytes(path.read_bytes())
    for each in (path, lock, backup):
        each.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        await opened(path)
    assert [mode(each) for each in (path, lock, backup)] == [0o600] * 3
    assert caplog.text == ""


async def test_a_log_that_a_crash_left_is_made_private(path: Path) -> None:
    reader = sqlite3.connect(path)
    reader.execute("SELECT count(*) FROM host_state").fetchone()
    others = [path.with_name("repwatch.db-wal"), path.with_name("repwatch.db-shm")]
    for each in others:
        each.chmod(0o666)
    store = Store(path)
    await store.open()
    assert [mode(each) for each in others] == [0o600] * 2
    await store.close()
    reader.close()


async def test_only_a_folder_of_our_own_is_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    for name, expected in {"repwatch": 0o700, "state": 0o700, "shared": 0o755}.items():
        folder = tmp_path / name
        folder.mkdir()
        folder.chmod(0o755)
        await opened(folder / "repwatch.db")
        assert mode(folder) == expected


async def test_a_mode_that_cannot_be_mended_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path.chmod(0o640)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", refuse)
        found = await refused(path)
    assert "other users may use it" in found.cause
    assert found.next_step == f"as its owner: chmod 600 {path}"


async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "repwatch.db").mkdir()
    assert "Is a directory" in (await refused(tmp_path / "repwatch.db")).cause


async def test_a_name_that_an_address_would_misread_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "100 % #1?mode=rwc.db"
    await filled(path)
    await opened(path)
    assert len(Store(path).read_now(lambda tx: hosts.waiting(tx, START - timedelta(days=1)))) == 40
