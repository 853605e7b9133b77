"""Tells what changed on the pages that a check watched, keeps it, and says what there is to tell.

The neighbour of ``diff``: a page is no list of items, so its texts are compared from look to look. What
counts, what is told and when to look again is for ``rules/confirm`` to say; here it is written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, partial

from repwatch.jobs.ended import Ended
from repwatch.model import Candidate, Change, OwedKind, Snapshot
from repwatch.rules.blocks import Blocks
from repwatch.rules.confirm import Comparable, Look, look
from repwatch.rules.difference import come, difference, written
from repwatch.rules.flapping import comparable
from repwatch.store import mentions, snapshots
from repwatch.store.database import Tx
from repwatch.store.owed import News
from repwatch.store.snapshots import Kept


@dataclass(slots=True)
class Revisited:
    """What a check of watched pages brought.

    ``unsettled`` are the keys of requests whose page differs from what was told: their answer is to be
    read in full at the next look; ``again`` is how soon, where that cannot wait for the cadence.
    ``unknown`` are those whose page is not remembered, or as one that is gone: however it looks, nobody
    may say "as the last time" of it.
    """

    news: list[News] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    again: timedelta | None = None

    def take(self, page: str, after: Look, news: Iterable[News]) -> None:
        """Add what a look at one page brought."""
        self.news += news
        if after.pending is not None:
            self.unsettled.add(_key(page))
        if not after.told:
            self.unknown.add(_key(page))
        if after.again is not None:
            self.again = min(after.again, self.again or after.again)


def revisit(tx: Tx, ended: Ended) -> Revisited:
    """Compare each watched page with what was told of it, and keep what it says now.

    A page that is met for the first time is a baseline, in whichever run.
    """
    answer, done = ended.answer, Revisited()
    if not (answer.snapshots or answer.same or answer.absent):
        return done
    known = snapshots.of(tx, ended.pair)
    for key, snapshot in answer.snapshots:
        page = f"{key}:{snapshot.part}" if snapshot.part else key
        if page in known:
            done.take(page, *_again(tx, ended, page, known[page], snapshot))
        else:
            snapshots.put(tx, ended.pair, page, Kept(snapshot.url, Look(snapshot.blocks)), ended.at)
            done.news += _first(tx, ended, snapshot)
    _unread(tx, ended, known, done)
    return done


def _unread(tx: Tx, ended: Ended, known: dict[str, Kept], done: Revisited) -> None:
    """The pages without text: those that are as they were told, not there, or watched no more."""
    answer = ended.answer
    read = {key for key, _ in answer.snapshots}
    done.unknown |= answer.same - set(map(_key, known))
    for page, kept in known.items():
        key = _key(page)
        if key in answer.absent:
            done.take(page, *_again(tx, ended, page, kept, Snapshot("", kept.url, ())))
        elif key in answer.same and kept.look.pending is not None:
            snapshots.put(tx, ended.pair, page, Kept(kept.url, Look(kept.look.told)), ended.at)
        elif key not in read | answer.same and not answer.errors:
            snapshots.forget(tx, ended.pair, [page])


def _key(page: str) -> str:
    """The key of the request that brings the page."""
    return page.partition(":")[0]


def _again(tx: Tx, ended: Ended, page: str, kept: Kept, snapshot: Snapshot) -> tuple[Look, Sequence[News]]:
    """A look at a page that is known: what is remembered of it, and what there is to tell."""
    counts = cache(partial(comparable, numbers=snapshot.numbers))
    after = look(kept.look, snapshot.blocks, ended.at, counts)
    if after != kept.look:
        snapshots.put(tx, ended.pair, page, Kept(snapshot.url, after), ended.at)
    if after.told == kept.look.told:
        return after, ()
    return after, list(_changed(tx, ended, kept.look.told, replace(snapshot, blocks=after.told), counts))


def _first(tx: Tx, ended: Ended, snapshot: Snapshot) -> Iterator[News]:
    """The page as a mention for everyone whom it concerns."""
    pages = ended.assessor.pages
    for subject in pages.concerned(ended.subjects, snapshot.blocks) if snapshot.blocks else ():
        candidate = pages.candidate(snapshot, subject)
        if _kept(tx, ended, candidate) is None:
            yield _added(tx, ended, candidate, baseline=True)


def _changed(tx: Tx, ended: Ended, before: Blocks, now: Snapshot, counts: Comparable) -> Iterator[News]:
    """What there is to tell of a page that changed for good, to everyone whom it concerns."""
    pages = ended.assessor.pages
    for subject in pages.concerned(ended.subjects, before, now.blocks):
        told = difference(before, now.blocks, pages.names[subject], counts)
        candidate = pages.candidate(now, subject, come(told))
        mention = _kept(tx, ended, candidate)
        if mention is not None:
            yield _news(ended, candidate, OwedKind.CHANGED, mention, written(told))
        elif now.blocks:
            yield _added(tx, ended, candidate, baseline=False)


def _kept(tx: Tx, ended: Ended, candidate: Candidate) -> int | None:
    """The mention that the page is to this subject already, with what it says now; None for a new one."""
    source, now = ended.pair.source, ended.at
    remembered = mentions.remembered(tx, candidate.subject, candidate.keys, source, now)
    known = next((remembered.by_key[key] for key in candidate.keys if key in remembered.by_key), None)
    if known is None:
        return None
    mentions.see(tx, candidate.subject, [(known.id, candidate.keys)], remembered, source=source, now=now)
    if candidate.finding.summary:  # a page that is gone leaves its last words
        mentions.revise(tx, known.id, candidate, now)
    return known.id


def _added(tx: Tx, ended: Ended, candidate: Candidate, *, baseline: bool) -> News:
    (mention,) = mentions.add(tx, [(candidate, Change.NEW)], ended.pair.source, ended.at, baseline=baseline)
    return _news(ended, candidate, OwedKind.MENTION, mention)


def _news(ended: Ended, candidate: Candidate, kind: OwedKind, mention: int, detail: str = "") -> News:
    return News(
        kind=kind,
        at=ended.at,
        subject=candidate.subject,
        source=ended.pair.source,
        mention=mention,
        detail=detail,
        priority=candidate.priority,
    )
