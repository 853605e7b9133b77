"""The doctor on the database, the disk below it, and whoever holds it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repwatch.config.settings import Config
from repwatch.doctor import daemon, database, disk
from repwatch.doctor.machine import Room
from repwatch.model import Pair, SourceState
from repwatch.service import question
from repwatch.store import sources
from repwatch.store.database import Store
from repwatch.store.onlooker import Look
from tests.clinic import configured, made, one, visited
from tests.fakes import START, FakeClock
from tests.smtp_servers import free_port


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


# --- the file ---------------------------------------------------------------------------------


def test_a_database_that_is_not_there_yet_is_no_trouble(config: Config) -> None:
    visit = visited(config)
    assert (one(database.file(visit)).state, "first check makes it" in one(database.file(visit)).seen) == (
        "good",
        True,
    )
    assert one(database.content(visit)).state == "skipped"
    assert [*database.log(visit), *database.privacy(visit), *database.backup(visit)] == []


def test_a_place_where_it_cannot_be_made_is_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured(tmp_path, database="sqlite:///deep/down/clinic.db")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    sign = one(database.file(visited(config)))
    assert (sign.state, sign.unusable) == ("bad", True)
    assert f"{tmp_path} is not writable" in sign.seen
    assert f"make the folder {tmp_path / 'deep' / 'down'}" in sign.advice


def test_a_disk_that_is_mounted_read_only_is_named_instead_of_an_owner(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.database_path.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(database, "read_only_disk", lambda _: True)
    assert "mount that file system for writing" in one(database.file(visited(config))).advice


def test_another_programs_file_is_named(config: Config) -> None:
    with sqlite3.connect(config.database_path) as other:
        other.execute("CREATE TABLE notes (text)")
    sign = one(database.content(visited(config)))
    assert (sign.state, sign.unusable) == ("bad", True)
    assert sign.seen == f"{config.database_path}: the file is the database of another program"


def test_a_folder_in_the_place_of_the_database_is_called_one(config: Config) -> None:
    config.database_path.mkdir()
    assert "this is a folder" in one(database.content(visited(config))).advice


def test_a_database_that_cannot_be_read_does_not_pass_for_one_that_was_never_used(config: Config) -> None:
    config.database_path.write_bytes(b"no database at all " * 40)
    (sign,) = daemon.running(visited(config))
    assert sign.state == "skipped"
    assert "never" not in sign.seen


def test_a_log_without_its_database_is_unusable(config: Config) -> None:
    config.database_path.with_name("clinic.db-wal").write_bytes(b"x" * 100)
    sign = one(database.file(visited(config)))
    assert (sign.state, sign.unusable, "log is still there" in sign.seen) == ("bad", True, True)


@pytest.mark.parametrize("closed", ["clinic.db", ""])
async def test_a_file_or_folder_of_somebody_else_is_unusable(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    await made(config)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path / closed)
    sign = one(database.file(visited(config)))
    assert (sign.state, sign.unusable) == ("bad", True)
    assert "chown" in sign.advice


async def test_a_whole_and_current_one_is_good(config: Config) -> None:
    await made(config)
    visit = visited(config)
    assert one(database.file(visit)).seen.endswith("MiB")
    assert [sign.state for sign in database.content(visit)] == ["good", "good"]


async def test_a_newer_one_is_unusable(config: Config) -> None:
    with sqlite3.connect(await made(config)) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
    writer.close()
    sign = one(database.content(visited(config)), "version")
    assert (sign.state, sign.unusable) == ("bad", True)
    assert "install the newer repwatch" in sign.advice


@pytest.mark.parametrize(
    ("revision", "state"), [("0002", "good"), ("0001", "warn"), ("", "good"), ("0003", "bad")]
)
def test_a_revision_is_judged_by_the_programs_own(revision: str, state: str) -> None:
    assert database.version(Look(revision, head="0002")).state == state


@pytest.mark.parametrize(
    ("faults", "state", "unusable"),
    [((), "good", False), (("page 3", "page 4"), "bad", True), (None, "skipped", False)],
)
def test_a_fault_is_unusable_and_a_stopped_search_is_told(
    faults: tuple[str, ...] | None, state: str, unusable: bool
) -> None:
    sign = database.soundness(Look("0002", faults=faults))
    assert (sign.state, sign.unusable) == (state, unusable)


def test_a_file_that_is_no_database_is_unusable(config: Config) -> None:
    config.database_path.write_text("these are notes, and a long way from being a database\n" * 40)
    sign = one(database.content(visited(config)))
    assert (sign.state, sign.unusable) == ("bad", True)
    assert "restore a backup" in sign.advice


async def test_the_search_for_faults_has_a_limit(config: Config) -> None:
    path = await made(config)
    with sqlite3.connect(path) as writer:
        writer.execute("CREATE TABLE big (x)")
        writer.executemany("INSERT INTO big VALUES (?)", [("x" * 100,)] * 20_000)
    writer.close()

    class Racing(FakeClock):
        def monotonic(self) -> float:
            self.advance(database.CHECK_SECONDS)
            return super().monotonic()

    sign = one(database.content(visited(config, clock=Racing())), "quick check")
    assert (sign.state, "was stopped" in sign.seen) == ("skipped", True)


@pytest.mark.parametrize(("mib", "state"), [(1, "good"), (65, "warn")])
async def test_a_log_that_only_grows_is_told(config: Config, mib: int, state: str) -> None:
    path = await made(config)
    with path.with_name("clinic.db-wal").open("wb") as log:
        log.truncate(mib * 1024 * 1024)
    assert one(database.log(visited(config))).state == state


# --- privacy and backups ----------------------------------------------------------------------


async def test_private_files_are_good(config: Config) -> None:
    await made(config)
    assert one(database.privacy(visited(config))).state == "good"


@pytest.mark.parametrize(
    "name", ["clinic.db", "clinic.db-wal", "clinic.db-shm", "clinic.db.before-0002.db", "copy.db"]
)
async def test_a_file_that_others_may_read_says_how_to_close_it(config: Config, name: str) -> None:
    path = await made(config)
    found = path.with_name(name)
    found.write_bytes(found.read_bytes() if found.exists() else b"SQLite format 3\0")
    found.chmod(0o640)
    sign = one(database.privacy(visited(config)))
    assert (sign.state, sign.advice) == ("warn", f"chmod 600 {found}")


@pytest.mark.parametrize(
    ("mode", "state"), [(0o700, "good"), (0o755, "good"), (0o770, "warn"), (0o1777, "good")]
)
async def test_a_folder_where_others_may_replace_files_is_told(config: Config, mode: int, state: str) -> None:
    path = await made(config)
    path.parent.chmod(mode)
    assert one(database.privacy(visited(config))).state == state


@pytest.mark.parametrize(("days", "state"), [(2, "good"), (45, "warn")])
async def test_the_age_of_the_newest_backup_is_told(config: Config, days: int, state: str) -> None:
    path = await made(config)
    for name, age in (("older.db", days + 100), ("newer.db", days)):
        copy = path.with_name(name)
        copy.write_bytes(path.read_bytes())
        at = (START - timedelta(days=age)).timestamp()
        os.utime(copy, (at, at))
    sign = one(database.backup(visited(config)))
    assert (sign.state, f"newer.db, {days} days old" in sign.seen) == (state, True)


async def test_no_backup_is_said(config: Config) -> None:
    await made(config)
    sign = one(database.backup(visited(config)))
    assert (sign.state, "repwatch db backup" in sign.advice) == ("skipped", True)


# --- the disk ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mib", "state"), [(5_000.0, "good"), (150.0, "warn"), (10.0, "bad")])
def test_room_on_the_disk_is_judged(config: Config, mib: float, state: str) -> None:
    sign = one(disk.room(visited(config, room=lambda _: Room(mib, None))))
    assert (sign.state, "make room" in sign.advice) == (state, state != "good")


@pytest.mark.parametrize(("files", "states"), [(5_000, []), (500, ["warn"]), (3, ["bad"]), (None, [])])
def test_a_disk_that_holds_no_more_files_is_told(
    config: Config, files: int | None, states: list[str]
) -> None:
    signs = list(disk.room(visited(config, room=lambda _: Room(5_000.0, files))))
    assert [sign.state for sign in signs[1:]] == states


def test_the_disk_of_a_folder_that_is_not_there_yet_is_the_one_above(tmp_path: Path) -> None:
    asked: list[Path] = []

    def room(path: Path) -> Room:
        asked.append(path)
        return Room(5_000.0, None)

    list(disk.room(visited(configured(tmp_path, database="sqlite:///deep/down/clinic.db"), room=room)))
    assert asked == [tmp_path]


@pytest.mark.parametrize(("kind", "state"), [("ext4", "good"), ("nfs4", "warn"), ("cifs", "warn")])
def test_a_network_file_system_is_told(config: Config, tmp_path: Path, kind: str, state: str) -> None:
    mounts = f"rootfs / ext4 rw 0 0\nserver:/home {tmp_path} {kind} rw 0 0\n"
    sign = one(disk.kind(visited(config, mounts=mounts)))
    assert (sign.state, kind in sign.seen) == (state, True)


def test_a_system_without_mounts_does_not_tell(config: Config) -> None:
    assert one(disk.kind(visited(config, mounts=""))).state == "skipped"


def test_the_closest_and_latest_mount_counts() -> None:
    mounts = "a / ext4\nb /home nfs\nc /home/a\\040b xfs\nd /home/a\\040b btrfs\ne /homestead tmpfs\n"
    assert disk.file_system(Path("/home/a b/c"), mounts) == "btrfs"
    assert disk.file_system(Path("/home/x"), mounts) == "nfs"


# --- the daemon -------------------------------------------------------------------------------


async def test_a_running_daemon_is_seen(config: Config) -> None:
    store = Store(config.database_path)
    await store.open(daemon=True)
    sign = one(daemon.running(visited(config)))
    await store.close()
    assert (sign.state, sign.seen) == ("good", f"a daemon runs (process {os.getpid()})")


async def test_a_command_that_has_the_database_is_no_daemon(config: Config) -> None:
    store = Store(config.database_path)
    await store.open()
    sign = one(daemon.running(visited(config)))
    await store.close()
    assert sign.seen == f"a command has the database (process {os.getpid()})"


async def test_looking_for_an_owner_leaves_the_lock_free(config: Config) -> None:
    await made(config)
    list(daemon.running(visited(config)))
    store = Store(config.database_path)
    await store.open(daemon=True)
    assert store.owner
    await store.close()


async def test_nobody_watches_and_never_did(config: Config) -> None:
    await made(config)
    sign = one(daemon.running(visited(config)))
    assert (sign.state, "repwatch run" in sign.advice) == ("warn", True)


@pytest.mark.parametrize(("hours", "state"), [(2, "good"), (50, "warn")])
async def test_without_a_daemon_the_last_check_counts(config: Config, hours: int, state: str) -> None:
    store = Store(config.database_path)
    await store.open()
    seen = SourceState(Pair("blog", ""), last_run=START - timedelta(hours=hours))
    await store.write(lambda tx: sources.save(tx, [seen]))
    await store.close()
    sign = one(daemon.running(visited(config)))
    assert (sign.state, f"{hours} h ago" in sign.seen) == (state, True)


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ({"state": "ok"}, "good", "ok"),
        ({"state": "starting"}, "good", "starting"),
        ({"state": "late", "cause": "3 checks wait"}, "bad", "late: 3 checks wait"),
        ({}, "bad", "does not say why"),
    ],
)
def test_the_daemons_word_is_judged(said: dict[str, object], state: str, words: str) -> None:
    sign = daemon.progress(said)
    assert sign.state == state
    assert words in sign.seen


@contextmanager
def answering(**said: object) -> Iterator[int]:
    """A health endpoint that says this; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield web.server_port
        web.shutdown()
        thread.join()


