"""Asks each source for one planned page, reads it, and keeps nothing but how that went."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from repwatch.clock import Clock
from repwatch.errors import Misconfigured, RepwatchError, SourceError, StoreError, Unreachable, Unreadable
from repwatch.jobs.ask import Answer, Fetches, Parses, host_and_port, refuse_held, take
from repwatch.jobs.watched import Watched
from repwatch.jobs.witness import Witness
from repwatch.model import Outcome, Page, Pair, Query, Request, SourceState, Validators
from repwatch.rules.outcome import conclude
from repwatch.store import hosts, sources
from repwatch.store.onlooker import Onlooker

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds for one source beside its own time limit and its turns at the host


@dataclass(frozen=True, slots=True)
class Probe:
    """How one source answered one request.

    ``queries`` are the names that left. ``ahead`` is by how many seconds our clock is ahead of the
    answer's, where the answer tells.
    """

    source: str
    host: str = ""
    queries: tuple[Query, ...] = ()
    outcome: Outcome = Outcome.EMPTY
    found: int = 0
    cause: str = ""
    next_step: str = ""
    asked_to_wait: bool = False
    ahead: float | None = None
    paused: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the database knows of the sources."""

    states: Mapping[Pair, SourceState]
    holds: Mapping[str, datetime]


class Probes:
    """The round over all sources, made once and shared by whoever wants to know."""

    def __init__(
        self, watched: Sequence[Watched], store: Onlooker, door: Fetches, parser: Parses, clock: Clock
    ) -> None:
        self._watched = watched
        self._store = store
        self._door = door
        self._parser = parser
        self._clock = clock
        self._round: asyncio.Task[list[Probe]] | None = None

    async def made(self) -> list[Probe]:
        """Every source's probe, in the order of the configuration."""
        if self._round is None:
            self._round = asyncio.create_task(self._make())
        return await asyncio.shield(self._round)

    async def _make(self) -> list[Probe]:
        memory = await remembered(self._store, self._clock.now())
        plans = [plan(source) for source in self._watched]
        lanes = Counter(host_and_port(request.url) for request in plans if isinstance(request, Request))
        return await asyncio.gather(
            *(
                self._probe(source, planned, memory, lanes)
                for source, planned in zip(self._watched, plans, strict=True)
            )
        )

    async def _probe(
        self, source: Watched, planned: Request | SourceError, memory: Memory, lanes: Mapping[str, int]
    ) -> Probe:
        if isinstance(planned, SourceError):
            return concluded(Probe(source.id), Answer(errors=[planned]))
        probe = Probe(source.id, urlsplit(planned.url).hostname or "")
        if why := paused(source, memory.states):
            return replace(probe, paused=why)
        try:
            refuse_held(planned, memory.holds, self._clock.now())
        except SourceError as error:
            return concluded(probe, Answer(errors=[error]))
        turns = lanes[host_and_port(planned.url)] * source.policy.interval
        limit = source.policy.limits.total + turns + PATIENCE
        return await self._ask(source, planned, probe, limit)

    async def _ask(self, source: Watched, request: Request, probe: Probe, limit: float) -> Probe:
        answer, ahead = Answer(), None
        leaves = Witness(source, answer.queries.append).of(request)
        try:
            async with asyncio.timeout(limit):
                page = await self._door.fetch(request, source.policy, Validators(), leaves)
                ahead = self._ahead(page)
                take(answer, page, await self._parser.parse(source.source, page))
        except SourceError as error:
            answer.errors.append(error)
        except TimeoutError:
            answer.errors.append(Unreachable(f"it was not asked and read within {limit:.0f} s"))
        except Exception as error:  # a defect in one source must not hide the others
            log.warning("source %s: unexpected error", source.id, exc_info=True)
            answer.errors.append(Unreadable(f"unexpected error: {type(error).__name__}", "please report it"))
        return replace(concluded(probe, answer), ahead=ahead, queries=tuple(answer.queries))

    def _ahead(self, page: Page) -> float | None:
        """By how much our clock is ahead of the one that dated this answer."""
        said = dated(page)
        if said is None or is_here(urlsplit(page.url).hostname or ""):
            return None
        return (self._clock.now() - said).total_seconds() - age(page)


async def remembered(store: Onlooker, now: datetime) -> Memory:
    """What the database knows; nothing, where it cannot be read."""
    try:
        return await store.read(lambda tx: Memory(sources.states(tx), hosts.waiting(tx, now)))
    except StoreError:
        return Memory({}, {})  # the area of the database tells it


def plan(source: Watched) -> Request | SourceError:
    """The first request that the source would make, or why there is none."""
    try:
        requests = [request for planned in source.requests().values() for request in planned]
    except SourceError as error:
        return error
    except RepwatchError as error:
        return Misconfigured(error.cause, error.next_step)
    except Exception as error:  # a third party's kind may raise anything
        log.warning("source %s: cannot be planned", source.id, exc_info=True)
        return Misconfigured(f"it cannot plan its requests: {type(error).__name__}", "please report it")
    if not requests:
        return Misconfigured("it plans no request", "check its subjects and options")
    return requests[0]


def paused(source: Watched, states: Mapping[Pair, SourceState]) -> str:
    """Why the source is left out of the schedule, if it is."""
    whys = [state.paused for pair, state in states.items() if pair.source == source.id and state.paused]
    return whys[0] if whys else ""


def concluded(probe: Probe, answer: Answer) -> Probe:
    """The probe with what a check would say of this answer, the cause apart from the next step."""
    found = len(answer.findings) + len(answer.snapshots)
    outcome, cause = conclude(
        answered=answer.answered, findings=found, missing=answer.missing, errors=answer.errors, gap=False
    )
    step = answer.errors[0].next_step if answer.errors else ""
    return replace(
        probe,
        outcome=outcome,
        found=found,
        cause=answer.errors[0].cause if answer.errors else cause,
        next_step=step,
        asked_to_wait=answer.retry_after is not None,
    )


def dated(page: Page) -> datetime | None:
    """The time that the answer says it was made at."""
    try:
        said = parsedate_to_datetime(page.headers.get("date", ""))
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def age(page: Page) -> float:
    """The seconds that a cache has kept the answer for."""
    value = page.headers.get("age", "").strip()
    return float(value) if value.isdecimal() and value.isascii() else 0.0


def is_here(host: str) -> bool:
    """Whether a host is this very machine, whose clock is ours."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
