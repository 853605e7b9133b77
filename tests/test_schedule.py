"""The schedule starts the tick each second, survives a clock that is set, and lets work end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from repwatch.errors import Corrupt, StoreError
from repwatch.jobs.tick import Tick
from repwatch.schedule import LONGEST_SILENCE, Drift, EverySecond, Schedule
from tests.fakes import FakeClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STEPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=400), timedelta(days=-400)]


class Beat(Tick):
    """A tick that only counts; ``failures`` are raised first, in turn."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.started = 0
        self.stopped: list[float] = []
        self.steps: list[timedelta] = []
        self.broken: StoreError | None = None
        self.seen = asyncio.Event()

    @property
    def fatal(self) -> StoreError | None:
        return self.broken

    async def start(self) -> None:
        self.started += 1
        self.seen.set()
        if self.failures:
            raise self.failures.pop(0)

    async def stop(self, grace: float) -> None:
        self.stopped.append(grace)

    async def set_clock(self, by: timedelta) -> None:
        self.steps.append(by)


class Waiting(FakeClock):
    """A clock whose sleepers wait for ever, so that the test is its own watchdog."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the protocol's signature
        await asyncio.Event().wait()


async def test_the_tick_is_started_and_its_work_may_end_before_the_schedule_does() -> None:
    beat = Beat()
    schedule = Schedule(beat, Waiting())
    running = asyncio.create_task(schedule.run())
    async with asyncio.timeout(10):
        await beat.seen.wait()
        schedule.stop()
        await running
    assert beat.started >= 1
    (grace,) = beat.stopped
    assert 0 < grace < 10


async def test_a_schedule_that_is_stopped_before_its_first_tick_ends_at_once() -> None:
    beat = Beat()
    schedule = Schedule(beat, Waiting())
    schedule.stop()
    await asyncio.wait_for(schedule.run(), timeout=1)
    assert beat.started == 0


async def test_a_tick_that_fails_is_logged_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    beat = Beat(StoreError("the file is busy", "wait"))
    schedule = Schedule(beat, Waiting())
    await schedule._once()
    await schedule._once()
    assert "the file is busy; wait" in caplog.text
    assert beat.started == 2


async def test_a_database_beyond_use_ends_the_schedule_with_its_cause() -> None:
    beat = Beat()
    beat.broken = Corrupt("the file is damaged", "restore a backup")
    with pytest.raises(Corrupt):
        await asyncio.wait_for(Schedule(beat, Waiting()).run(), timeout=10)
    assert beat.stopped


@pytest.mark.parametrize("step", [timedelta(), *STEPS])
def test_after_a_clock_step_the_next_tick_is_a_second_from_now(step: timedelta) -> None:
    following = EverySecond().get_next_fire_time(NOW, NOW + step)
    assert timedelta() < following - (NOW + step) <= timedelta(seconds=1)


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_that_is_set_is_seen_once(step: timedelta) -> None:
    clock = FakeClock()
    drift = Drift(clock)
    clock.advance(10)
    assert drift.step() == timedelta()
    clock.set_by(step)
    clock.advance(10)
    assert abs(drift.step() - step) < timedelta(seconds=1)
    clock.advance(10)
    assert drift.step() == timedelta()


@pytest.mark.parametrize("seconds", [2.0, -2.0])
def test_a_small_correction_of_the_clock_is_no_step(seconds: float) -> None:
    clock = FakeClock()
    drift = Drift(clock)
    clock.set_by(timedelta(seconds=seconds))
    assert drift.step() == timedelta()


def test_a_suspended_machine_is_no_step() -> None:
    clock = FakeClock()
    drift = Drift(clock)
    clock.advance(8 * 3600)
    assert drift.step() == timedelta()


async def watched(beat: Beat, clock: FakeClock, happening: Callable[[], None]) -> None:
    """A schedule that runs while something happens, watched once after it."""
    schedule = Schedule(beat, clock)
    running = asyncio.create_task(schedule.run())
    await asyncio.wait_for(beat.seen.wait(), timeout=10)
    happening()
    await schedule.watch()
    schedule.stop()
    await running


@pytest.mark.parametrize("step", STEPS)
async def test_the_watchdog_hands_a_clock_step_on(step: timedelta) -> None:
    beat, clock = Beat(), Waiting()
    await watched(beat, clock, lambda: clock.set_by(step))
    assert [abs(seen - step) < timedelta(seconds=1) for seen in beat.steps] == [True]


async def test_a_tick_that_came_to_its_end_is_a_sign_of_life() -> None:
    signs: list[int] = []
    await Schedule(Beat(), Waiting(), lambda: signs.append(1))._once()
    assert signs == [1]


async def test_the_watchdog_starts_a_silent_tick_anew(caplog: pytest.LogCaptureFixture) -> None:
    beat, clock = Beat(), Waiting()
    await watched(beat, clock, lambda: clock.advance(LONGEST_SILENCE + 1))
    assert "the schedule is started anew" in caplog.text


async def test_a_defect_met_by_the_watchdog_is_not_its_end() -> None:
    class Defective(Beat):
        async def set_clock(self, by: timedelta) -> None:
            raise OverflowError(by)

    clock = FakeClock()
    schedule = Schedule(Defective(), clock)
    schedule._restart = lambda: None  # type: ignore[method-assign]
    clock.set_by(timedelta(days=400))
    await schedule.watch()


async def test_a_tick_with_a_defect_is_logged_and_is_no_sign_of_life(
    caplog: pytest.LogCaptureFixture,
) -> None:
    signs: list[None] = []
    schedule = Schedule(Beat(KeyError("x")), FakeClock(), lambda: signs.append(None))
    await schedule._once()
    assert ("unexpected error" in caplog.text, signs) == (True, [])
    await schedule._once()
    assert signs == [None]
