"""The schedule runs the tick, and lets the one under way finish."""

from __future__ import annotations

import asyncio

import pytest

from repwatch.errors import StoreError
from repwatch.schedule import Schedule, Tick


class Beat(Tick):
    """A tick that takes as long as the test wants; ``failures`` are raised first, in turn."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.finished = 0

    async def run(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.begun.set()
        await self.may_end.wait()
        self.finished += 1


async def test_stopping_lets_the_tick_under_way_finish() -> None:
    beat = Beat()
    schedule = Schedule(beat)
    running = asyncio.create_task(schedule.run())
    async with asyncio.timeout(10):
        await beat.begun.wait()
        schedule.stop()
        done, _ = await asyncio.wait([running], timeout=0.05)
        assert not done
        beat.may_end.set()
        await running
    assert beat.finished == 1


async def test_a_schedule_that_is_stopped_before_its_first_tick_ends_at_once() -> None:
    beat = Beat()
    schedule = Schedule(beat)
    schedule.stop()
    await asyncio.wait_for(schedule.run(), timeout=1)
    assert beat.finished == 0


async def test_a_tick_that_fails_is_logged_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    beat = Beat(StoreError("the disk is full", "make room"))
    beat.may_end.set()
    schedule = Schedule(beat)
    await schedule._once()
    await schedule._once()
    assert "tick failed: the disk is full; make room" in caplog.text
    assert beat.finished == 1
