"""Writes one finished check down: diff, mentions, run, state and what is owed, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from repwatch.jobs.diff import diff
from repwatch.jobs.ended import Ended
from repwatch.model import OwedKind, Priority, Run
from repwatch.rules.retry import source_retry
from repwatch.rules.transition import after
from repwatch.store import hosts, owed, rankings, runs, sources
from repwatch.store.database import Tx
from repwatch.store.owed import News


def record(tx: Tx, ended: Sequence[Ended], routes: Sequence[str]) -> list[Run]:
    """Write these checks down, all or none, and return their runs."""
    states = []
    made = []
    for each in ended:
        outcome, cause = each.conclusion()
        baseline = not each.state.baseline_done and not outcome.failed
        found = [
            news
            for subject in each.subjects
            if each.items
            for news in diff(tx, each, subject, baseline=baseline)
        ]
        state, news = after(each.state, each.ending(outcome, cause))
        rankings.add(tx, each.pair, each.answer.findings, each.at)
        hold_host(tx, each)
        told = [_of_source(each, kind, detail) for kind, detail in news]
        owed.add(tx, routes, [*told, *([first_look(each, found)] if baseline else found)])
        states.append(state)
        made.append(
            Run(
                source=each.pair.source,
                subject=each.pair.subject,
                started=each.started,
                ended=each.at,
                outcome=outcome,
                cause=cause,
                read=len(each.answer.findings),
                new=sum(item.kind is OwedKind.MENTION for item in found),
                baseline=baseline,
                unchanged=each.answer.all_unchanged,
            )
        )
    sources.save(tx, states)
    runs.add(tx, made)
    return made


def first_look(ended: Ended, found: Sequence[News]) -> News:
    """One line for everything that a source's first look brought."""
    return _of_source(ended, OwedKind.BASELINE, str(len(found)), Priority.LOW)


def hold_host(tx: Tx, ended: Ended) -> None:
    """Leave a host alone for as long as it asked, for every source that shares it."""
    if ended.answer.refused_by:
        wait = source_retry(1, 60, ended.answer.retry_after, 0)
        hosts.hold(tx, ended.answer.refused_by, ended.at + timedelta(seconds=wait))


def _of_source(ended: Ended, kind: OwedKind, detail: str, priority: Priority = Priority.NORMAL) -> News:
    return News(
        kind=kind,
        at=ended.at,
        subject=ended.pair.subject,
        source=ended.pair.source,
        detail=detail,
        priority=priority,
    )
