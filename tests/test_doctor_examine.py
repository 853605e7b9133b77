"""The round of examinations: each is told, whatever becomes of it and of the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from repwatch.channels.base import Verifies
from repwatch.cli.doctor import exit_code, lines, shortened, summary, values
from repwatch.doctor.examine import EXAMINATIONS, Examination, examine, without_configuration
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import ConfigError
from tests.clinic import BLOG, MACHINE, FakeRecords, configured, made, one, visited
from tests.fakes import FakeClock, FakeWeb, rss
from tests.hostile import Names


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    return visited(configured(tmp_path), web=FakeWeb({BLOG: rss()}))


def fine(_: Visit) -> Iterable[Sign]:
    return [good("fine", "well")]


def broken(_: Visit) -> Iterable[Sign]:
    raise ZeroDivisionError


def hanging(_: Visit) -> Iterable[Sign]:
    time.sleep(0.5)  # what a dead file system does
    return []


async def waiting(_: Visit) -> list[Sign]:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize(
    "odd",
    [
        Examination("Odd", "odd", broken),
        Examination("Odd", "odd", hanging, seconds=0.01),
        Examination("Odd", "odd", ask=waiting, seconds=0.01),
    ],
)
async def test_an_examination_that_fails_or_hangs_is_told_and_stops_no_other(
    visit: Visit, odd: Examination
) -> None:
    signs = await examine(visit, table=[odd, Examination("Well", "fine", fine)])
    assert [(sign.area, sign.state in ("warn", "bad")) for sign in signs] == [("Odd", True), ("Well", False)]
    assert signs[0].advice


async def test_every_area_speaks_and_every_trouble_says_what_to_do(visit: Visit) -> None:
    signs = await examine(visit, canary=True)
    assert list(dict.fromkeys(sign.area for sign in signs)) == list(
        dict.fromkeys(item.area for item in EXAMINATIONS)
    )
    assert all(sign.advice for sign in signs if sign.state in ("warn", "bad"))
    assert {"agreement", "names", "blog", "SPF", "draft daily"} <= {sign.name for sign in signs}


async def test_the_canaries_are_asked_on_demand_only(visit: Visit) -> None:
    assert "Canaries" not in {sign.area for sign in await examine(visit)}


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


async def test_a_round_changes_nothing(tmp_path: Path) -> None:
    config = configured(tmp_path)
    await made(config)
    before = content(tmp_path)
    visit = visited(config, web=FakeWeb({BLOG: rss()}))
    await examine(visit)
    await visit.close()
    assert content(tmp_path) == before


class Nobody(Names):
    async def resolve(self, host: str, port: int) -> list[str]:
        raise AssertionError(f"asked for {host}:{port}")


class Door:
    async def verify(self) -> None:
        raise AssertionError("knocked at the mail server")

    async def send(self) -> None:
        raise AssertionError("sent")


async def test_off_line_nobody_is_asked(tmp_path: Path) -> None:
    web, records, door = FakeWeb(), FakeRecords(), Door()
    assert isinstance(door, Verifies)
    records.silent = True
    visit = visited(configured(tmp_path), web=web, names=Nobody(), records=records, channels={"mail": door})
    signs = await examine(visit, offline=True)
    assert web.requests == []
    left = [sign.name for sign in signs if sign.seen == "left out (--offline)"]
    assert left == ["agreement", "names", "sources", "log-in", "sender"]
    assert not [sign for sign in signs if sign.state == "bad"]


async def test_without_the_sources_the_rest_is_examined(visit: Visit) -> None:
    signs = await examine(visit, no_sources=True)
    left = [sign.name for sign in signs if sign.seen == "left out (--no-sources)"]
    assert left == ["agreement", "sources"]
    assert {"names", "SPF"} <= {sign.name for sign in signs}


def test_without_a_configuration_the_machine_is_examined_all_the_same() -> None:
    signs = without_configuration(ConfigError(["repwatch.yaml:1:1: no"]), MACHINE, FakeClock())
    assert {sign.area for sign in signs} == {"Configuration", "Versions", "Limits"}
    assert "Database, Disk" in one(signs, "others").seen
    assert exit_code(signs) == 78


@pytest.mark.parametrize(
    ("signs", "code"),
    [
        ([good("a", "x"), warn("b", "x", "y"), skipped("c", "x")], 0),
        ([good("a", "x"), bad("b", "x", "y")], 1),
        ([bad("a", "x", "y"), bad("b", "x", "y", unusable=True)], 78),
    ],
)
def test_the_exit_code_is_that_of_the_worst(signs: list[Sign], code: int) -> None:
    assert exit_code(signs) == code


def test_a_sign_is_a_mark_a_name_and_what_to_do() -> None:
    sign = bad("log-in mail", "refused", "check the password")
    plain = [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in lines(sign)]
    assert plain == [" BAD  log-in mail       refused", " " * 24 + "-> check the password"]


def test_no_line_is_wider_than_a_terminal() -> None:
    sign = warn("a-name-that-is-longer-than-its-column", "/deep/path" * 30, "words and more words " * 20)
    assert max(len(line) for line in lines(sign)) <= 80 + len("\x1b[33m\x1b[0m")


def test_many_good_ones_do_not_hide_a_bad_one() -> None:
    signs = [*(good(f"source-{number}", "answered") for number in range(200)), bad("dead", "x", "y")]
    shown = shortened(signs)
    assert len(shown) == 22
    assert (shown[-2].name, "180 more" in shown[-1].seen) == ("dead", True)


def test_all_in_one_sentence() -> None:
    signs = [good("a", "x"), warn("b", "x", "y"), bad("c", "x", "y"), skipped("d", "x")]
    assert summary(signs) == "4 signs: 1 to mend, 1 warning, 1 ok, 1 not examined."


def test_as_json_the_shape_stays() -> None:
    told = values(Path("/etc/repwatch/repwatch.yaml"), [bad("a", "x", "y")], 1)
    assert set(told) == {"repwatch", "config", "exit", "counts", "signs"}
    assert told["counts"] == {"good": 0, "warn": 0, "bad": 1, "skipped": 0}
    assert told["signs"] == [{"area": "", "name": "a", "state": "bad", "seen": "x", "advice": "y"}]
