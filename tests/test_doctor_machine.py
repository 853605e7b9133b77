"""The doctor on the versions in use and on what the machine allows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.doctor import limits, versions
from repwatch.doctor.machine import available, room, this_machine
from repwatch.doctor.sign import State
from tests.clinic import MACHINE, one
from tests.fakes import START


def test_versions_without_trouble_make_one_line() -> None:
    sign = one(versions.known(MACHINE, START))
    assert (sign.state, sign.seen) == ("good", "Python 3.13.9, SQLite 3.53.1, OpenSSL 3.5.4")


@pytest.mark.parametrize(
    ("part", "version", "state"),
    [
        ("sqlite", "3.40.1", "good"),
        ("sqlite", "3.51.2", "good"),
        ("sqlite", "3.51.3", None),
        ("sqlite", "3.52.0", "warn"),
        ("python", "3.11.9", "good"),
        ("python", "3.11.10", None),
        ("python", "3.12.4", "good"),
        ("python", "3.12.5", None),
    ],
)
def test_a_version_with_known_trouble_is_told(part: str, version: str, state: str | None) -> None:
    machine = replace(MACHINE, **{part: version})  # type: ignore[arg-type]
    states = [sign.state for sign in versions.known(machine, START) if sign.name == part]
    assert states == ([state] if state else [])


@pytest.mark.parametrize(
    ("part", "version", "state"),
    [
        ("feedparser", "6.0.14", "good"),
        ("apscheduler", "3.11.3", "good"),
        ("h11", "0.14.0", "warn"),
        ("h11", "0.16.0", None),
    ],
)
def test_a_package_with_known_trouble_is_told(part: str, version: str, state: str | None) -> None:
    machine = replace(MACHINE, packages={part: version})
    states = [sign.state for sign in versions.known(machine, START) if sign.name == part]
    assert states == ([state] if state else [])


@pytest.mark.parametrize("trouble", versions.TROUBLES)
def test_a_trouble_that_is_not_worked_round_says_what_to_do(trouble: versions.Trouble) -> None:
    assert trouble.source
    assert trouble.advice or "; here " in trouble.what


@pytest.mark.parametrize(("year", "states"), [(2026, []), (2030, [State.WARN])])
def test_a_python_without_updates_is_told(year: int, states: list[State]) -> None:
    now = datetime(year, 1, 1, tzinfo=UTC)
    found = [
        sign.state for sign in versions.known(replace(MACHINE, python="3.12.9"), now) if sign.name == "python"
    ]
    assert found == states


def test_an_old_openssl_is_told() -> None:
    machine = replace(MACHINE, openssl="OpenSSL 1.1.1w  11 Sep 2023")
    assert one(versions.known(machine, START), "openssl").state == "warn"


@pytest.mark.parametrize(
    ("limit", "sources", "state"),
    [(1024, 500, "good"), (512, 500, "warn"), (512, 10, "good"), (128, 1, "warn"), (-1, 500, "good")],
)
def test_too_few_open_files_are_told(limit: int, sources: int, state: str) -> None:
    sign = one(limits.open_files(replace(MACHINE, open_files=limit), sources))
    assert (sign.state, "ulimit -n 1024" in sign.advice) == (state, state == "warn")


@pytest.mark.parametrize(
    ("mib", "state"), [(2_000.0, "good"), (120.0, "warn"), (20.0, "bad"), (None, "skipped")]
)
def test_memory_is_judged(mib: float | None, state: str) -> None:
    assert one(limits.memory(replace(MACHINE, memory=mib))).state == state


def test_this_machine_is_described() -> None:
    machine = this_machine()
    assert re.match(r"3\.\d+\.\d+", machine.python)
    assert versions.number(machine.sqlite) > (3,)
    assert machine.packages["httpx"]
    assert machine.open_files != 0


def test_room_is_read_from_the_system(tmp_path: Path) -> None:
    assert room(tmp_path).mib > 0


def test_available_memory_is_read() -> None:
    assert available("MemTotal: 4096 kB\nMemAvailable:    2048 kB\n") == 2.0
    assert available("") is None
