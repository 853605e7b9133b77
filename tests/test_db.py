"""``repwatch db`` as it is typed."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repwatch.cli.group import repwatch
from repwatch.store.database import Store
from repwatch.store.owner import DAEMON
from tests import old_database
from tests.other_process import OWN_AS, other_process

CONFIG = """
contact: ada@example.org
timezone: Europe/Paris
database: sqlite:///repwatch.db
subjects: [{id: ada, name: Ada Exemple, relation: self}]
sources: [{kind: feed, url: "https://blog.example.org/feed"}]
channels: {mail: {kind: email, host: smtp.example.org, from: repwatch@example.org}}
reports: [{channel: mail, to: ada@example.org, every: 1d}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "repwatch.yaml").write_text(CONFIG)
    (tmp_path / "repwatch.yaml").chmod(0o600)
    return tmp_path


@pytest.fixture
def path(folder: Path) -> Path:
    asyncio.run(opened(folder / "repwatch.db"))
    return folder / "repwatch.db"


async def opened(path: Path) -> None:
    store = Store(path)
    await store.open()
    await store.close()


def db(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(repwatch, ["--config", str(folder / "repwatch.yaml"), "db", *arguments])


def only_line(text: str) -> str:
    (line,) = text.strip().splitlines()
    return re.sub(r"\d+\.\d MB", "N MB", line)


def test_a_backup_is_made_once(folder: Path, path: Path) -> None:
    file = folder / "backup.db"
    done = db(folder, "backup", str(file))
    assert (done.exit_code, only_line(done.stdout)) == (0, f"{file}: a checked copy of {path} (N MB)")
    again = db(folder, "backup", str(file))
    assert again.exit_code == 1
    assert only_line(again.stderr) == f"repwatch: {file} is there already; name another file, or say --force"
    assert db(folder, "backup", "--force", str(file)).exit_code == 0


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
def test_a_backup_is_never_written_over_the_database(folder: Path, path: Path, ending: str) -> None:
    (folder / "link").symlink_to(folder)
    done = db(folder, "backup", "--force", f"{folder}/link/{path.name}{ending}")
    assert done.exit_code == 1
    assert "belongs to the database itself" in done.stderr


def test_a_backup_into_a_folder_that_is_not_there_is_one_line(folder: Path, path: Path) -> None:
    done = db(folder, "backup", f"{folder}/absent/backup.db")
    assert path.exists()
    assert done.exit_code == 78
    assert "absent/backup.db: cannot be opened for writing (No such file" in only_line(done.stderr)


def test_a_restore_says_where_the_present_content_went(folder: Path, path: Path) -> None:
    db(folder, "backup", f"{folder}/backup.db")
    done = db(folder, "restore", f"{folder}/backup.db")
    (kept,) = folder.glob("repwatch.db.before-restore-*.db")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{path}: restored from {folder}/backup.db (version 0003)",
        f"what was there is kept in {kept}",
    ]


def test_a_restore_says_that_a_daemon_goes_on(folder: Path, path: Path) -> None:
    db(folder, "backup", f"{folder}/backup.db")
    with other_process(OWN_AS, path, DAEMON):
        done = db(folder, "restore", f"{folder}/backup.db")
    assert done.stdout.splitlines()[-1] == "the running daemon goes on with what was restored"


def test_a_damaged_database_is_checked_and_then_restored(folder: Path, path: Path) -> None:
    backup = folder / "backup.db"
    db(folder, "backup", str(backup))
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(random.Random(7).randbytes(8192))
    found = db(folder, "check")
    assert found.exit_code == 78
    assert f"'repwatch db restore {backup}'" in only_line(found.stderr)
    done = db(folder, "restore", str(backup))
    assert "the damaged database was moved to" in done.stdout
    assert db(folder, "check").exit_code == 0


def test_a_sound_database_is_said_to_be_sound(folder: Path, path: Path) -> None:
    done = db(folder, "check")
    assert done.exit_code == 0
    assert only_line(done.stdout) == f"{path}: sound, version 0003, N MB, write-ahead log N MB"


def test_an_upgrade_says_from_where_to_where(folder: Path) -> None:
    path = folder / "repwatch.db"
    old_database.make(path, "0001")
    done = db(folder, "upgrade")
    kept = folder / "repwatch.db.before-0003.db"
    assert only_line(done.stdout) == (
        f"{path}: upgraded from version 0001 to 0003; a copy from before is {kept}"
    )
    assert kept.exists()
    assert only_line(db(folder, "upgrade").stdout) == f"{path}: up to date (version 0003)"


@pytest.mark.parametrize("command", [["backup", "x.db"], ["upgrade"], ["check"]])
def test_without_a_database_there_is_nothing_to_do(folder: Path, command: list[str]) -> None:
    done = db(folder, *command)
    assert done.exit_code == 78
    assert "no database there yet; run 'repwatch check' once" in only_line(done.stderr)
    assert not (folder / "repwatch.db").exists()
