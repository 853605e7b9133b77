"""What a run's end means for its pair: when to ask again, and what the owner is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repwatch.model import Outcome, OwedKind, SourceState, Validators
from repwatch.rules.retry import is_outage, source_retry


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. ``every`` is the cadence in seconds, ``next_due`` its next time if all is well.

    ``gone``: the service said so for good (410). ``crowded``: it turned us away for want of room.
    ``window`` and ``pages`` come from a readable answer.
    """

    at: datetime
    outcome: Outcome
    cause: str
    every: float
    next_due: datetime
    jitter: float = 0.0
    retry_after: float | None = None
    gone: bool = False
    crowded: bool = False
    gap: bool = False
    moved_to: str = ""
    window: tuple[str, ...] = ()
    guids_shared: bool = False
    pages: Mapping[str, Validators] | None = None


Following = tuple[SourceState, tuple[tuple[OwedKind, str], ...]]  # the state, and (kind, detail) of news


def after(state: SourceState, ending: Ending) -> Following:
    """The pair's next state, and the news that the owner is owed: (kind, detail) each.

    An outage is told once when it has become one, and its end is told once.
    """
    return _failed(state, ending) if ending.outcome.failed else _answered(state, ending)


def _failed(state: SourceState, ending: Ending) -> Following:
    failures = state.failures + (not ending.crowded)  # of a full house nobody has to be told
    since = state.failing_since or ending.at
    passing = ending.outcome is Outcome.UNREACHABLE
    wait = source_retry(failures, ending.every, ending.retry_after, ending.jitter, passing=passing)
    news: list[tuple[OwedKind, str]] = []
    outage = is_outage(failures, since, ending.at)
    if ending.gone:
        news.append((OwedKind.PAUSED, ending.cause))
    elif outage and not state.outage_told:
        news.append((OwedKind.OUTAGE, ending.cause))
    following = replace(
        state,
        last_run=ending.at,
        next_due=ending.at + timedelta(seconds=wait),
        outcome=ending.outcome,
        cause=ending.cause,
        failures=failures,
        failing_since=since,
        outage_told=state.outage_told or outage,
        paused=ending.cause if ending.gone else state.paused,
    )
    return following, tuple(news)


def _answered(state: SourceState, ending: Ending) -> Following:
    news: list[tuple[OwedKind, str]] = []
    if state.outage_told:
        since = state.failing_since
        news.append((OwedKind.RECOVERED, since.isoformat() if since else ""))
    if ending.gap:
        news.append((OwedKind.GAP, ending.cause))
    if ending.moved_to and ending.moved_to != state.moved_to:
        news.append((OwedKind.MOVED, ending.moved_to))
    following = replace(
        state,
        last_run=ending.at,
        last_answer=ending.at,
        next_due=_sooner(ending) if ending.gap else ending.next_due,
        outcome=ending.outcome,
        cause=ending.cause,
        failures=0,
        failing_since=None,
        outage_told=False,
        baseline_done=True,
        moved_to=ending.moved_to,
        window=ending.window,
        guids_shared=ending.guids_shared,
        pages=ending.pages if ending.pages is not None else state.pages,
    )
    return following, tuple(news)


def _sooner(ending: Ending) -> datetime:
    """Half the way to the next time: a window that was all new is too short for the cadence."""
    return ending.at + (ending.next_due - ending.at) / 2
