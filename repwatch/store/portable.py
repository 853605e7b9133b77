"""Everything that is kept about one subject as plain values, and back into the tables.

The shape of the values is that of ``docs/export.md``. Rows have no numbers there: what refers to a
mention says which one of the list it is, what refers to a report gives its Message-ID.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Table, and_, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from repwatch.model import DeliveryState
from repwatch.rules.asked import words
from repwatch.store.database import Tx
from repwatch.store.tables import (
    delivery,
    edit,
    mention,
    mention_key,
    owed,
    query,
    ranking,
    report,
    run,
    sighting,
    snapshot,
    source_state,
)

Values = dict[str, Any]


def columns(table: Table, *without: str) -> list[Column[Any]]:
    """The columns that travel: all but row numbers and those named."""
    return [column for column in table.columns if column.name not in ("id", *without)]


MENTION = columns(mention, "subject")
EDIT = columns(edit, "mention")
SIGHTING = columns(sighting, "mention")
LINE = columns(owed, "mention", "report")
RANKING = columns(ranking, "subject")
QUERY = columns(query, "subject")
RUN = columns(run)
STATE = columns(source_state)
SNAPSHOT = columns(snapshot)
REPORT = columns(report, "subject_line", "html", "text", "raw")
DELIVERY = columns(delivery, "report", "begun")


# --- out of the tables ------------------------------------------------------------------------


def gather(tx: Tx, subject: str, sources: Sequence[str], others: Sequence[str]) -> Values:
    """What is kept; ``sources`` look for nobody else, ``others`` are names that no report may give away."""
    rows = tx.execute(select(mention).where(mention.c.subject == subject).order_by(mention.c.id)).all()
    place = {row.id: number for number, row in enumerate(rows)}
    lines = tx.execute(select(owed).where(_is_about(subject, sources)).order_by(owed.c.id)).all()
    reports = _reports(tx, lines, others)
    waiting = {each["id"] for each in reports if each["waits"] and not each["body"]}
    told = {each["id"]: each["message_id"] for each in reports if each["id"] not in waiting}
    return {
        "subject": subject,
        "mentions": [_mention(tx, row) for row in rows],
        "lines": [
            {**_values(row, LINE), "mention": place.get(row.mention), "told": told.get(row.report)}
            for row in lines
        ],
        "reports": [_without(each, "id", "waits") for each in reports if each["id"] in told],
        "rankings": _rows(tx, ranking, RANKING, ranking.c.subject == subject),
        "queries": _rows(tx, query, QUERY, query.c.subject == subject),
        "runs": _rows(tx, run, RUN, or_(run.c.subject == subject, run.c.source.in_(sources))),
        "states": _rows(
            tx,
            source_state,
            STATE,
            or_(source_state.c.subject == subject, source_state.c.source.in_(sources)),
        ),
        "snapshots": _rows(
            tx, snapshot, SNAPSHOT, or_(snapshot.c.subject == subject, snapshot.c.source.in_(sources))
        ),
    }


def _is_about(subject: str, sources: Sequence[str]) -> ColumnElement[bool]:
    of_source = and_(owed.c.source.in_(sources), owed.c.mention.is_(None))
    return or_(owed.c.subject == subject, of_source)


def _mention(tx: Tx, row: Row[Any]) -> Values:
    keys = select(mention_key.c.key).where(mention_key.c.mention == row.id).order_by(mention_key.c.key)
    return {
        **_values(row, MENTION),
        "keys": list(tx.execute(keys).scalars()),
        "sightings": _rows(tx, sighting, SIGHTING, sighting.c.mention == row.id),
        "edits": _rows(tx, edit, EDIT, edit.c.mention == row.id),
    }


def _reports(tx: Tx, lines: Iterable[Row[Any]], others: Sequence[str]) -> list[Values]:
    """The reports that told of the subject, with the body of those that tell of it alone."""
    own: dict[int, int] = {}
    for line in lines:
        if line.report is not None:
            own[line.report] = own.get(line.report, 0) + 1
    return [_report(tx, number, count, others) for number, count in sorted(own.items())]


def _report(tx: Tx, number: int, own: int, others: Sequence[str]) -> Values:
    row = tx.execute(select(report).where(report.c.id == number)).one()
    lines = len(tx.execute(select(owed.c.id).where(owed.c.report == number)).all())
    said = words(f"{row.subject_line} | {row.text}")
    alone = bool(row.raw) and own == lines and not any(words(name) in said for name in others)
    deliveries = tx.execute(select(delivery).where(delivery.c.report == number).order_by(delivery.c.id)).all()
    body = {
        "subject_line": row.subject_line,
        "html": row.html,
        "text": row.text,
        "raw": base64.b64encode(row.raw).decode(),
    }
    return {
        "id": number,
        "waits": any(each.state == DeliveryState.PENDING for each in deliveries),
        **_values(row, REPORT),
        "body": body if alone else None,
        "deliveries": [_values(each, DELIVERY) for each in deliveries] if alone else [],
    }


def _rows(tx: Tx, table: Table, wanted: list[Column[Any]], *where: ColumnElement[bool]) -> list[Values]:
    order = tuple(table.primary_key.columns)
    return [_values(row, wanted) for row in tx.execute(select(table).where(*where).order_by(*order))]


def _values(row: Row[Any], wanted: list[Column[Any]]) -> Values:
    return {column.name: getattr(row, column.name) for column in wanted}


def _without(values: Mapping[str, Any], *names: str) -> Values:
    return {name: value for name, value in values.items() if name not in names}


# --- back into the tables ---------------------------------------------------------------------


def restore(tx: Tx, given: Mapping[str, Any]) -> Values:
    """Write what ``gather`` gave; what is there already stays. Returns how much was new, by noun."""
    subject: str = given["subject"]
    reports = {each["message_id"]: _restore_report(tx, each) for each in given["reports"]}
    ids, fresh = _restore_mentions(tx, subject, given["mentions"])
    for line in given["lines"]:
        number = line["mention"]
        told = reports.get(line["told"])
        if number is None:
            _restore_news(tx, line, told)
        elif fresh[number]:
            _restore_line(tx, line, told, ids[number])
        elif told is not None:
            _settle(tx, ids[number], line, told)
    return {
        "mentions": sum(fresh),
        "known": len(fresh) - sum(fresh),
        "rankings": _restore_rows(tx, ranking, given["rankings"], subject=subject),
        "queries": _restore_rows(tx, query, given["queries"], subject=subject),
        "runs": _restore_rows(tx, run, given["runs"]),
        "states": _restore_rows(tx, source_state, given["states"]),
        "snapshots": _restore_rows(tx, snapshot, given["snapshots"]),
    }


def is_known(tx: Tx, subject: str) -> bool:
    """Whether there are mentions of the subject."""
    return tx.execute(select(mention.c.id).where(mention.c.subject == subject).limit(1)).first() is not None


def _restore_report(tx: Tx, given: Mapping[str, Any]) -> int:
    """Its row, made where it is missing; a body comes back only where it was taken."""
    found = tx.execute(select(report).where(report.c.message_id == given["message_id"])).one_or_none()
    body = given["body"] or {"subject_line": "", "html": "", "text": "", "raw": ""}
    words_of_it = {**body, "raw": base64.b64decode(body["raw"])}
    if found is None:
        values = {column.name: given[column.name] for column in REPORT}
        made = insert(report).values(**values, **words_of_it).returning(report.c.id)
        number = int(tx.execute(made).scalar_one())
    else:
        number = int(found.id)
        if found.raw or not body["raw"]:
            return number
        tx.execute(update(report).where(report.c.id == number).values(**words_of_it))
    for each in given["deliveries"]:
        _restore_delivery(tx, number, each)
    return number


def _restore_delivery(tx: Tx, number: int, given: Mapping[str, Any]) -> None:
    """As it stood; one that was accepted meanwhile stays accepted."""
    mine = (
        delivery.c.report == number,
        delivery.c.channel == given["channel"],
        delivery.c.recipient == given["recipient"],
    )
    found = tx.execute(select(delivery.c.state).where(*mine)).scalar()
    if found is None:
        tx.execute(insert(delivery).values(report=number, **given))
    elif found != DeliveryState.SENT:
        tx.execute(update(delivery).where(*mine).values(**given))


def _restore_mentions(
    tx: Tx, subject: str, given: Sequence[Mapping[str, Any]]
) -> tuple[list[int], list[bool]]:
    """The row of each, and whether it is new here: one of its keys decides."""
    ids, fresh = [], []
    for each in given:
        known = select(mention_key.c.mention).where(
            mention_key.c.subject == subject, mention_key.c.key.in_(each["keys"])
        )
        found = tx.execute(known.limit(1)).scalar()
        fresh.append(found is None)
        ids.append(_add_mention(tx, subject, each) if found is None else found)
        _learn(tx, subject, ids[-1], each)
    return ids, fresh


def _add_mention(tx: Tx, subject: str, given: Mapping[str, Any]) -> int:
    values = _without(given, "keys", "sightings", "edits")
    made = insert(mention).values(subject=subject, **values).returning(mention.c.id)
    number = int(tx.execute(made).scalar_one())
    for each in given["edits"]:
        tx.execute(insert(edit).values(mention=number, **each))
    return number


def _learn(tx: Tx, subject: str, number: int, given: Mapping[str, Any]) -> None:
    """The keys and sightings that are not there yet, and the owner's word where there is none."""
    for key in given["keys"]:
        tx.execute(
            insert_or(mention_key).values(subject=subject, key=key, mention=number).on_conflict_do_nothing()
        )
    for each in given["sightings"]:
        tx.execute(insert_or(sighting).values(mention=number, **each).on_conflict_do_nothing())
    if given["decided"]:
        tx.execute(
            update(mention)
            .where(mention.c.id == number, mention.c.decided.is_(None))
            .values(decided=given["decided"], decided_at=given["decided_at"])
        )


