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

    ``gone``: the service said so for good (410). ``spent_until``: the source's budget was used up, until
    then; that nothing was asked for lack of it is no failure of the service. ``window`` and ``pages``
    come from a readable answer.
    """

    at: datetime
    outcome: Outcome
    cause: str
    every: float
    next_due: datetime
    jitter: float = 0.0
    retry_after: float | None = None
    gone: bool = False
    spent_until: datetime | None = None
    gap: bool = False
    moved_to: str = ""
    window: tuple[str, ...] = ()
    guids_shared: bool = False
    pages: Mapping[str, Validators] | None = None


_TURNS = 600  # seconds

Following = tuple[SourceState, tuple[tuple[OwedKind, str], ...]]  # the state, and (kind, detail) of news


def of_kind(state: SourceState, kind: str) -> SourceState:
    """The state as it is for a source of this kind: where it was of another, its next look is a first one.

    What only that kind's pages meant is forgotten, so that nothing old is told as new; since when the
    source fails, that it was told so and that it is paused, stays.
    """
    if state.kind in ("", kind):
        return state if state.kind == kind else replace(state, kind=kind)
    return SourceState(
        pair=state.pair,
        kind=kind,
        next_due=state.next_due,
        last_run=state.last_run,
        last_answer=state.last_answer,
        outcome=state.outcome,
        cause=state.cause,
        failures=state.failures,
        failing_since=state.failing_since,
        outage_told=state.outage_told,
        paused=state.paused,
    )


def after(state: SourceState, ending: Ending) -> Following:
    """The pair's next state, and the news that the owner is owed: (kind, detail) each.

    An outage is told once when it has become one, and its end is told once.
    """
    if ending.outcome.failed:
        return _rested(state, ending) if ending.spent_until else _failed(state, ending)
    return _answered(state, ending)


def _rested(state: SourceState, ending: Ending) -> Following:
    """Nothing was asked, and nothing is known that was not known before."""
    following = replace(
        state,
        last_run=ending.at,
        next_due=_not_before(ending.spent_until, ending.at, ending.jitter),
        outcome=ending.outcome,
        cause=ending.cause,
    )
    return following, ()


def _not_before(until: datetime | None, due: datetime, jitter: float) -> datetime:
    """``due``, or some time after ``until``: by chance, for the pairs of a source share its budget."""
    return max(due, until + timedelta(seconds=_TURNS * jitter)) if until else due


def _failed(state: SourceState, ending: Ending) -> Following:
    failures = state.failures + 1
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
    due = _sooner(ending) if ending.gap else ending.next_due
    following = replace(
        state,
        last_run=ending.at,
        last_answer=ending.at,
        next_due=_not_before(ending.spent_until, due, ending.jitter),
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