async def test_the_daemon_is_asked_how_it_is(tmp_path: Path) -> None:
    mark = question.mark(tmp_path / "clinic.db")
    with answering(program="repwatch", installation=mark, state="stuck", cause="no room") as port:
        visit = visited(configured(tmp_path, health=f"{{port: {port}}}"))
        assert one(await daemon.health(visit)).seen == "stuck: no room"


async def test_another_programs_answer_is_not_believed(tmp_path: Path) -> None:
    with answering(program="other") as port:
        visit = visited(configured(tmp_path, health=f"{{port: {port}}}"))
        sign = one(await daemon.health(visit))
    assert "another program answers" in sign.seen


async def test_a_daemon_that_runs_and_says_nothing_is_bad(tmp_path: Path) -> None:
    config = configured(tmp_path, health=f"{{port: {free_port()}}}")
    before = one(await daemon.health(visited(config)))
    store = Store(config.database_path)
    await store.open(daemon=True)
    sign = one(await daemon.health(visited(config)))
    await store.close()
    assert (before.state, sign.state, "restart" in sign.advice) == ("skipped", "bad", True)


async def test_where_the_endpoint_is_turned_off_nobody_is_asked(tmp_path: Path) -> None:
    assert await daemon.health(visited(configured(tmp_path, health="{enabled: false}"))) == []
