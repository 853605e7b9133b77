"""Checks sources: asks them, decides about what they show, and writes it down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from repwatch.clock import Clock
from repwatch.config.cadence import Cadence
from repwatch.errors import Unreadable
from repwatch.jobs.agenda import next_turn
from repwatch.jobs.ask import Answer, Fetches, Parses, ask
from repwatch.jobs.canary import Canaries
from repwatch.jobs.ended import Ended
from repwatch.jobs.purse import Purse
from repwatch.jobs.round import Progress, Round
from repwatch.jobs.watched import Watched
from repwatch.model import Outcome, Pair, Query, Request, Run, SourceState, Subject
from repwatch.rules.assess import Assessor
from repwatch.rules.identity import trustworthy_guids
from repwatch.rules.transition import of_kind
from repwatch.rules.wishes import granted
from repwatch.store import hosts, meta, sources
from repwatch.store import queries as query_log
from repwatch.store.database import Store

log = logging.getLogger(__name__)

AT_ONCE = 1000  # checks under way; those that wait for one slow host must leave room for the others


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the store knew when a round began; ``generation`` says of which content."""

    states: Mapping[Pair, SourceState]
    holds: Mapping[str, datetime]
    generation: str


class Check:
    """Rounds over any number of pairs."""

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
        concurrency: int = AT_ONCE,
    ) -> None:
        self._plans: dict[Pair, tuple[Watched, list[Request]]] = {
            pair: (source, requests) for source in watched for pair, requests in source.requests().items()
        }
        self._assessors = {source.id: Assessor(source.subjects, source.id) for source in watched}
        self._routes = routes
        self._store = store
        self._door = door
        self._purse = Purse(store, clock, timezone)
        self._parser = parser
        self._clock = clock
        self._timezone = timezone
        self._canaries = Canaries(door, self._purse, parser, clock)
        self._turns = asyncio.Semaphore(concurrency)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Everything that can come due."""
        return tuple(self._plans)

    @property
    def cadences(self) -> dict[Pair, Cadence]:
        """How often each of them comes due."""
        return {pair: source.every for pair, (source, _) in self._plans.items()}

    async def run(self, pairs: Sequence[Pair], progress: Progress = lambda _: None) -> list[Run]:
        """Check these pairs and write each one down as it ends; never raises for a failing source."""
        known = await self._remembered(pairs)
        round_ = Round(self._store, self._routes, known.generation, progress)
        return await round_.run([partial(self._one, pair, known) for pair in pairs])

    async def look(self, pairs: Sequence[Pair]) -> list[Ended]:
        """Check these pairs and keep nothing of it but the names that were sent: a dry run."""
        known = await self._remembered(pairs)
        looks = list(await asyncio.gather(*(self._one(pair, known) for pair in pairs)))
        sent = [query for look in looks for query in look.answer.queries]
        if sent:
            await self._store.write(lambda tx: query_log.add(tx, sent))
        return looks

    async def _remembered(self, pairs: Sequence[Pair]) -> Remembered:
        now = self._clock.now()
        return await self._store.read(
            lambda tx: Remembered(sources.some(tx, pairs), hosts.waiting(tx, now), meta.generation(tx))
        )

    async def _one(self, pair: Pair, known: Remembered) -> Ended:
        watched, requests = self._plans[pair]
        state = of_kind(known.states.get(pair, SourceState(pair=pair)), watched.kind)
        async with self._turns:
            started = self._clock.now()
            queries: list[Query] = []
            try:
                answer = await ask(
                    watched,
                    requests,
                    state.pages,
                    known.holds,
                    now=started,
                    door=self._purse.door(watched, self._door),
                    parser=self._parser,
                    queries=queries,
                )
                return await self._proven(watched, self._ended(pair, state, answer, started), known)
            except Exception as error:  # a defect in one source must not stop the others
                log.exception("source %s: unexpected error", watched.id)
                failure = Unreadable(f"unexpected error: {type(error).__name__}")
                return self._ended(pair, state, Answer(errors=[failure], queries=queries), started)

    async def _proven(self, watched: Watched, ended: Ended, known: Remembered) -> Ended:
        """The check, with what its canary says where nothing was found."""
        if ended.conclusion()[0] is not Outcome.EMPTY:
            return ended
        heard = await self._canaries.heard(watched, ended.state, known.holds)
        return replace(ended, canary=heard)

    def _ended(self, pair: Pair, state: SourceState, answer: Answer, started: datetime) -> Ended:
        watched, _ = self._plans[pair]
        assessor = self._assessors[watched.id]
        now = self._clock.now()
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
            next_due=granted(next_turn(watched.every, now, self._timezone, self._clock), now, answer.wish),
            jitter=self._clock.jitter(1.0),
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
