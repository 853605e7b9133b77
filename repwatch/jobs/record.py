"""Writes one finished check down: diff, mentions, run, state and what is owed, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repwatch.jobs.ask import Answer
from repwatch.model import (
    Candidate,
    Change,
    Label,
    Outcome,
    OwedKind,
    Pair,
    Priority,
    Run,
    SourceState,
)
from repwatch.rules.novelty import Known, compare, gap
from repwatch.rules.outcome import conclude
from repwatch.rules.priority import rate
from repwatch.rules.retry import source_retry
from repwatch.rules.transition import Ending, after
from repwatch.store import hosts, mentions, owed, rankings, runs, sources
from repwatch.store.database import Tx
from repwatch.store.owed import News

FIRST_SIGHT = (Change.NEW, Change.RESURFACED)


@dataclass(frozen=True, slots=True)
class Ended:
    """A check that is over, not yet written down. ``window`` holds the identity keys just seen."""

    pair: Pair
    state: SourceState
    answer: Answer
    candidates: tuple[Candidate, ...]
    window: tuple[str, ...]
    started: datetime
    at: datetime
    every: float
    next_due: datetime
    jitter: float

    @property
    def gap(self) -> bool:
        """Whether items may have passed between this window and the last one."""
        return self.state.baseline_done and not self.answer.unchanged and gap(self.state.window, self.window)

    def conclusion(self) -> tuple[Outcome, str]:
        """The outcome of the run, and its cause in words."""
        seen = len(self.answer.findings) or (len(self.state.window) if self.answer.unchanged else 0)
        return conclude(
            answered=self.answer.answered,
            findings=seen,
            missing=self.answer.missing,
            errors=self.answer.errors,
            gap=self.gap,
        )


def record(tx: Tx, ended: Ended, routes: Sequence[str]) -> Run:
    """Write it all down and return the run."""
    outcome, cause = ended.conclusion()
    baseline = not ended.state.baseline_done and not outcome.failed
    fresh = record_mentions(tx, ended, baseline=baseline)
    state, news = after(ended.state, ending(ended, outcome, cause))
    sources.save(tx, [state])
    rankings.add(tx, ended.pair, ended.answer.findings, ended.at)
    hold_host(tx, ended)
    run = Run(
        source=ended.pair.source,
        subject=ended.pair.subject,
        started=ended.started,
        ended=ended.at,
        outcome=outcome,
        cause=cause,
        read=len(ended.answer.findings),
        new=sum(1 for item in fresh if item.kind is OwedKind.MENTION),
        baseline=baseline,
        unchanged=ended.answer.all_unchanged,
    )
    runs.add(tx, [run])
    owed.add(tx, routes, [*told(ended, news), *first_look(ended, fresh, baseline=baseline)])
    return run


def ending(ended: Ended, outcome: Outcome, cause: str) -> Ending:
    """The end of this check, as the rules want to know it."""
    answer = ended.answer
    window = ended.window
    if answer.unchanged:  # those pages were not read again: what they showed still stands
        window = tuple(dict.fromkeys((*window, *ended.state.window)))
    return Ending(
        at=ended.at,
        outcome=outcome,
        cause=cause,
        every=ended.every,
        next_due=ended.next_due,
        jitter=ended.jitter,
        retry_after=answer.retry_after,
        gone=answer.gone,
        gap=ended.gap,
        moved_to=answer.moved_to,
        window=window,
        pages={**ended.state.pages, **answer.pages} if answer.errors else answer.pages,
    )


def record_mentions(tx: Tx, ended: Ended, *, baseline: bool) -> list[News]:
    """Diff the candidates against what is known, and keep what is new; returns what there is to tell."""
    news: list[News] = []
    by_subject: dict[str, list[Candidate]] = {}
    for candidate in ended.candidates:
        by_subject.setdefault(candidate.subject, []).append(candidate)
    for subject, candidates in by_subject.items():
        known = mentions.known(tx, subject, [key for item in candidates for key in item.keys])
        news += diff(tx, ended, candidates, known, baseline=baseline)
    return news


def diff(
    tx: Tx,
    ended: Ended,
    candidates: Sequence[Candidate],
    known: Mapping[str, Known],
    *,
    baseline: bool,
) -> list[News]:
    """Keep what is new among the candidates of one subject, and note what changed."""
    now, source = ended.at, ended.pair.source
    dates = mentions.story_dates(tx, candidates[0].subject, [item.story for item in candidates])
    fresh: list[tuple[Candidate, Change]] = []
    seen: list[tuple[int, Candidate]] = []
    taken: set[str] = set()
    news: list[News] = []
    for candidate in candidates:
        match = next((known[key] for key in candidate.keys if key in known), None)
        change = compare(candidate.finding, match, now, dates.get(candidate.story))
        if change in FIRST_SIGHT:  # a guid that is used again for another article is first sight, too
            if taken.isdisjoint(candidate.keys):  # twice on one page is once
                fresh.append((rated(candidate, change), change))
            taken.update(candidate.keys)
            continue
        assert match is not None
        seen.append((match.id, candidate))
        if change is Change.EDITED:
            mentions.edit(tx, match.id, candidate.finding, now)
            news.append(about(match.id, candidate, OwedKind.EDITED, ended, match.title))
    mentions.see(tx, seen, source, now, known)
    added = mentions.add(tx, fresh, source, now, baseline=baseline)
    news += [
        about(mention, candidate, OwedKind.MENTION, ended)
        for mention, (candidate, _) in zip(added, fresh, strict=True)
        if candidate.verdict.label is not Label.NOT_ME
    ]
    return news


def rated(candidate: Candidate, change: Change) -> Candidate:
    """The candidate with the priority that it has as such a change."""
    priority, reasons = rate(candidate.finding, candidate.verdict, change)
    return replace(candidate, priority=priority, priority_reasons=reasons)


def about(mention: int, candidate: Candidate, kind: OwedKind, ended: Ended, detail: str = "") -> News:
    """News of one mention."""
    return News(
        kind=kind,
        at=ended.at,
        subject=candidate.subject,
        source=ended.pair.source,
        mention=mention,
        detail=detail,
        priority=candidate.priority,
    )


def told(ended: Ended, news: Sequence[tuple[OwedKind, str]]) -> list[News]:
    """News of the source itself."""
    return [
        News(
            kind=kind,
            at=ended.at,
            subject=ended.pair.subject,
            source=ended.pair.source,
            detail=detail,
            priority=Priority.NORMAL,
        )
        for kind, detail in news
    ]


def first_look(ended: Ended, fresh: Sequence[News], *, baseline: bool) -> list[News]:
    """What is owed of the mentions: each by itself, or one line for a whole first look."""
    if not baseline:
        return list(fresh)
    return [
        News(
            kind=OwedKind.BASELINE,
            at=ended.at,
            subject=ended.pair.subject,
            source=ended.pair.source,
            detail=str(len(fresh)),
            priority=Priority.LOW,
        )
    ]


def hold_host(tx: Tx, ended: Ended) -> None:
    """Leave a host alone for as long as it asked, for every source that shares it."""
    if ended.answer.refused_by:
        wait = source_retry(1, 60, ended.answer.retry_after, 0)
        hosts.hold(tx, ended.answer.refused_by, ended.at + timedelta(seconds=wait))
