"""When: one tick drains what is due; APScheduler calls it once a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from repwatch.clock import Clock
from repwatch.config.cadence import Cadence
from repwatch.errors import RepwatchError
from repwatch.jobs.check import Check
from repwatch.jobs.deliver import Deliver
from repwatch.jobs.digest import Digest
from repwatch.model import Route
from repwatch.store import routes as route_states
from repwatch.store.database import Store

log = logging.getLogger(__name__)

BATCH = 200  # pairs of one tick, so that reports and deliveries get their turn in a busy hour


class Tick:
    """Everything that is due now, done once: a plain method, so that a test can live 90 days."""

    def __init__(
        self,
        *,
        check: Check,
        digest: Digest,
        deliver: Deliver,
        routes: Mapping[str, tuple[Route, Cadence]],
        store: Store,
        clock: Clock,
    ) -> None:
        self._check = check
        self._digest = digest
        self._deliver = deliver
        self._routes = routes
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Check what is due, make the reports that are due, and send what is owed."""
        due = await self._check.due()
        if due:
            await self._check.run(due[:BATCH])
        for route, every in self._routes.values():
            await self._report(route, every)
        await self._deliver.run()

    async def _report(self, route: Route, every: Cadence) -> None:
        await self._digest.send_instant(route)
        now = self._clock.now()
        due = (await self._store.read(lambda tx: route_states.state(tx, route.id))).next_due
        if due is not None and due <= now:
            await self._digest.send(route)
        if due is None or due <= now:
            following = every.next_after(now, ZoneInfo(route.timezone))
            await self._store.write(lambda tx: route_states.plan(tx, route.id, following))


class Schedule:
    """Runs the tick once a second until it is told to stop."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self._busy = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Tick until ``stop``; a tick under way is finished first.

        ``coalesce`` and ``max_instances`` keep a slow tick from piling up; the default grace of one
        second would drop ticks that come late.
        """
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            self._once, "interval", seconds=1, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        scheduler.start()
        await self._stopping.wait()
        scheduler.pause()
        async with self._busy:  # shutdown() would cancel the tick under way
            scheduler.shutdown(wait=False)

    def stop(self) -> None:
        """End ``run`` as soon as the tick under way is over."""
        self._stopping.set()

    async def _once(self) -> None:
        async with self._busy:
            try:
                await self._tick.run()
            except RepwatchError as error:  # a full disk or a locked file; the next tick tries again
                log.error("tick failed: %s", error)  # noqa: TRY400 - an expected failure needs no traceback
