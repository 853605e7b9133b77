"""Tells what is new among the items of a check, keeps it, and says what there is to tell."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from repwatch.jobs.ended import Ended
from repwatch.model import Candidate, Change, Label, OwedKind, Priority
from repwatch.rules.assess import Identified
from repwatch.rules.novelty import Known, compare
from repwatch.rules.priority import rate
from repwatch.rules.relocation import known_elsewhere, turned_over
from repwatch.store import mentions
from repwatch.store.database import Tx
from repwatch.store.owed import News

log = logging.getLogger(__name__)

AGAIN = (Change.KNOWN, Change.EDITED)


def diff(tx: Tx, ended: Ended, subject: str, *, baseline: bool, edits: bool = True) -> list[News]:
    """Keep what is new to ``subject`` and note what changed; returns the news of both.

    Only what is not known yet is judged: a verdict, once given, stands. Without ``edits`` the words that
    are kept stay: those of an old page are no news.
    """
    source, now = ended.pair.source, ended.at
    keys = [key for item in ended.items for key in item.keys]
    remembered = mentions.remembered(tx, subject, keys, source, now)
    known = remembered.by_key
    strangers: list[Identified] = []
    seen: list[tuple[Identified, Known, Change]] = []
    for item in ended.items:
        match = next((known[key] for key in item.keys if key in known), None)
        if match and (change := compare(item.finding, match, now)) in AGAIN:
            seen.append((item, match, change))
        else:  # never seen, or a guid that is used again for another article
            strangers.append(item)
    aliases = [(match.id, item.keys) for item, match, _ in seen]
    if strangers and not ended.answer.unchanged and turned_over(ended.state.window, ended.window):
        moved = _moved(tx, ended, subject, strangers, {match.id for _, match, _ in seen})
        aliases += [(match.id, item.keys) for item, match in moved]
        strangers = [item for item in strangers if not any(item is other for other, _ in moved)]
    mentions.see(tx, subject, aliases, remembered, source=source, now=now)
    edited = _edited(tx, ended, subject, seen) if edits else ()
    return [*edited, *_added(tx, ended, subject, strangers, baseline=baseline)]


def _moved(
    tx: Tx, ended: Ended, subject: str, strangers: Sequence[Identified], present: set[int]
) -> list[tuple[Identified, Known]]:
    """Those strangers that are mentions of this source under new addresses: a site that moved is no news."""
    source = ended.pair.source
    vanished = [known for known in mentions.shown_by(tx, source, subject) if known.id not in present]
    found = [(item, known_elsewhere(item.finding, vanished)) for item in (strangers if vanished else ())]
    moved = [(item, known) for item, known in found if known]
    if moved:
        log.info("source %s: %d known items have new addresses", source, len(moved))
    return moved


def _edited(
    tx: Tx, ended: Ended, subject: str, seen: Sequence[tuple[Identified, Known, Change]]
) -> Iterator[News]:
    """Take over what was edited."""
    for item, match, change in seen:
        if change is Change.EDITED:
            mentions.edit(tx, match.id, item.finding, ended.at)
            yield _about(ended, subject, OwedKind.EDITED, match.id, match.title)


def _added(
    tx: Tx, ended: Ended, subject: str, strangers: Sequence[Identified], *, baseline: bool
) -> Iterator[News]:
    """Keep those strangers that name the subject; a namesake's are kept and not told."""
    fresh = _fresh(tx, ended, subject, strangers)
    added = mentions.add(tx, fresh, ended.pair.source, ended.at, baseline=baseline)
    for mention, (candidate, _) in zip(added, fresh, strict=True):
        if candidate.verdict.label is not Label.NOT_ME:
            yield _about(ended, subject, OwedKind.MENTION, mention, priority=candidate.priority)


def _fresh(
    tx: Tx, ended: Ended, subject: str, strangers: Sequence[Identified]
) -> list[tuple[Candidate, Change]]:
    """Their candidates, new or resurfaced; twice on one page is once."""
    taken: set[str] = set()
    found: list[Candidate] = []
    for item in strangers:
        candidate = ended.assessor.candidate(item, subject)
        if candidate is not None and taken.isdisjoint(item.keys):
            found.append(candidate)
            taken.update(item.keys)
    dates = mentions.story_dates(tx, subject, [candidate.story for candidate in found])
    return [
        _rated(candidate, compare(candidate.finding, None, ended.at, dates.get(candidate.story)))
        for candidate in found
    ]


def _rated(candidate: Candidate, change: Change) -> tuple[Candidate, Change]:
    """The candidate with the priority that it has as such a change."""
    if change is Change.NEW:
        return candidate, change
    priority, reasons = rate(candidate.finding, candidate.verdict, change)
    return replace(candidate, priority=priority, priority_reasons=reasons), change


def _about(
    ended: Ended,
    subject: str,
    kind: OwedKind,
    mention: int,
    detail: str = "",
    *,
    priority: Priority = Priority.NORMAL,
) -> News:
    return News(
        kind=kind,
        at=ended.at,
        subject=subject,
        source=ended.pair.source,
        mention=mention,
        detail=detail,
        priority=priority,
    )
