"""What a run's end means for its pair: when to ask again, and what the owner is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from repwatch.model import Outcome, OwedKind, SourceState, Validators
from repwatch.rules import pace, rhythm, tidings
from repwatch.rules.canary import Heard
from repwatch.rules.retry import is_outage, missed_rounds, source_retry

MOVED_AFTER = timedelta(days=7)  # as long as a new address must have worked before it is proposed


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. ``every`` is the cadence in seconds, ``next_due`` its next time if all is well.

    ``earliest``: its publisher wishes not to be asked before then, however soon its window runs over.
    ``gone``: the service said so for good (410). ``crowded``: it turned us away for want of room.
    ``spent_until``: the source's budget was used up, until then; that nothing was asked for lack of it
    is no failure of the service. ``window`` and ``pages`` come from a readable answer, ``new`` counts
    the items that the window before did not have. ``canary`` is what was heard of something that must
    be there, if that was asked for.
    """

    at: datetime
    outcome: Outcome
    cause: str
    every: float
    next_due: datetime
    jitter: float = 0.0
    earliest: datetime | None = None
    retry_after: float | None = None
    gone: bool = False
    spent_until: datetime | None = None
    crowded: bool = False
    gap: bool = False
    moved_to: str = ""
    window: tuple[str, ...] = ()
    new: int = 0
    guids_shared: bool = False
    pages: Mapping[str, Validators] | None = None
    canary: Heard | None = None


News = tuple[OwedKind, str]  # a kind, and its detail
Following = tuple[SourceState, tuple[News, ...]]  # the state, and what there is to tell
_Changes = dict[str, Any]
_TURNS = 600  # seconds


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

    An outage is told once when it has become one, and its end is told once; so are an unusual silence
    and an address that has proven itself.
    """
    if ending.canary and ending.canary.at:
        state = replace(state, canary=ending.canary.outcome, canary_at=ending.canary.at)
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


# --- failures ---------------------------------------------------------------------------------


def _failed(state: SourceState, ending: Ending) -> Following:
    failures = state.failures + (not ending.crowded)  # of a full house nobody has to be told
    since = state.failing_since or ending.at
    passing = ending.outcome is Outcome.UNREACHABLE
    wait = source_retry(failures, ending.every, ending.retry_after, ending.jitter, passing=passing)
    news: list[News] = []
    outage = not ending.crowded and is_outage(failures, since, ending.at)
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
        **({} if passing else _not_settled(state)),
    )
    return following, tuple(news)


def _not_settled(state: SourceState) -> _Changes:
    """A new address that did not bring the page (any more) has to prove itself from the start."""
    return {"moved_to": "", "moved_since": None} if state.moved_since else {}


# --- answers ----------------------------------------------------------------------------------


def _answered(state: SourceState, ending: Ending) -> Following:
    faster = pace.paced(state.pace, ending.every, gap=ending.gap, calm=2 * ending.new <= len(ending.window))
    news = [*_recovered(state, ending), *_gap(ending)]
    due = pace.due(ending.at, ending.next_due, ending.every, faster, ending.jitter)
    due = max(due, ending.earliest or due)
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
        window=ending.window,
        guids_shared=ending.guids_shared,
        pages=ending.pages if ending.pages is not None else state.pages,
        pace=faster,
        **_rhythm(state, ending),
    )
    for settle in (_moved, _quiet):
        following, told = settle(following, ending)
        news += told
    return following, tuple(news)


def _recovered(state: SourceState, ending: Ending) -> Iterator[News]:
    """The end of an outage that was told: since when, and how many rounds it cost."""
    if state.outage_told and state.failing_since:
        missed = missed_rounds(state.failing_since, ending.at, ending.every)
        yield OwedKind.RECOVERED, tidings.told(state.failing_since, missed)
    elif state.outage_told:
        yield OwedKind.RECOVERED, ""


def _gap(ending: Ending) -> Iterator[News]:
    if ending.gap:
        yield OwedKind.GAP, ending.cause


def _rhythm(state: SourceState, ending: Ending) -> _Changes:
    """What the new items of this answer teach; those that follow a failure may have come at any time."""
    if not ending.new:
        return {}
    learns = state.baseline_done and not state.failures
    gaps = rhythm.with_gap(state.rhythm, state.last_new, ending.at) if learns else state.rhythm
    return {"last_new": ending.at, "rhythm": gaps, "quiet_told": False}


def _moved(state: SourceState, ending: Ending) -> Following:
    """Where permanent redirects lead; ``moved_since`` is None once the address was proposed."""
    if ending.moved_to != state.moved_to:
        since = ending.at if ending.moved_to else None
        return replace(state, moved_to=ending.moved_to, moved_since=since), ()
    if state.moved_since is None or ending.at - state.moved_since < MOVED_AFTER:
        return state, ()
    return replace(state, moved_since=None), ((OwedKind.MOVED, state.moved_to),)


def _quiet(state: SourceState, ending: Ending) -> Following:
    """An unusual silence; only a whole answer shows that there was nothing."""
    silent = ending.outcome.whole and rhythm.is_quiet(state.last_new, state.rhythm, ending.at)
    if not silent or state.quiet_told or state.last_new is None:
        return state, ()
    detail = tidings.told(state.last_new, rhythm.usual(state.rhythm) or 0)
    return replace(state, quiet_told=True), ((OwedKind.QUIET, detail),)
