"""Asks a source for something that it must find, so that finding nothing can be told from being broken."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime

from repwatch.clock import Clock
from repwatch.errors import SourceError, Spent
from repwatch.jobs.ask import Fetches, Parses, heed, read
from repwatch.jobs.purse import Purse
from repwatch.jobs.watched import Watched
from repwatch.masking import hide
from repwatch.model import Outcome, Request, SourceState, Validators
from repwatch.rules.canary import Heard, is_due
from repwatch.sources.base import Canary

MOST = 4  # requests: a log-in and what follows from it


class Canaries:
    """What is heard of each source's canary, asked for no more often than it has to be.

    A source that watches several subjects has one canary for all of them, paid for out of its budget.
    """

    def __init__(self, door: Fetches, purse: Purse, parser: Parses, clock: Clock) -> None:
        self._door = door
        self._purse = purse
        self._parser = parser
        self._clock = clock
        self._last: dict[str, Heard] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def heard(
        self, watched: Watched, state: SourceState, holds: Mapping[str, datetime]
    ) -> Heard | None:
        """What the canary says, from memory as long as that counts; None for a source that has none."""
        request = of(watched)
        if request is None:
            return None
        async with self._turns[watched.id]:
            now = self._clock.now()
            last = self._remembered(watched, request, state)
            if is_due(last, now):
                door = self._purse.door(watched, self._door)
                last = await listen(watched, request, holds, now=now, door=door, parser=self._parser)
                self._last[watched.id] = last
            return last

    def _remembered(self, watched: Watched, request: Request, state: SourceState) -> Heard:
        """The latest that was heard, in this process or before it."""
        stored = Heard(words(request), state.canary_at, state.canary, "it could not be asked lately")
        here = self._last.get(watched.id, stored)
        return here if stored.at is None or (here.at is not None and here.at > stored.at) else stored


def of(watched: Watched) -> Request | None:
    """What the source must find something for; None for one that has no such question, or wants none."""
    return watched.source.canary() if isinstance(watched.source, Canary) else None


def words(request: Request) -> str:
    """The words of the question, as it says them itself."""
    return request.context.get("canary", "its test question")


async def listen(
    watched: Watched,
    request: Request,
    holds: Mapping[str, datetime],
    *,
    now: datetime,
    door: Fetches,
    parser: Parses,
) -> Heard:
    """Ask, and follow what the answers name (a log-in leads to the search) until something is found.

    What it finds is nobody's mention, and it sends nobody's name. Never raises SourceError.
    """
    queue = deque([request])
    try:
        for _ in range(MOST):
            if not queue:
                break
            asked = queue.popleft()
            heed(asked, holds, now, door)
            _, parsed = await read(watched, asked, Validators(), None, now=now, door=door, parser=parser)
            if parsed.findings:
                return Heard(words(request), now, Outcome.OK)
            queue.extend(parsed.follow)
    except Spent:
        return Heard(words(request))  # not asked, which says nothing of the source
    except SourceError as error:
        return Heard(words(request), now, Outcome(error.outcome), hide(str(error)))
    return Heard(words(request), now, Outcome.EMPTY)
