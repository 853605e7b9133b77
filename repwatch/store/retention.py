"""What is past its time: found and pruned a batch at a time, and never what is still to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from repwatch.model import DeliveryState, OwedKind
from repwatch.store.database import Tx
from repwatch.store.tables import (
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

_ROW: ColumnElement[int] = literal_column("snapshot.rowid")


@dataclass(frozen=True, slots=True)
class Prune:
    """One kind of thing: which are past ``before``, and what is done with those ids."""

    past: Callable[[datetime], Select[Any]]
    sweep: Callable[[Tx, list[int]], None]


def count(tx: Tx, noun: str, before: datetime) -> int:
    """How many of them are past that time."""
    return tx.execute(select(func.count()).select_from(PRUNES[noun].past(before).subquery())).scalar_one()


def prune(tx: Tx, noun: str, before: datetime, most: int) -> int:
    """Prune at most so many; returns how many it were."""
    ids = list(tx.execute(PRUNES[noun].past(before).limit(most)).scalars())
    if ids:
        PRUNES[noun].sweep(tx, ids)
    return len(ids)


# --- what is past -----------------------------------------------------------------------------


def _runs(before: datetime) -> Select[Any]:
    """All but the last of each pair, which says how the source stands."""
    newer = run.alias("newer")
    followed = exists().where(
        newer.c.source == run.c.source, newer.c.subject == run.c.subject, newer.c.id > run.c.id
    )
    return select(run.c.id).where(run.c.ended < before, followed)


def _queries(before: datetime) -> Select[Any]:
    return select(query.c.id).where(query.c.at < before)


def _rankings(before: datetime) -> Select[Any]:
    return select(ranking.c.id).where(ranking.c.at < before)


def _snapshots(before: datetime) -> Select[Any]:
    """Those that no check has looked at since; by the number of their row, for they have no other."""
    looked_at = exists().where(
        source_state.c.source == snapshot.c.source,
        source_state.c.subject == snapshot.c.subject,
        source_state.c.last_run >= before,
    )
    return select(_ROW).select_from(snapshot).where(snapshot.c.at < before, ~looked_at)


def _reports(before: datetime) -> Select[Any]:
    """Those that still have a body, and that nobody is waiting for."""
    waited_for = exists().where(
        delivery.c.report == report.c.id,
        delivery.c.state.in_([DeliveryState.PENDING, DeliveryState.PARKED]),
    )
    return select(report.c.id).where(report.c.created < before, func.length(report.c.raw) > 0, ~waited_for)


def _mentions(before: datetime) -> Select[Any]:
    """Those that still have words, were long not seen, and are owed to nobody."""
    return select(mention.c.id).where(mention.c.last_seen < before, _speaks(), ~_is_owed(), ~_is_first_look())


def _speaks() -> ColumnElement[bool]:
    columns = (mention.c.title, mention.c.summary, mention.c.author, mention.c.previous_title)
    return or_(
        *(column != "" for column in columns),
        cast(mention.c.fields, String) != "{}",
        cast(mention.c.reasons, String) != "[]",
        cast(mention.c.priority_reasons, String) != "[]",
    )


def _is_owed() -> ColumnElement[bool]:
    return exists().where(owed.c.mention == mention.c.id, owed.c.report.is_(None))


def _is_first_look() -> ColumnElement[bool]:
    """Whether a source's first look, which shows it, is still owed."""
    return exists().where(
        owed.c.kind == OwedKind.BASELINE,
        owed.c.report.is_(None),
        sighting.c.source == owed.c.source,
        sighting.c.mention == mention.c.id,
    )


# --- what is done -----------------------------------------------------------------------------


def _delete_from(table: Any) -> Callable[[Tx, list[int]], None]:  # noqa: ANN401 - any table with an id
    return lambda tx, ids: void(tx.execute(delete(table).where(table.c.id.in_(ids))))


def void(_: object) -> None:
    """Nothing, whatever it is given."""


def _delete_snapshots(tx: Tx, ids: list[int]) -> None:
    tx.execute(delete(snapshot).where(_ROW.in_(ids)))


def _empty_reports(tx: Tx, ids: list[int]) -> None:
    """Take the bodies; the Message-ID stays, under which nothing else may ever leave."""
    tx.execute(update(report).where(report.c.id.in_(ids)).values(subject_line="", html="", text="", raw=b""))
    tx.execute(update(owed).where(owed.c.report.in_(ids)).values(detail=""))


def _silence_mentions(tx: Tx, ids: list[int]) -> None:
    """Take the words; the identity stays, so that the mention is never told again."""
    tx.execute(delete(edit).where(edit.c.mention.in_(ids)))
    tx.execute(update(owed).where(owed.c.mention.in_(ids)).values(detail=""))
    wordless = {"title": "", "summary": "", "author": "", "previous_title": ""}
    tx.execute(
        update(mention)
        .where(mention.c.id.in_(ids))
        .values(fields={}, reasons=[], priority_reasons=[], **wordless)
    )


PRUNES: Mapping[str, Prune] = {
    "runs": Prune(_runs, _delete_from(run)),
    "queries": Prune(_queries, _delete_from(query)),
    "reports": Prune(_reports, _empty_reports),
    "rankings": Prune(_rankings, _delete_from(ranking)),
    "snapshots": Prune(_snapshots, _delete_snapshots),
    "mentions": Prune(_mentions, _silence_mentions),
}
