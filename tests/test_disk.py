"""Disks that are full, read-only or broken: what was committed stays, and the cause is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repwatch.errors import DiskFull, StoreError
from repwatch.store import soundness
from repwatch.store.copying import copy
from repwatch.store.database import Store
from tests.disk_writer import row, rows
from tests.fakes import FakeClock

ROOT = Path(__file__).parent.parent


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


def written(path: Path, count: int, fault: str, *before: str) -> Any:
    """What the writer says of its work."""
    command = [
        *before,
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.disk_writer",
        str(path),
        str(count),
        fault,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def until_full(store: Store) -> int:
    """Write until there is no room; how many rows were committed."""
    for number in range(10_000):
        try:
            await store.write(row(number))
        except DiskFull:
            return number
    pytest.fail("the disk did not fill up")


@pytest.mark.root
async def test_a_disk_that_fills_up_loses_nothing_and_writing_goes_on_once_there_is_room(disk: Path) -> None:
    store = Store(disk / "repwatch.db", FakeClock())
    await store.open(daemon=True)
    count = await until_full(store)
    assert count > 100
    assert await store.read(rows) == list(range(count))
    with pytest.raises(DiskFull, match="the disk is full; make room"):
        await store.write(row(count))
    remount(disk, "size=16m")
    await store.write(row(count))
    assert await store.fold()
    assert await store.read(rows) == list(range(count + 1))
    await store.close()
    assert soundness.faults(store.path) == []


@pytest.mark.root
async def test_a_daemon_that_stops_on_a_full_disk_leaves_everything(disk: Path) -> None:
    store = Store(disk / "repwatch.db", FakeClock())
    await store.open(daemon=True)
    count = await until_full(store)
    await store.close()
    again = Store(disk / "repwatch.db", FakeClock())
    with pytest.raises(DiskFull):
        await again.open(daemon=True)
    remount(disk, "size=16m")
    await again.open(daemon=True)
    assert await again.read(rows) == list(range(count))
    await again.close()


@pytest.mark.root
async def test_the_first_start_on_a_full_disk_is_refused(disk: Path) -> None:
    (disk / "ballast").write_bytes(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
    store = Store(disk / "repwatch.db", FakeClock())
    with pytest.raises(DiskFull):
        await store.open()
    (disk / "ballast").unlink()
    await store.open()
    await store.close()


@pytest.mark.root
async def test_a_copy_that_does_not_fit_leaves_the_disk_as_it_was(disk: Path) -> None:
    store = Store(disk / "repwatch.db", FakeClock())
    await store.open(daemon=True)
    count = await until_full(store)
    with pytest.raises(DiskFull):
        copy(store.path, disk / "backup.db")
    assert {each.name for each in disk.iterdir()} <= {
        f"repwatch.db{ending}" for ending in ("", "-wal", "-shm", ".lock")
    }
    assert await store.read(rows) == list(range(count))
    await store.close()


@pytest.mark.root
async def test_a_read_only_disk_is_told_at_the_start(disk: Path) -> None:
    store = Store(disk / "repwatch.db", FakeClock())
    await store.open()
    await store.close()
    remount(disk, "ro")
    for daemon in (True, False):
        refused = Store(disk / "repwatch.db", FakeClock())
        with pytest.raises(StoreError, match=r"Read-only file system.*; mount that file system for writing"):
            await refused.open(daemon=daemon)
        await refused.close()


def test_a_file_that_may_not_grow_keeps_what_it_has(tmp_path: Path) -> None:
    done = written(tmp_path / "repwatch.db", 400, "bytes=400000")
    assert 0 < len(done["committed"]) < 400
    assert {failure.split(":")[0] for failure in done["failures"]} == {"DiskFault"}
    assert Store(tmp_path / "repwatch.db").read_now(rows) == done["committed"]
    assert soundness.faults(tmp_path / "repwatch.db") == []


@pytest.mark.fiu
@pytest.mark.skipif(not shutil.which("fiu-run"), reason="needs Debian's fiu-utils")
def test_a_disk_that_fails_at_random_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    done = written(tmp_path / "repwatch.db", 600, "fail=0.02", "fiu-run", "-x", "-f", "")
    there = Store(tmp_path / "repwatch.db").read_now(rows)
    assert len(done["committed"]) > 500
    assert set(done["committed"]) <= set(there)
    assert soundness.faults(tmp_path / "repwatch.db") == []
