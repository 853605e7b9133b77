"""Everything that is kept about one subject: what there is, and how it is erased without a trace."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from repwatch.model import DeliveryState, Label, OwedKind
from repwatch.rules.asked import words
from repwatch.store import meta
from repwatch.store.database import Tx
from repwatch.store.mentions import chunks
from repwatch.store.tables import (
    budget,
    delivery,
    edit,
    mention,
    owed,
    query,
    ranking,
    report,
    run,
    sighting,
    snapshot,
    source_state,
)

SCRUB = "scrub_owed"  # noted with the erasure, until the file was written anew without it

_WAITING = (DeliveryState.PENDING, DeliveryState.PARKED)
_NAMES = text(
    "SELECT DISTINCT json_extract(each.value, '$.detail') FROM mention, json_each(mention.reasons) AS each"
    " WHERE mention.subject = :subject AND json_extract(each.value, '$.code')"
    " IN ('name_full', 'name_inverted', 'name_alias', 'name_phrase')"
)
# Texts of others in which the name may stand, beside the rows that carry the subject itself.
_LOOSE = (run.c.cause, source_state.c.cause, source_state.c.paused, source_state.c.moved_to, owed.c.detail)


@dataclass(frozen=True, slots=True)
class Erasing:
    """Who is to be forgotten: an id, the names to look for, and the sources that serve nobody else."""

    subject: str
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traces:
    """How much there is; ``shared`` counts mentions of others that name the subject too, which stay."""

    mentions: int
    edits: int
    rankings: int
    queries: int
    runs: int
    states: int
    snapshots: int
    owed: int
    reports: int
    undelivered: int
    shared: int

    @property
    def any(self) -> bool:
        """Whether there is anything to erase."""
        return any(getattr(self, each.name) for each in fields(self) if each.name != "shared")


@dataclass(frozen=True, slots=True)
class Retold:
    """Lines of others that some recipients of a report still wait for, its body being gone."""

    route: str
    recipients: tuple[str, ...]
    lines: frozenset[int]


def subjects(tx: Tx) -> list[str]:
    """Everyone of whom something is kept."""
    found = {
        row for table in (mention, query, ranking, run) for row in tx.execute(_distinct(table)).scalars()
    }
    return sorted(found - {""})


def names(tx: Tx, subject: str) -> list[str]:
    """The names by which the subject was asked for and found, for one who is no longer configured."""
    asked = tx.execute(select(query.c.name).where(query.c.subject == subject).distinct()).scalars()
    ranked = tx.execute(select(ranking.c.query).where(ranking.c.subject == subject).distinct()).scalars()
    found = tx.execute(_NAMES, {"subject": subject}).scalars()
    every = [*asked, *(name.strip('"') for name in ranked), *found]
    return sorted({words(name): name for name in every if name and words(name).strip()}.values())


def traces(tx: Tx, who: Erasing) -> Traces:
    """What an erasure would take."""
    reports = _reports(tx, who)
    own = _own_mentions(who)
    return Traces(
        mentions=_count(tx, own),
        edits=_count(tx, select(edit.c.id).where(edit.c.mention.in_(own))),
        rankings=_count(tx, select(ranking.c.id).where(ranking.c.subject == who.subject)),
        queries=_count(tx, select(query.c.id).where(query.c.subject == who.subject)),
        runs=_count(tx, select(run.c.id).where(_of(run, who))),
        states=_count(tx, select(source_state.c.source).where(_of(source_state, who))),
        snapshots=len(_snapshots(tx, who)),
        owed=_count(tx, select(owed.c.id).where(_told_of(who), owed.c.report.is_(None))),
        reports=len(reports),
        undelivered=len(_undelivered(tx, reports)),
        shared=sum(1 for _ in _also_named(tx, who)),
    )


def erase(tx: Tx, who: Erasing) -> list[Retold]:
    """Erase it all; returns what others were told by those reports, and some have not received.

    What nobody has received is simply owed again. The bytes go when the file is written anew (``scrub``).
    """
    reports = _reports(tx, who)
    retold = _owe_again(tx, who, reports)
    _empty(tx, reports)
    _count_down(tx, who)
    tx.execute(delete(owed).where(_told_of(who)))
    tx.execute(delete(mention).where(mention.c.subject == who.subject))
    for table in (ranking, query):
        tx.execute(delete(table).where(table.c.subject == who.subject))
    for page in _snapshots(tx, who):  # of others too: their next look at it is a first one
        tx.execute(delete(snapshot).where(page))
    for table in (run, source_state):
        tx.execute(delete(table).where(_of(table, who)))
    tx.execute(delete(budget).where(budget.c.source.in_(who.sources)))  # an id may be made of the name
    for column in _LOOSE:
        _blank(tx, column, who)
    meta.put(tx, SCRUB, who.subject)
    return retold


# --- reports ----------------------------------------------------------------------------------


def _reports(tx: Tx, who: Erasing) -> list[int]:
    """Every report with a body that told of the subject, or names it."""
    told = select(owed.c.report).where(or_(_told_of(who), _shows_in_first_look(who)))
    columns = (report.c.id, report.c.subject_line, report.c.text, report.c.html, report.c.id.in_(told))
    rows = tx.execute(select(*columns).where(func.length(report.c.raw) > 0))
    return [row[0] for row in rows if row[4] or _named((row[1], row[2], html.unescape(row[3])), who)]


def _undelivered(tx: Tx, reports: Sequence[int]) -> list[int]:
    return [
        found
        for chunk in chunks(reports)
        for found in tx.execute(
            select(delivery.c.report)
            .where(delivery.c.report.in_(chunk), delivery.c.state.in_(_WAITING))
            .distinct()
        ).scalars()
    ]


def _owe_again(tx: Tx, who: Erasing, reports: Sequence[int]) -> list[Retold]:
    retold: list[Retold] = []
    for each in _undelivered(tx, reports):
        rows = tx.execute(select(delivery).where(delivery.c.report == each)).all()
        waiting = tuple(row.recipient for row in rows if row.state in _WAITING)
        lines = tx.execute(
            update(owed)
            .where(owed.c.report == each, ~_told_of(who))
            .values(report=None)
            .returning(owed.c.id, owed.c.route)
        ).all()
        if lines and len(waiting) < len(rows):
            retold.append(Retold(lines[0].route, waiting, frozenset(line.id for line in lines)))
    return retold


def _empty(tx: Tx, reports: Sequence[int]) -> None:
    """Take the bodies, and call off what was to carry them; the Message-IDs stay, used for good."""
    for chunk in chunks(reports):
        tx.execute(
            update(report).where(report.c.id.in_(chunk)).values(subject_line="", html="", text="", raw=b"")
        )
        tx.execute(
            update(delivery)
            .where(delivery.c.report.in_(chunk), delivery.c.state.in_(_WAITING))
            .values(state=DeliveryState.SUPERSEDED, next_try=None)
        )
        tx.execute(update(delivery).where(delivery.c.report.in_(chunk)).values(cause=""))


def _count_down(tx: Tx, who: Erasing) -> None:
    """First looks that are still to be told count others only."""
    for line in tx.execute(select(owed).where(_shows_in_first_look(who), owed.c.report.is_(None))).all():
        own = _count(
            tx,
            select(mention.c.id)
            .join(sighting, sighting.c.mention == mention.c.id)
            .where(_is_own(who), mention.c.baseline, mention.c.label != Label.NOT_ME)
            .where(sighting.c.source == line.source),
        )
        if line.detail.isdecimal():
            left = str(max(int(line.detail) - own, 0))
            tx.execute(update(owed).where(owed.c.id == line.id).values(detail=left))


# --- conditions -------------------------------------------------------------------------------


def _own_mentions(who: Erasing) -> Select[Any]:
    return select(mention.c.id).where(_is_own(who))


def _is_own(who: Erasing) -> ColumnElement[bool]:
    return mention.c.subject == who.subject


def _of(table: Table, who: Erasing) -> ColumnElement[bool]:
    return or_(table.c.subject == who.subject, table.c.source.in_(who.sources))


def _told_of(who: Erasing) -> ColumnElement[bool]:
    """Lines about the subject or about a source that looks for nobody else."""
    of_source = and_(owed.c.source.in_(who.sources), owed.c.mention.is_(None))
    return or_(owed.c.subject == who.subject, owed.c.mention.in_(_own_mentions(who)), of_source)


def _shows_in_first_look(who: Erasing) -> ColumnElement[bool]:
    """Lines of a shared source's first look that showed the subject beside others."""
    return and_(
        owed.c.kind == OwedKind.BASELINE,
        owed.c.subject == "",
        exists().where(
            sighting.c.source == owed.c.source,
            sighting.c.mention == mention.c.id,
            mention.c.subject == who.subject,
            mention.c.baseline,
        ),
    )