def _restore_line(tx: Tx, line: Mapping[str, Any], told: int | None, number: int | None) -> None:
    tx.execute(insert(owed).values(**_without(line, "told", "mention"), mention=number, report=told))


def _restore_news(tx: Tx, line: Mapping[str, Any], told: int | None) -> None:
    """News of a source, unless they are there."""
    same = [owed.c[name] == line[name] for name in ("route", "kind", "at", "source", "subject")]
    there = select(owed.c.id).where(owed.c.mention.is_(None), *same).limit(1)
    if tx.execute(there).first() is None:
        _restore_line(tx, line, told, None)


def _settle(tx: Tx, number: int, line: Mapping[str, Any], told: int) -> None:
    """What that route was told already is owed no more."""
    tx.execute(
        update(owed)
        .where(owed.c.mention == number, owed.c.route == line["route"], owed.c.kind == line["kind"])
        .where(owed.c.report.is_(None))
        .values(report=told)
    )


def _restore_rows(tx: Tx, table: Table, given: Iterable[Mapping[str, Any]], **more: str) -> int:
    """Those that are not there in every detail (a state, a snapshot: not there at all)."""
    added = 0
    for each in given:
        values = {**each, **more}
        same = values if "id" in table.c else {key.name: values[key.name] for key in table.primary_key}
        there = select(1).select_from(table).where(*(table.c[name] == value for name, value in same.items()))
        if tx.execute(there.limit(1)).first() is None:
            tx.execute(insert(table).values(**values))
            added += 1
    return added
