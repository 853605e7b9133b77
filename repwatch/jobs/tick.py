"""Everything that is due now: starts it and keeps track of it, and never waits for what is slow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta

from repwatch.clock import Clock
from repwatch.errors import RepwatchError, StoreError
from repwatch.jobs.agenda import Agenda, Look
from repwatch.jobs.check import Check
from repwatch.jobs.deliver import Deliver
from repwatch.jobs.digest import Digest
from repwatch.jobs.notify import Notify
from repwatch.jobs.standstill import Standstill
from repwatch.jobs.tally import Tally
from repwatch.jobs.tidy import Tidy
from repwatch.model import Pair, Route, Run
from repwatch.store.database import Store

log = logging.getLogger(__name__)

BATCH = 200  # pairs started by one tick, so that reports and deliveries get their turn in a busy hour
MOST = 1000  # pairs under way
LOOK_EVERY = 5.0  # seconds after which the store is asked again: other commands write to it, too
PATIENCE = 120.0  # seconds that a report waits for checks which came due with it


@dataclass(frozen=True, slots=True)
class Work:
    """What a tick starts: the jobs, wired for one configuration."""

    check: Check
    digest: Digest
    deliver: Deliver
    agenda: Agenda
    notify: Notify
    tidy: Tidy
    routes: Mapping[str, Route]


class Tick:
    """One drain after the other; a plain method, so that a test can live 90 days."""

    def __init__(self, work: Work, store: Store, clock: Clock) -> None:
        self._work = work
        self._store = store
        self._clock = clock
        self._standstill = Standstill(store, clock, self._tell_owner)
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[Pair] = set()
        self._reporting: set[str] = set()
        self._tidying = False
        self._telling = asyncio.Lock()
        self._generation: str | None = None
        self._awake = True
        self._look_again = 0.0  # on the monotonic clock
        self._look: Look | None = None
        self.tally = Tally(clock.now())

    @property
    def fatal(self) -> StoreError | None:
        """Why the daemon cannot go on, if it cannot."""
        return self._standstill.fatal

    @property
    def trouble(self) -> str:
        """Why nothing gets done at the moment, if nothing does; names no file and no subject."""
        return self._standstill.trouble

    @property
    def under_way(self) -> int:
        """How many pairs are being checked."""
        return len(self._under_way)

    def use(self, work: Work) -> None:
        """Go on with another configuration; what is under way ends as it began."""
        self._work = work
        self._generation = None
        self._awake = True

    async def run(self) -> None:
        """Start what is due and wait until all of it is over."""
        self._awake = True
        await self.start()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def start(self) -> None:
        """Start what is due and not under way. Cheap when nothing is; raises StoreError for good."""
        if not self._is_time() or not await self._standstill.is_over():
            return
        try:
            look = await self._looked()
        except StoreError as error:
            await self._standstill.meet(error)
            return
        self._remember(look)
        self._launch(look)
        if not self._tidying and await self._work.tidy.due():
            self._tidying = True
            self._spawn(self._tidy())

    async def stop(self, grace: float) -> None:
        """Let what is under way end within ``grace`` seconds; the rest leaves no trace but its mails."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def set_clock(self, by: timedelta) -> None:
        """The wall clock was set by so much: keep every wait as long as it was."""
        await self._store.write(lambda tx: self._work.agenda.shift(tx, by))
        self._awake = True

    # --- looking ------------------------------------------------------------------------------

    def _is_time(self) -> bool:
        if self._awake or self._clock.monotonic() >= self._look_again:
            return True
        following = self._look.following if self._look else None
        return following is not None and following <= self._clock.now()

    async def _looked(self) -> Look:
        agenda = self._work.agenda
        look = await self._store.read(agenda.look)
        if look.generation != self._generation:  # ours is new, or a backup was restored
            if self._generation is not None:
                log.warning("a backup was restored; going on with what it holds")
            await self._store.write(agenda.adopt)
            self._generation = look.generation
            look = await self._store.read(agenda.look)
        return look

    def _remember(self, look: Look) -> None:
        waiting = [pair for pair in look.pairs if pair not in self._under_way]
        self._look = look
        self._awake = len(waiting) > BATCH
        self._look_again = self._clock.monotonic() + LOOK_EVERY
        self.tally.looked(look, waiting, self._clock.now())

    # --- starting -----------------------------------------------------------------------------

    def _launch(self, look: Look) -> None:
        room = min(BATCH, MOST - len(self._under_way))
        pairs = [pair for pair in look.pairs if pair not in self._under_way][: max(room, 0)]
        checks = self._spawn(self._check(pairs)) if pairs else None
        for route in look.routes:
            if route not in self._reporting:
                self._reporting.add(route)
                self._spawn(self._report(route, checks))
        if look.mail:
            self._spawn(self._send())

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._awake = True

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """Whatever happens in one piece of work, the tick goes on."""
        try:
            await work
        except StoreError as error:
            await self._standstill.meet(error)
        except RepwatchError as error:
            log.error("%s", error)  # noqa: TRY400 - an expected failure needs no traceback
        except Exception:
            log.exception("unexpected error; the next tick goes on")

    # --- working ------------------------------------------------------------------------------

    async def _check(self, pairs: list[Pair]) -> None:
        self._under_way.update(pairs)
        try:
            runs = await self._work.check.run(pairs, self._checked)
        finally:
            self._under_way.difference_update(pairs)
        if any(run.new for run in runs):
            await self._tell_instants()

    def _checked(self, run: Run) -> None:
        self._under_way.discard(Pair(run.source, run.subject))
        self._standstill.worked()
        self.tally.checked(run)

    async def _tell_instants(self) -> None:
        async with self._telling:
            for route in self._work.routes.values():
                await self._work.digest.send_instant(route)
        await self._send()

    async def _report(self, route: str, checks: asyncio.Task[None] | None) -> None:
        """Make the report of ``route``, once the checks that came due with it are over."""
        work = self._work
        try:
            if checks is not None:
                await asyncio.wait([checks], timeout=PATIENCE)
            async with self._telling:
                await work.digest.send(work.routes[route])
                await self._store.write(lambda tx: work.agenda.plan(tx, route))
        finally:
            self._reporting.discard(route)
        await self._send()

    async def _send(self) -> None:
        for _, state in await self._work.deliver.run():
            self.tally.delivered(state, self._clock.now())

    async def _tidy(self) -> None:
        try:
            await self._work.tidy.run()
        finally:
            self._tidying = False

    async def _tell_owner(self, code: str, cause: str) -> None:
        await self._work.notify.run(code, cause)
