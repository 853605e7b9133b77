"""Checks sources: asks them, decides about what they show, and writes it down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from repwatch.clock import Clock
from repwatch.errors import RepwatchError, Unreadable
from repwatch.jobs.ask import Answer, Fetches, Parses, ask
from repwatch.jobs.ended import Ended
from repwatch.jobs.record import record
from repwatch.jobs.watched import Watched
from repwatch.model import Pair, Query, Request, Run, SourceState, Subject
from repwatch.rules.assess import Assessor
from repwatch.rules.identity import trustworthy_guids
from repwatch.store import hosts, sources
from repwatch.store import queries as query_log
from repwatch.store.database import Store

log = logging.getLogger(__name__)

SPREAD = 0.05  # share of a cadence by which its next time may be late, so that sources drift apart
SHARED = 100  # runs that may share one transaction

Progress = Callable[[Run], None]


class Check:
    """One round over any number of pairs."""

    def __init__(
        self,
        *,
        watched: Sequence[Watched],
        routes: Sequence[str],
        store: Store,
        door: Fetches,
        parser: Parses,
        clock: Clock,
        timezone: ZoneInfo,
        concurrency: int = 256,
    ) -> None:
        self._plans: dict[Pair, tuple[Watched, list[Request]]] = {
            pair: (source, requests) for source in watched for pair, requests in source.requests().items()
        }
        self._assessors = {source.id: Assessor(source.subjects, source.id) for source in watched}
        self._routes = routes
        self._store = store
        self._door = door
        self._parser = parser
        self._clock = clock
        self._timezone = timezone
        self._turns = asyncio.Semaphore(concurrency)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Everything that can come due."""
        return tuple(self._plans)

    async def due(self) -> list[Pair]:
        """The pairs that are due now, the longest overdue first."""
        return await self._store.read(lambda tx: sources.due(tx, self.pairs, self._clock.now()))

    async def run(self, pairs: Sequence[Pair], progress: Progress = lambda _: None) -> list[Run]:
        """Check these pairs and write each one down as it ends; never raises for a failing source.

        A run is written whole or not at all. Those that end while the store is busy share the next
        transaction, and unchanged ones wait a little for company.
        """
        states, holds = await self._remembered()
        over: asyncio.Queue[Ended] = asyncio.Queue()
        checks = [asyncio.create_task(self._finish(pair, states, holds, over)) for pair in pairs]
        try:
            return await self._write_all(len(pairs), over, progress)
        finally:
            for check in checks:
                check.cancel()
            await asyncio.gather(*checks, return_exceptions=True)

    async def _write_all(self, count: int, over: asyncio.Queue[Ended], progress: Progress) -> list[Run]:
        runs: list[Run] = []
        batch: list[Ended] = []
        while len(runs) + len(batch) < count:
            ended = await over.get()
            batch.append(ended)
            if ended.answer.all_unchanged and len(batch) < SHARED:
                continue
            while not over.empty() and len(batch) < SHARED:
                batch.append(over.get_nowait())
            runs += await self._write(batch, progress)
            batch = []
        return [*runs, *await self._write(batch, progress)]

    async def look(self, pairs: Sequence[Pair]) -> list[Ended]:
        """Check these pairs and keep nothing of it but the names that were sent: a dry run."""
        states, holds = await self._remembered()
        looks = list(await asyncio.gather(*(self._one(pair, states, holds) for pair in pairs)))
        sent = [query for look in looks for query in look.answer.queries]
        if sent:
            await self._store.write(lambda tx: query_log.add(tx, sent))
        return looks

    async def _remembered(self) -> tuple[dict[Pair, SourceState], dict[str, datetime]]:
        now = self._clock.now()
        return await self._store.read(lambda tx: (sources.states(tx), hosts.waiting(tx, now)))

    async def _finish(
        self,
        pair: Pair,
        states: Mapping[Pair, SourceState],
        holds: Mapping[str, datetime],
        over: asyncio.Queue[Ended],
    ) -> None:
        over.put_nowait(await self._one(pair, states, holds))

    async def _one(
        self, pair: Pair, states: Mapping[Pair, SourceState], holds: Mapping[str, datetime]
    ) -> Ended:
        watched, requests = self._plans[pair]
        state = states.get(pair, SourceState(pair=pair))
        async with self._turns:
            started = self._clock.now()
            queries: list[Query] = []
            try:
                answer = await ask(
                    watched,
                    requests,
                    state.pages,
                    holds,
                    now=started,
                    door=self._door,
                    parser=self._parser,
                    queries=queries,
                )
                return self._ended(pair, state, answer, started)
            except Exception as error:  # a defect in one source must not stop the others
                log.exception("source %s: unexpected error", watched.id)
                failure = Unreadable(f"unexpected error: {type(error).__name__}")
                return self._ended(pair, state, Answer(errors=[failure], queries=queries), started)

    def _ended(self, pair: Pair, state: SourceState, answer: Answer, started: datetime) -> Ended:
        watched, _ = self._plans[pair]
        assessor = self._assessors[watched.id]
        now = self._clock.now()
        late = self._clock.jitter(watched.every.seconds * SPREAD)
        shared = state.guids_shared or not trustworthy_guids(answer.findings)
        return Ended(
            pair=pair,
            state=state,
            answer=answer,
            assessor=assessor,
            items=assessor.identified(answer.findings, now, guids=not shared),
            guids_shared=shared,
            started=started,
            at=now,
            every=watched.every.seconds,
            next_due=watched.every.next_after(now, self._timezone) + timedelta(seconds=late),
            jitter=self._clock.jitter(1.0),
        )

    async def _write(self, batch: Sequence[Ended], progress: Progress) -> list[Run]:
        if not batch:
            return []
        routes = self._routes
        try:
            runs = await self._store.write(lambda tx: record(tx, batch, routes))
        except RepwatchError:
            raise  # the file itself cannot be written
        except Exception as error:  # noqa: BLE001 - a defect met in one run must not stop the others
            return await self._write_apart(batch, progress, error)
        for run in runs:
            report(run)
            progress(run)
        return runs

    async def _write_apart(self, batch: Sequence[Ended], progress: Progress, error: Exception) -> list[Run]:
        """Write each run alone; the one that cannot be written is told as failed, and keeps its state."""
        if len(batch) > 1:
            return [run for ended in batch for run in await self._write([ended], progress)]
        (ended,) = batch
        log.error("source %s: its run cannot be written", ended.pair.source, exc_info=error)
        failure = Unreadable(f"unexpected error: {type(error).__name__}")
        if failure.cause in map(str, ended.answer.errors):
            raise error
        answer = Answer(errors=[failure], queries=ended.answer.queries)
        return await self._write([replace(ended, answer=answer, items=())], progress)


def report(run: Run) -> None:
    """One log line a run."""
    log.log(
        logging.WARNING if run.outcome.failed else logging.INFO,
        "source=%s subject=%s outcome=%s read=%d new=%d cause=%s",
        run.source,
        run.subject or "-",
        run.outcome,
        run.read,
        run.new,
        run.cause or "-",
    )


def concerned(watched: Sequence[Watched], subject: str = "", source: str = "") -> list[Pair]:
    """The pairs of one subject, of one source (or of one finder of an umbrella), or all of them."""
    return [
        pair
        for item in watched
        if not source or item.id == source or item.id.startswith(f"{source}-")
        for pair in item.requests()
        if not subject or pair.subject == subject or (not pair.subject and _names(item.subjects, subject))
    ]


def _names(subjects: Sequence[Subject], wanted: str) -> bool:
    return any(subject.id == wanted for subject in subjects)
