"""The canaries: each source that searches is asked for something that it must find."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from repwatch.doctor.probes import PATIENCE, Memory, paused, remembered
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import Misconfigured, RepwatchError
from repwatch.jobs import canary
from repwatch.jobs.ask import host_and_port
from repwatch.jobs.watched import Watched
from repwatch.model import Outcome, Request
from repwatch.rules.canary import Heard

log = logging.getLogger(__name__)

_BROKEN = "open the service in a browser and search there: it is broken, or it blocks programs quietly"
_NOT_ASKED = "see the area Sources for what a check meets there"


async def sung(visit: Visit) -> list[Sign]:
    """One line a source; no subject's name is sent, and nothing that is found is kept."""
    memory = await remembered(visit.store, visit.clock.now())
    questions = [question(source) for source in visit.watched]
    lanes = Counter(host_and_port(asked.url) for asked in questions if isinstance(asked, Request))
    found = await asyncio.gather(
        *(
            listened(visit, source, asked, memory, lanes)
            for source, asked in zip(visit.watched, questions, strict=True)
        )
    )
    return found or [skipped("canaries", "no source is configured", "add one: repwatch source add")]


def question(source: Watched) -> Request | RepwatchError | None:
    """What the source must find something for, or why that cannot be asked."""
    try:
        return canary.of(source)
    except RepwatchError as error:
        return error
    except Exception as error:  # a third party's kind may raise anything
        log.warning("source %s: its canary cannot be planned", source.id, exc_info=True)
        return Misconfigured(f"it cannot plan its canary: {type(error).__name__}", "please report it")


async def listened(
    visit: Visit,
    source: Watched,
    asked: Request | RepwatchError | None,
    memory: Memory,
    lanes: Counter[str],
) -> Sign:
    """What one source was asked for, and whether it found something."""
    if asked is None:
        return skipped(source.id, "has no canary: an empty answer of it is taken as it is")
    if isinstance(asked, RepwatchError):
        return bad(source.id, asked.cause, asked.next_step or _NOT_ASKED)
    if why := paused(source, memory.states):
        return skipped(source.id, f"paused: {why}", f"repwatch source resume {source.id}")
    turns = lanes[host_and_port(asked.url)] * source.policy.interval
    limit = canary.MOST * source.policy.limits.total + turns + PATIENCE
    try:
        async with asyncio.timeout(limit):
            heard = await canary.listen(
                source, asked, memory.holds, now=visit.clock.now(), door=visit.fetcher, parser=visit.parser
            )
    except TimeoutError:
        return bad(source.id, f"unreachable: it did not answer within {limit:.0f} s", _NOT_ASKED)
    except Exception as error:  # a defect in one source must not hide the others
        log.warning("source %s: unexpected error", source.id, exc_info=True)
        return bad(source.id, f"unexpected error: {type(error).__name__}", "please report it")
    return told(source.id, heard)


def told(name: str, heard: Heard) -> Sign:
    """The line of one source."""
    if heard.outcome is Outcome.OK:
        return good(name, f"finds something for “{heard.words}”")
    if heard.outcome is Outcome.EMPTY:
        return bad(name, f"finds nothing even for “{heard.words}”", _BROKEN)
    return warn(name, f"could not be asked for “{heard.words}”: {heard.outcome}, {heard.cause}", _NOT_ASKED)
