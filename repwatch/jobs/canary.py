"""Asks a source for something that it must find, so that finding nothing can be told from being broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime

from repwatch.errors import SourceError
from repwatch.jobs.ask import Fetches, Parses, read, refuse_held
from repwatch.jobs.watched import Watched
from repwatch.model import Outcome, Request, SourceState, Validators
from repwatch.rules.canary import Heard, is_due
from repwatch.sources.base import Canary

MOST = 4  # requests: a log-in and what follows from it


def of(watched: Watched) -> Request | None:
    """What the source must find something for; None for one that has no such question, or wants none."""
    return watched.source.canary() if isinstance(watched.source, Canary) else None


def words(request: Request) -> str:
    """The words of the question, as it says them itself."""
    return request.context.get("canary", "its test question")


def remembered(request: Request, state: SourceState) -> Heard:
    """What was heard the last time."""
    return Heard(words(request), state.canary_at, state.canary, "it could not be asked")


async def heard(
    watched: Watched,
    state: SourceState,
    holds: Mapping[str, datetime],
    *,
    now: datetime,
    door: Fetches,
    parser: Parses,
) -> Heard | None:
    """What the source's canary says, from memory as long as that counts; None where it has none."""
    request = of(watched)
    if request is None:
        return None
    last = remembered(request, state)
    return (
        await listen(watched, request, holds, now=now, door=door, parser=parser)
        if is_due(last, now)
        else last
    )


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
            refuse_held(asked, holds, now)
            _, parsed = await read(watched, asked, Validators(), None, now=now, door=door, parser=parser)
            if parsed.findings:
                return Heard(words(request), now, Outcome.OK)
            queue.extend(parsed.follow)
    except SourceError as error:
        return Heard(words(request), now, Outcome(error.outcome), str(error))
    return Heard(words(request), now, Outcome.EMPTY)
