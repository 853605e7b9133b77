"""A source's own rhythm says when its silence is unusual."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from repwatch.rules.rhythm import FLOOR, LEAST, MOST, is_quiet, quiet_after, usual, with_gap

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR


def quiet(rhythm: list[float], silence: float) -> bool:
    return is_quiet(NOW - timedelta(seconds=silence), rhythm, NOW)


def test_too_few_gaps_say_nothing() -> None:
    assert usual([DAY] * (LEAST - 1)) is None
    assert not quiet([DAY] * (LEAST - 1), 1000 * DAY)


def test_a_source_that_never_brought_anything_is_not_quiet() -> None:
    assert not is_quiet(None, [DAY] * 9, NOW)


def test_three_usual_gaps_are_too_many() -> None:
    assert not quiet([7 * DAY] * 6, 21 * DAY)
    assert quiet([7 * DAY] * 6, 21 * DAY + 1)


def test_an_hourly_feed_may_sleep() -> None:
    night = [HOUR] * 14 + [10 * HOUR] + [HOUR] * 9
    assert not quiet(night, 14 * HOUR)
    assert quiet(night, FLOOR.total_seconds() + 1)


def test_a_feed_of_working_days_may_have_its_weekend() -> None:
    week = [DAY, DAY, DAY, DAY, 3 * DAY] * 4
    assert usual(week) == DAY
    assert not quiet(week, 3 * DAY)
    assert quiet(week, 3 * DAY + 1)


def test_one_burst_does_not_make_a_weekly_blog_hourly() -> None:
    assert usual([7 * DAY] * 9 + [HOUR] * 9) == 7 * DAY


def test_a_silence_that_was_met_before_is_not_unusual() -> None:
    assert quiet_after([DAY] * 9 + [20 * DAY]) == timedelta(days=20)


def test_only_the_last_gaps_count() -> None:
    gaps: tuple[float, ...] = (400 * DAY,)
    for _ in range(MOST):
        gaps = with_gap(gaps, NOW - timedelta(days=1), NOW)
    assert gaps == (DAY,) * MOST


def test_a_clock_that_was_set_back_teaches_nothing() -> None:
    assert with_gap([DAY], NOW + timedelta(days=400), NOW) == (DAY,)
    assert with_gap([DAY], None, NOW) == (DAY,)


@pytest.mark.parametrize("mean", [4 * HOUR, DAY, 7 * DAY])
def test_a_source_that_posts_at_random_is_seldom_called_quiet(mean: float) -> None:
    chance = random.Random(7)
    gaps: tuple[float, ...] = ()
    alarms = 0
    for _ in range(2000):
        silence = chance.expovariate(1 / mean)
        alarms += quiet(list(gaps), silence)
        gaps = (*gaps, silence)[-MOST:]
    assert alarms < 50  # one silence in forty