# --- the name in other texts ------------------------------------------------------------------


def _named(texts: Iterable[str], who: Erasing) -> bool:
    said = words(" | ".join(texts))
    return any(words(name) in said for name in who.names)


def _blank(tx: Tx, column: Column[str], who: Erasing) -> None:
    """Empty those texts that name the subject: causes may quote a page."""
    told = tx.execute(select(column).where(column != "").distinct()).scalars().all()
    for chunk in chunks([said for said in told if _named((said,), who)]):
        tx.execute(update(column.table).where(column.in_(chunk)).values({column.name: ""}))


def _snapshots(tx: Tx, who: Erasing) -> list[ColumnElement[bool]]:
    """The texts of pages that are watched for the subject, or name them; one condition each."""
    own = _of(snapshot, who)
    rows = tx.execute(select(snapshot, own.label("own"))).all()
    keys = tuple(snapshot.primary_key.columns)
    return [
        and_(*(key == getattr(row, key.name) for key in keys))
        for row in rows
        if row.own or _named((row.url, row.text, row.pending or ""), who)
    ]


def _also_named(tx: Tx, who: Erasing) -> Iterator[int]:
    """Mentions of others in whose words the name stands."""
    rows = tx.execute(select(mention.c.id, mention.c.title, mention.c.summary).where(~_is_own(who)))
    return (row.id for row in rows if _named((row.title, row.summary), who))


def _count(tx: Tx, query: Select[Any]) -> int:
    return tx.execute(select(func.count(literal(1))).select_from(query.subquery())).scalar_one()


def _distinct(table: Table) -> Select[Any]:
    return select(table.c.subject).distinct()
