"""Everything that is due now: starts it and keeps track of it, and never waits for what is slow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from repwatch.clock import Clock
from repwatch.errors import RepwatchError, StoreError
from repwatch.jobs.agenda import Agenda, Look
from repwatch.jobs.check import Check
from repwatch.jobs.deliver import Deliver
from repwatch.jobs.digest import Digest
from repwatch.jobs.notify import Notify
from repwatch.jobs.rests import Rests
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
SHORT_PATIENCE = 15.0  # seconds that news which cannot wait do wait for others of the same round

Piece = Coroutine[None, None, None]


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
        self._rests = Rests(clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[Pair] = set()
        self._going: set[str] = set()
        self._urgent: set[str] = set(work.routes)  # a killed daemon may have left some untold
        self._telling = asyncio.Lock()
        self._adopted: tuple[Work, str] | None = None  # under which generation of the store
        self._epoch = 0  # goes up when what is under way was planned by other rules than those of now
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
    def defects(self) -> int:
        """How many pieces of work rest because they failed in a way that nobody foresaw."""
        return len(self._rests)

    @property
    def pairs(self) -> Container[Pair]:
        """Everything that is checked under this configuration."""
        return self._work.check.cadences.keys()

    @property
    def under_way(self) -> int:
        """How many pairs are being checked."""
        return len(self._under_way)

    def use(self, work: Work) -> None:
        """Go on with another configuration; what is under way ends as it began."""
        self._work = work
        self._urgent = set(work.routes)
        self._epoch += 1
        self._awake = True

    async def run(self) -> None:
        """Start what is due and wait until all of it is over."""
        self._awake = True
        await self.start()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def start(self) -> None:
        """Start what is due and not under way. Cheap when nothing is; ``fatal`` says when all is lost."""
        if not self._is_time() or not await self._standstill.is_over():
            return
        work = self._work
        try:
            look = await self._looked(work)
        except StoreError as error:
            self._standstill.meet(error)
        except Exception as error:
            log.exception("unexpected error while looking for what is due")
            self._standstill.meet(StoreError(f"unexpected error: {type(error).__name__}"))
        else:
            if work is self._work:  # else it was reloaded meanwhile, and the next tick looks anew
                self._remember(look)
                self._launch(work, look)

    async def stop(self, grace: float) -> None:
        """Let what is under way end within ``grace`` seconds; the rest leaves no trace but its mails."""
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._tasks:  # one piece of work may start another
                    await asyncio.wait(self._tasks)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def set_clock(self, by: timedelta) -> None:
        """The wall clock was set by so much: keep every wait as long as it was."""
        self._adopted = None  # if this fails, nothing is at least planned too far ahead
        self._epoch += 1
        self._awake = True
        work = self._work
        await self._store.write(lambda tx: work.agenda.shift(tx, by))

    # --- looking ------------------------------------------------------------------------------

    def _is_time(self) -> bool:
        if self._awake or self._clock.monotonic() >= self._look_again:
            return True
        following = self._look.following if self._look else None
        return following is not None and following <= self._clock.now()

    async def _looked(self, work: Work) -> Look:
        look = await self._store.read(work.agenda.look)
        if self._adopted != (work, look.generation):  # the rules are new, or a backup was restored
            if self._adopted and self._adopted[0] is work:
                log.warning("a backup was restored; going on with what it holds")
            await self._store.write(work.agenda.adopt)
            self._adopted = (work, look.generation)
            look = await self._store.read(work.agenda.look)
        return look

    def _remember(self, look: Look) -> None:
        waiting = [pair for pair in look.pairs if pair not in self._under_way]
        self._look = look
        self._awake = len(waiting) > BATCH
        self._look_again = self._clock.monotonic() + LOOK_EVERY
        self.tally.looked(look, waiting, self._clock.now())

    # --- starting -----------------------------------------------------------------------------

    def _launch(self, work: Work, look: Look) -> None:
        pairs = self._startable(look)
        checks = self._spawn("checks", self._check(work, pairs)) if pairs else None
        for route in look.routes:
            self._once(f"report {route}", partial(self._report, work, route, checks))
        self._tell_urgent(work, None)
        if look.mail:
            self._mail()
        self._once("tidy", partial(self._tidy, work))

    def _startable(self, look: Look) -> list[Pair]:
        room = max(min(BATCH, MOST - len(self._under_way)), 0)
        found = (pair for pair in look.pairs if pair not in self._under_way and self._rests.over(pair))
        return [pair for pair, _ in zip(found, range(room), strict=False)]

    def _tell_urgent(self, work: Work, checks: asyncio.Task[None] | None) -> None:
        for route in self._urgent & work.routes.keys():
            self._once(f"instant {route}", partial(self._tell_instant, work, route, checks))

    def _mail(self) -> None:
        if self._rests.over("mail"):
            self._spawn("mail", self._send())

    def _once(self, name: str, work: Callable[[], Piece]) -> None:
        """Start it, unless it is under way or rests."""
        if name not in self._going and self._rests.over(name):
            self._going.add(name)
            self._spawn(name, work())

    def _spawn(self, name: str, work: Piece) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(name, work))
        self._tasks.add(task)
        task.add_done_callback(partial(self._over, name, self._epoch))
        return task

    def _over(self, name: str, epoch: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._going.discard(name)
        if epoch != self._epoch:  # it may have planned by the old configuration, or the old clock
            self._adopted = None

    async def _guarded(self, name: str, work: Piece) -> None:
        """Whatever happens in one piece of work, the tick goes on."""
        try:
            await work
        except StoreError as error:
            self._standstill.meet(error)
        except RepwatchError as error:
            log.error("%s", error)  # noqa: TRY400 - an expected failure needs no traceback
            self._rests.failed(name)
        except Exception:
            log.exception("unexpected error (%s); everything else goes on", name)
            self._rests.failed(name)
        else:
            self._rests.worked(name)

    # --- working ------------------------------------------------------------------------------

    async def _check(self, work: Work, pairs: Sequence[Pair]) -> None:
        left = set(pairs)
        self._under_way.update(left)

        def checked(run: Run) -> None:
            left.discard(Pair(run.source, run.subject))
            self._checked(work, run)

        try:
            await work.check.run(pairs, checked)
        except StoreError:
            raise  # which is nobody's fault but the disk's
        except Exception:
            for pair in left:
                self._rests.failed(pair)
            raise
        finally:
            self._under_way.difference_update(left)
            self._awake = True

    def _checked(self, work: Work, run: Run) -> None:
        pair = Pair(run.source, run.subject)
        self._under_way.discard(pair)
        self._rests.worked(pair)
        self._standstill.worked()
        self.tally.checked(run)
        if run.new:
            self._urgent.update(work.routes)
            self._tell_urgent(work, asyncio.current_task())

    async def _tell_instant(self, work: Work, route: str, checks: asyncio.Task[None] | None) -> None:
        """Tell what cannot wait for the next report, in one message when the round is nearly over."""
        if checks is not None:
            await asyncio.wait([checks], timeout=SHORT_PATIENCE)
        async with self._telling:
            while route in self._urgent:
                self._urgent.discard(route)
                try:
                    await work.digest.send_instant(work.routes[route])
                except BaseException:
                    self._urgent.add(route)
                    raise
        self._mail()

    async def _report(self, work: Work, route: str, checks: asyncio.Task[None] | None) -> None:
        """Make the report of ``route``, once the checks that came due with it are over."""
        if checks is not None:
            await asyncio.wait([checks], timeout=PATIENCE)
        async with self._telling:
            await work.digest.send(work.routes[route], lambda tx: work.agenda.plan(tx, route))
        self._mail()

    async def _send(self) -> None:
        for _, state in await self._work.deliver.run():
            self.tally.delivered(state, self._clock.now())

    async def _tidy(self, work: Work) -> None:
        if await work.tidy.due():
            await work.tidy.run()

    def _tell_owner(self, code: str, cause: str) -> None:
        """Beside the tick: a mail server that hangs must not hold up the daemon."""
        self._spawn("notice", self._work.notify.run(code, cause))
