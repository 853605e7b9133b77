"""Writes one finished check down: diff, mentions, run, state and what is owed, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from repwatch.jobs.diff import diff
from repwatch.jobs.ended import Ended
from repwatch.jobs.revisit import Revisited, revisit
from repwatch.model import OwedKind, Priority, Run, SourceState
from repwatch.rules.retry import source_retry
from repwatch.rules.transition import after
from repwatch.store import hosts, owed, queries, rankings, runs, sources
from repwatch.store.database import Tx
from repwatch.store.owed import News


def record(tx: Tx, ended: Sequence[Ended], routes: Sequence[str]) -> list[Run]:
    """Write these checks down, all or none, and return their runs."""
    recorded = [_recorded(tx, each) for each in ended]
    sources.save(tx, [state for state, _, _ in recorded])
    runs.add(tx, [run for _, run, _ in recorded])
    owed.add(tx, routes, [news for _, _, told in recorded for news in told])
    queries.add(tx, [query for each in ended for query in each.answer.queries])
    return [run for _, run, _ in recorded]


def _recorded(tx: Tx, ended: Ended) -> tuple[SourceState, Run, list[News]]:
    """Keep what one check brought; its state, its run and what there is to tell are yet to be saved."""
    outcome, cause = ended.conclusion()
    baseline = not ended.state.baseline_done and not outcome.failed
    found = [
        news
        for subject in (ended.subjects if ended.items else ())
        for news in diff(tx, ended, subject, baseline=baseline)
    ]
    pages = revisit(tx, ended)
    found += pages.news
    ending = ended.ending(outcome, cause)
    state, told = after(ended.state, replace(ending, gone=ending.gone and pages.again is None))
    state = unsettled(state, ended, pages)
    rankings.add(tx, ended.pair, ended.answer.findings, ended.at)
    hold_host(tx, ended)
    of_source = [_of_source(ended, kind, detail) for kind, detail in told]
    run = Run(
        source=ended.pair.source,
        subject=ended.pair.subject,
        started=ended.started,
        ended=ended.at,
        outcome=outcome,
        cause=cause,
        read=len(ended.answer.findings) + len(ended.answer.snapshots),
        new=sum(item.kind is OwedKind.MENTION for item in found),
        baseline=baseline,
        unchanged=ended.answer.all_unchanged,
        changed=sum(item.kind in (OwedKind.EDITED, OwedKind.CHANGED) for item in found),
    )
    return state, run, [*of_source, *([first_look(ended, found)] if baseline else found)]


def unsettled(state: SourceState, ended: Ended, pages: Revisited) -> SourceState:
    """The state, with a second look soon at a page that differs from what was told.

    Until it is settled the old validators stay: the page is read in full, or is again what was told.
    """
    if not (pages.unsettled or pages.unknown):
        return state
    old = {key: value for key, value in ended.state.pages.items() if key in pages.unsettled}
    kept = {key: value for key, value in state.pages.items() if key not in pages.unsettled}
    known = {key: value for key, value in {**kept, **old}.items() if key not in pages.unknown}
    due = state.next_due
    if pages.again is not None and due is not None:
        due = min(due, ended.at + pages.again)
    return replace(state, pages=known, next_due=due)


def first_look(ended: Ended, found: Sequence[News]) -> News:
    """One line for everything that a source's first look brought."""
    return _of_source(ended, OwedKind.BASELINE, str(len(found)), Priority.LOW)


def hold_host(tx: Tx, ended: Ended) -> None:
    """Leave a host alone for as long as it asked, for every source that shares it."""
    if ended.answer.refused_by:
        wait = source_retry(1, 60, ended.answer.retry_after, 0)
        hosts.hold(tx, ended.answer.refused_by, ended.at + timedelta(seconds=wait))
    for host, seconds in ended.answer.resting.items():
        hosts.hold(tx, host, ended.at + timedelta(seconds=seconds))


def _of_source(ended: Ended, kind: OwedKind, detail: str, priority: Priority = Priority.NORMAL) -> News:
    return News(
        kind=kind,
        at=ended.at,
        subject=ended.pair.subject,
        source=ended.pair.source,
        detail=detail,
        priority=priority,
    )
