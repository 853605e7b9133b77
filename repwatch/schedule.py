"""When: APScheduler starts the tick once a second, and a watchdog sees to it that it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from repwatch.clock import Clock
from repwatch.errors import RepwatchError
from repwatch.jobs.tick import Tick

log = logging.getLogger(__name__)

SECOND = timedelta(seconds=1)
WATCH_EVERY = 10.0  # seconds
LARGEST_DRIFT = timedelta(seconds=30)  # that clocks are corrected by without anybody noticing
LONGEST_SILENCE = 30.0  # seconds without a tick, after which it is started anew
GRACE = 5.0  # seconds that work under way gets at the end, of the ten that a stop may take

_JOB = "tick"


class EverySecond(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """The next second from now, wherever the clock was before.

    APScheduler's own interval trigger walks through every missed second: after a clock step of a year
    it would compute thirty million of them.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """A second after the last time, or after now when that is not the next second."""
        following = previous + SECOND if previous else now
        return following if now <= following <= now + SECOND else now + SECOND


class Drift:
    """Compares the wall clock with the monotonic one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._now()

    def step(self) -> timedelta:
        """By how much the wall clock was set since the last time; zero for what is no step."""
        before, self._offset = self._offset, self._now()
        moved = timedelta(seconds=self._offset - before)
        return moved if abs(moved) > LARGEST_DRIFT else timedelta()

    def _now(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


class Schedule:
    """Runs the tick until it is told to stop; ``well`` is called after each that came to its end."""

    def __init__(self, tick: Tick, clock: Clock, well: Callable[[], None] = lambda: None) -> None:
        self._tick = tick
        self._clock = clock
        self._well = well
        self._drift = Drift(clock)
        self._last_tick = clock.monotonic()
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._stopping = asyncio.Event()
        self._fatal: RepwatchError | None = None

    async def run(self) -> None:
        """Tick until ``stop``; what is under way then gets some seconds to end.

        Raises StoreError when the database cannot be used any more.
        """
        # The default grace of one second would drop ticks that come late.
        self._scheduler.add_job(
            self._once, EverySecond(), id=_JOB, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        self._scheduler.start()
        watchdog = asyncio.create_task(self._watch())
        try:
            await self._stopping.wait()
        finally:
            watchdog.cancel()
            self._scheduler.shutdown(wait=False)
            await self._tick.stop(GRACE)
        if self._fatal:
            raise self._fatal

    def stop(self) -> None:
        """End ``run`` soon."""
        self._stopping.set()

    @property
    def lag(self) -> float:
        """Seconds since the last tick."""
        return self._clock.monotonic() - self._last_tick

    async def _once(self) -> None:
        try:
            await self._tick.start()
        except RepwatchError as error:
            log.error("%s", error)  # noqa: TRY400 - an expected failure needs no traceback
        except Exception:
            log.exception("unexpected error; the next tick is started all the same")
            return  # without a sign of life: the watchdogs are to notice
        self._last_tick = self._clock.monotonic()
        self._well()
        if self._tick.fatal:
            self._fatal = self._tick.fatal
            self.stop()

    async def _watch(self) -> None:
        """APScheduler falls silent when the clock is set back, so somebody else has to notice."""
        while True:
            await self._clock.sleep(WATCH_EVERY)
            await self.watch()

    async def watch(self) -> None:
        """One look of the watchdog."""
        if step := self._drift.step():
            log.warning("the clock was set by %+.0f s; every wait keeps its length", step.total_seconds())
            await self._set_clock(step)
        if self.lag >= LONGEST_SILENCE:
            log.error("no tick for %.0f s; the schedule is started anew", self.lag)
            self._restart()

    async def _set_clock(self, step: timedelta) -> None:
        try:
            await self._tick.set_clock(step)
        except RepwatchError as error:
            log.error("the due times could not be moved: %s", error)  # noqa: TRY400 - expected
        except Exception:
            log.exception("unexpected error; the watchdog goes on")
        self._restart()

    def _restart(self) -> None:
        self._scheduler.reschedule_job(_JOB, trigger=EverySecond())
