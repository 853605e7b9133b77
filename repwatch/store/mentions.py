"""The mentions: kept for good, each under one identity with all its aliases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, ScalarSelect, Select, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from repwatch.model import Candidate, Change, Finding, Kind, Label, Mention, Priority, Reason, Verdict
from repwatch.rules.novelty import Known
from repwatch.store.database import Tx
from repwatch.store.tables import edit as edits
from repwatch.store.tables import mention as table
from repwatch.store.tables import mention_key, sighting

T = TypeVar("T")


def _each(name: str) -> ScalarSelect[str]:
    """The items of a JSON list parameter."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value).scalar_subquery()


REMEMBERED = (
    select(
        mention_key.c.key,
        table.c.id,
        table.c.url,
        table.c.title,
        table.c.summary,
        table.c.site,
        table.c.previous_title,
        table.c.published,
        table.c.decided,
        table.c.last_seen,
        sighting.c.source.label("here"),
    )
    .join(table, table.c.id == mention_key.c.mention)
    .outerjoin(sighting, (sighting.c.mention == table.c.id) & (sighting.c.source == bindparam("source")))
    .where(mention_key.c.subject == bindparam("subject"), mention_key.c.key.in_(_each("keys")))
)

STORY_DATES = (
    select(table.c.story, func.min(table.c.published).label("oldest"))
    .where(
        table.c.subject == bindparam("subject"),
        table.c.story.in_(_each("stories")),
        table.c.published.is_not(None),
    )
    .group_by(table.c.story)
)

# Made once: a statement that is made anew has to be recognised anew each time.
_ADD = insert(table).returning(table.c.id, sort_by_parameter_order=True)
_SIGHT = insert(sighting)
_SIGHT_AGAIN = sqlite_insert(sighting).on_conflict_do_nothing()
_LEARN = sqlite_insert(mention_key).on_conflict_do_nothing()

CHUNK = 500  # bound parameters of one statement; SQLite's own limit is far above
SEEN_STEP = timedelta(days=1)  # "last seen" is a date: writing it at every check would double the I/O


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of some keys; ``unseen`` are mentions that this source has not shown today."""

    by_key: Mapping[str, Known]
    unseen: frozenset[int]


def remembered(tx: Tx, subject: str, keys: Sequence[str], source: str, now: datetime) -> Remembered:
    """Which of these identity keys belong to a mention of ``subject``, and what it says.

    The keys travel as one JSON parameter: a list of parameters would have its SQL made anew each time.
    """
    rows = tx.execute(
        REMEMBERED, {"subject": subject, "source": source, "keys": json.dumps(list(keys))}
    ).all()
    known = {row.key: _known(row) for row in rows}
    day_ago = now - SEEN_STEP
    return Remembered(known, frozenset(row.id for row in rows if row.here is None or row.last_seen < day_ago))


def add(
    tx: Tx, fresh: Sequence[tuple[Candidate, Change]], source: str, now: datetime, *, baseline: bool
) -> list[int]:
    """Keep new mentions, with their aliases and first sighting; returns their ids in the same order."""
    if not fresh:
        return []
    rows = [_row(candidate, change, now, baseline=baseline) for candidate, change in fresh]
    ids = [int(value) for value in tx.execute(_ADD, rows).scalars()]
    pairs = list(zip(ids, fresh, strict=True))
    _learn(tx, [(mention, item.subject, key) for mention, (item, _) in pairs for key in item.keys])
    tx.execute(_SIGHT, [{"mention": mention, "source": source, "first_seen": now} for mention in ids])
    return ids


def see(
    tx: Tx,
    subject: str,
    seen: Sequence[tuple[int, Sequence[str]]],
    remembered: Remembered,
    *,
    source: str,
    now: datetime,
) -> None:
    """Known mentions (id and keys) were seen again, perhaps by another source or under another alias."""
    known = remembered.by_key
    _learn(tx, [(mention, subject, key) for mention, keys in seen for key in keys if key not in known])
    ids = sorted({mention for mention, _ in seen} & remembered.unseen)
    if ids:
        rows = [{"mention": mention, "source": source, "first_seen": now} for mention in ids]
        tx.execute(_SIGHT_AGAIN, rows)
    for chunk in chunks(ids):  # an old page that is read today was seen before what is known
        tx.execute(update(table).where(table.c.id.in_(chunk), table.c.last_seen < now).values(last_seen=now))


def edit(tx: Tx, mention: int, finding: Finding, now: datetime) -> None:
    """Take over an edited title and summary; the words before are kept."""
    before = tx.execute(select(table.c.title, table.c.summary).where(table.c.id == mention)).one()
    tx.execute(insert(edits).values(mention=mention, at=now, title=before.title, summary=before.summary))
    tx.execute(
        update(table)
        .where(table.c.id == mention)
        .values(title=finding.title, summary=finding.summary, previous_title=before.title, last_seen=now)
    )


def revise(tx: Tx, mention: int, candidate: Candidate, now: datetime) -> None:
    """Take over what a watched page says now, and what that means; other words before are kept."""
    finding = candidate.finding
    before = tx.execute(select(table.c.title, table.c.summary).where(table.c.id == mention)).one()
    if (before.title, before.summary) != (finding.title, finding.summary):
        edit(tx, mention, finding, now)
    tx.execute(
        update(table)
        .where(table.c.id == mention)
        .values(
            label=candidate.verdict.label,
            probability=candidate.verdict.probability,
            reasons=_plain(candidate.verdict.reasons),
            priority=candidate.priority,
            priority_reasons=_plain(candidate.priority_reasons),
        )
    )


def decide(tx: Tx, mention: int, label: Label | None, now: datetime) -> bool:
    """Write the owner's word on a mention down; returns False when there is no such mention."""
    done = tx.execute(
        update(table).where(table.c.id == mention).values(decided=label, decided_at=now if label else None)
    )
    return bool(done.rowcount)


