"""Failures are tried again, later each time, never too soon and never too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.rules.retry import DAY, MINUTE, delivery_retry, is_outage, source_retry

HOUR = 60 * MINUTE
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_back_off_doubles_up_to_a_day() -> None:
    waits = [source_retry(failures, HOUR, None, 0) for failures in range(1, 8)]
    assert waits == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]


def test_a_weekly_source_that_failed_is_tried_the_next_day() -> None:
    assert source_retry(1, 7 * DAY, None, 0) == DAY


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (-5, MINUTE),
        (0, MINUTE),
        (90, 90),
        (7200, 7200),
        (10**12, DAY),
        (float("inf"), DAY),
        (float("nan"), MINUTE),
    ],
)
def test_retry_after_is_taken_within_reason(asked: float, waited: float) -> None:
    assert source_retry(1, 30, asked, 0) == waited


def test_retry_after_never_shortens_our_own_back_off() -> None:
    assert source_retry(3, HOUR, 60, 0) == 4 * HOUR


@given(st.integers(0, 10**6), st.floats(60, 10**7), st.none() | st.floats(), st.floats(0, 1))
def test_a_source_is_always_tried_again_within_a_day(
    failures: int, every: float, asked: float | None, jitter: float
) -> None:
    assert MINUTE <= source_retry(failures, every, asked, jitter) <= DAY


def test_a_delivery_waits_longer_each_time_then_an_hour() -> None:
    assert [delivery_retry(attempts, 0.5) for attempts in (1, 2, 3, 4, 5, 99)] == [
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        HOUR,
        HOUR,
    ]


@given(st.integers(0, 300), st.floats(0, 1))
def test_a_delivery_spreads_by_a_fifth(attempts: int, jitter: float) -> None:
    wait, middle = delivery_retry(attempts, jitter), delivery_retry(attempts, 0.5)
    assert wait is not None
    assert middle is not None
    assert 0.8 * middle - 1e-6 <= wait <= 1.2 * middle + 1e-6


def test_a_delivery_is_given_up_after_two_weeks_only() -> None:
    total = 0.0
    attempts = 1
    while (wait := delivery_retry(attempts, 0.5)) is not None:
        total += wait
        attempts += 1
    assert total >= 14 * DAY


@pytest.mark.parametrize(
    ("failures", "hours", "told"),
    [
        (0, None, False),
        (1, 1, False),
        (2, 23, False),
        (3, 1, True),
        (1, 24, True),
        (3, None, True),
        (0, 48, False),
    ],
)
def test_an_outage_is_three_failures_or_a_day(failures: int, hours: int | None, *, told: bool) -> None:
    since = NOW - timedelta(hours=hours) if hours is not None else None
    assert is_outage(failures, since, NOW) is told


@pytest.mark.parametrize(("failures", "minutes"), [(1, 15), (2, 30), (3, 60), (20, 24 * 60)])
def test_a_passing_fault_is_tried_again_soon_whatever_the_cadence(failures: int, minutes: int) -> None:
    assert source_retry(failures, DAY, None, 0.0, passing=True) == minutes * 60


def test_a_quick_source_is_never_slowed_by_that() -> None:
    assert source_retry(1, 30.0, None, 0.0, passing=True) == 30.0
