from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ValidationError

from repwatch.config.cadence import Cadence
from repwatch.errors import ConfigError

PARIS = ZoneInfo("Europe/Paris")
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]


def ticks(text: str, start: datetime, days: int, zone: ZoneInfo) -> list[datetime]:
    cadence, found, at = Cadence.parse(text), [], start
    while (at := cadence.next_after(at, zone)) < start + timedelta(days=days):
        found.append(at)
    return found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("2w", 1_209_600), ("1 H", 3_600)],
)
def test_an_interval_has_its_length_and_simply_adds(text: str, seconds: int) -> None:
    at = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    cadence = Cadence.parse(text)
    assert cadence.seconds == seconds
    assert cadence.cron is None
    assert cadence.next_after(at, PARIS) == at + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "cron", "seconds"),
    [
        ("day at 07:00", "0 7 * * *", 86_400),
        ("mon 08:30", "30 8 * * 1", 604_800),
        ("weekdays at 08:00", "0 8 * * 1-5", 86_400),
        ("mon, thu at 9:05", "5 9 * * 1,4", 259_200),
        ("*/20 * * * *", "*/20 * * * *", 1_200),
        ("0 7 1 * *", "0 7 1 * *", 2_678_400),
    ],
)
def test_a_wall_clock_rhythm_is_a_cron_line_with_its_usual_spacing(
    text: str, cron: str, seconds: int
) -> None:
    cadence = Cadence.parse(text)
    assert cadence.cron == cron
    assert cadence.seconds == pytest.approx(seconds, rel=0.35)


def test_it_gives_back_what_was_written() -> None:
    assert str(Cadence.parse("Day at 07:00")) == "Day at 07:00"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("29s", "shorter than 30 s"),
        ("9000w", "longer than a year"),
        ("day at 24:00", "from 00:00 to 23:59"),
        ("someday at 07:00", "days are day, weekdays"),
        ("61 * * * *", "cron says: Bad minute"),
        ("0 0 30 2 *", "cron says"),
        ("often", "no rhythm"),
        ("07:30", "no rhythm"),
        ("30", "no rhythm"),
        ("* * * * * *", "no rhythm"),
    ],
)
def test_a_bad_rhythm_is_refused_with_examples(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        Cadence.parse(text)
    assert "day at 07:00" in str(caught.value)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("time", ["00:00", "01:30", "02:00", "02:30", "03:00", "07:00", "23:59"])
def test_a_time_of_day_comes_exactly_once_a_local_day(zone: str, time: str) -> None:
    local = ZoneInfo(zone)
    found = ticks(f"day at {time}", datetime(2026, 1, 1, 12, tzinfo=local), 400, local)
    days = [tick.astimezone(local).date() for tick in found]
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))
    assert len(days) in {399, 400}


@pytest.mark.parametrize("minute", range(0, 60, 15))
def test_asked_again_within_the_repeated_hour_it_does_not_come_twice(minute: int) -> None:
    again = datetime(2026, 10, 25, 2, minute, tzinfo=PARIS, fold=1)
    following = Cadence.parse("day at 02:30").next_after(again, PARIS)
    assert following == datetime(2026, 10, 26, 2, 30, tzinfo=PARIS)


def test_a_skipped_time_comes_right_after_the_gap() -> None:
    before = datetime(2026, 3, 29, 1, 0, tzinfo=PARIS)
    found = Cadence.parse("day at 02:30").next_after(before, PARIS)
    assert found == datetime(2026, 3, 29, 3, 0, tzinfo=PARIS)
    assert found.tzinfo is UTC


def test_a_cron_line_of_every_quarter_keeps_its_pace_through_the_night_of_change() -> None:
    found = ticks("*/15 * * * *", datetime(2026, 10, 24, 22, tzinfo=UTC), 1, PARIS)
    assert {after - before for before, after in pairwise(found)} == {timedelta(minutes=15)}


def test_pydantic_reads_and_writes_a_cadence_as_its_text() -> None:
    class Options(BaseModel):
        every: Cadence

    options = Options.model_validate({"every": "mon 08:30"})
    assert options.model_dump(mode="json") == {"every": "mon 08:30"}
    with pytest.raises(ValidationError, match="write it like 15m"):
        Options.model_validate({"every": 30})