def by_ids(tx: Tx, ids: Sequence[int]) -> dict[int, Mention]:
    """These mentions, by id; unknown ids are left out."""
    found: dict[int, Mention] = {}
    for chunk in chunks(ids):
        found.update({item.id: item for item in _mentions(tx, select(table).where(table.c.id.in_(chunk)))})
    return found


def listed(
    tx: Tx,
    *,
    subject: str = "",
    label: Label | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Mention]:
    """The newest mentions first; ``before`` (an id) asks for the next page."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if subject:
        query = query.where(table.c.subject == subject)
    if label:
        query = query.where(
            (table.c.decided == label) | (table.c.decided.is_(None) & (table.c.label == label))
        )
    if since:
        query = query.where(table.c.first_seen >= since)
    if before is not None:
        query = query.where(table.c.id < before)
    return _mentions(tx, query)


def story_dates(tx: Tx, subject: str, stories: Sequence[str]) -> dict[str, datetime]:
    """When each of these stories was first published, as far as its known mentions tell."""
    if not stories:
        return {}
    rows = tx.execute(STORY_DATES, {"subject": subject, "stories": json.dumps(list(stories))})
    return {row.story: row.oldest for row in rows}


def first_seen_by(tx: Tx, source: str, subject: str, limit: int) -> list[Mention]:
    """What a source's first look brought about, the surest first, without namesakes."""
    query = (
        select(table)
        .join(sighting, sighting.c.mention == table.c.id)
        .where(sighting.c.source == source, table.c.baseline, table.c.label != Label.NOT_ME)
        .where(table.c.decided.is_distinct_from(Label.NOT_ME))
        .order_by(table.c.probability.desc(), table.c.id)
        .limit(limit)
    )
    return _mentions(tx, query.where(table.c.subject == subject) if subject else query)


def shown_by(tx: Tx, source: str, subject: str) -> list[Known]:
    """What a source showed of ``subject``, the last seen first, up to CHUNK mentions."""
    query = (
        select(table)
        .join(sighting, sighting.c.mention == table.c.id)
        .where(sighting.c.source == source, table.c.subject == subject)
        .order_by(table.c.last_seen.desc(), table.c.id.desc())
        .limit(CHUNK)
    )
    return [_known(row) for row in tx.execute(query)]


def history(tx: Tx, mention: int) -> list[tuple[datetime, str, str]]:
    """(time, title, summary) of each earlier wording, the newest first."""
    rows = tx.execute(select(edits).where(edits.c.mention == mention).order_by(edits.c.id.desc()))
    return [(row.at, row.title, row.summary) for row in rows]


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices that fit into one statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _known(row: Any) -> Known:  # noqa: ANN401 - a row of REMEMBERED, whose columns it names
    return Known(
        id=row.id,
        url=row.url,
        title=row.title,
        summary=row.summary,
        site=row.site,
        previous_title=row.previous_title,
        published=row.published,
        decided=Label(row.decided) if row.decided else None,
    )


def _learn(tx: Tx, aliases: Sequence[tuple[int, str, str]]) -> None:
    rows = [{"mention": mention, "subject": subject, "key": key} for mention, subject, key in aliases]
    if rows:
        tx.execute(_LEARN, rows)


def _mentions(tx: Tx, query: Select[Any]) -> list[Mention]:
    rows = tx.execute(query).all()
    seen_by: dict[int, list[str]] = {row.id: [] for row in rows}
    for chunk in chunks(list(seen_by)):
        found = tx.execute(
            select(sighting).where(sighting.c.mention.in_(chunk)).order_by(sighting.c.first_seen)
        )
        for sight in found:
            seen_by[sight.mention].append(sight.source)
    return [_mention(row, tuple(seen_by[row.id])) for row in rows]


def _row(candidate: Candidate, change: Change, now: datetime, *, baseline: bool) -> dict[str, Any]:
    finding = candidate.finding
    return {
        "subject": candidate.subject,
        "kind": finding.kind,
        "url": finding.url,
        "title": finding.title,
        "summary": finding.summary,
        "site": finding.site,
        "author": finding.author,
        "language": finding.language,
        "published": finding.published,
        "first_seen": now,
        "last_seen": now,
        "label": candidate.verdict.label,
        "probability": candidate.verdict.probability,
        "reasons": _plain(candidate.verdict.reasons),
        "priority": candidate.priority,
        "priority_reasons": _plain(candidate.priority_reasons),
        "story": candidate.story,
        "change": change,
        "baseline": baseline,
        "fields": dict(finding.fields),
    }


def _mention(row: Row[Any], seen_by: tuple[str, ...]) -> Mention:
    return Mention(
        id=row.id,
        subject=row.subject,
        kind=Kind(row.kind),
        url=row.url,
        title=row.title,
        summary=row.summary,
        site=row.site,
        author=row.author,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        verdict=Verdict(Label(row.label), row.probability, _reasons(row.reasons)),
        decided=Label(row.decided) if row.decided else None,
        priority=Priority(row.priority),
        priority_reasons=_reasons(row.priority_reasons),
        story=row.story,
        change=Change(row.change),
        baseline=row.baseline,
        sources=seen_by,
        previous_title=row.previous_title,
        fields=row.fields,
    )


def _plain(reasons: Sequence[Reason]) -> list[dict[str, str | float]]:
    return [{"code": reason.code, "detail": reason.detail, "weight": reason.weight} for reason in reasons]


def _reasons(values: Sequence[Mapping[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason(str(value["code"]), str(value["detail"]), float(value["weight"])) for value in values)
