"""What is remembered of each (source, subject) pair between two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from repwatch.model import Outcome, Pair, SourceState, Validators, Wish
from repwatch.store.database import Tx
from repwatch.store.tables import UtcTime
from repwatch.store.tables import source_state as table

_INSERT = insert(table)
_NEW = {column.name: _INSERT.excluded[column.name] for column in table.columns if not column.primary_key}
# A pause that was asked for while a check was under way outlives its end; ``set_paused`` alone ends it.
_PAUSED = case((_INSERT.excluded.paused != "", _INSERT.excluded.paused), else_=table.c.paused)
SAVE = _INSERT.on_conflict_do_update(index_elements=["source", "subject"], set_={**_NEW, "paused": _PAUSED})


SOME = select(table).where(
    table.c.source.in_(
        select(func.json_each(bindparam("sources")).table_valued("value").c.value).scalar_subquery()
    )
)

_AT_WORK = table.c.paused == literal_column("''")  # a literal, or the partial index is not used
DUE = (
    select(table.c.source, table.c.subject, table.c.next_due)
    .where(_AT_WORK, table.c.next_due.is_(None) | (table.c.next_due <= bindparam("now", type_=UtcTime)))
    .order_by(table.c.next_due)
)
FOLLOWING = select(func.min(table.c.next_due)).where(
    _AT_WORK, table.c.next_due > bindparam("now", type_=UtcTime)
)
REPLAN = (
    update(table)
    .where(table.c.source == bindparam("of"), table.c.subject == bindparam("about"))
    .values(next_due=bindparam("at", type_=UtcTime))
)


@dataclass(frozen=True, slots=True)
class Plan:
    """When a pair is due next, and how often in a row it failed before."""

    pair: Pair
    next_due: datetime
    failures: int = 0


def states(tx: Tx) -> dict[Pair, SourceState]:
    """Every state there is, by pair."""
    return {state.pair: state for state in map(_state, tx.execute(select(table)))}


def some(tx: Tx, pairs: Sequence[Pair]) -> dict[Pair, SourceState]:
    """The states of these pairs, as far as there are any."""
    wanted = set(pairs)
    rows = tx.execute(SOME, {"sources": json.dumps(sorted({pair.source for pair in wanted}))})
    return {state.pair: state for state in map(_state, rows) if state.pair in wanted}


def due(tx: Tx, now: datetime) -> dict[Pair, datetime | None]:
    """The pairs that are due, the longest overdue first; one never run (None) is due at once."""
    rows = tx.execute(DUE, {"now": now})
    return {Pair(row.source, row.subject): row.next_due for row in rows}


def following(tx: Tx, now: datetime) -> datetime | None:
    """When the next pair will be due that is not due yet."""
    return tx.execute(FOLLOWING, {"now": now}).scalar()


def enlist(tx: Tx, pairs: Sequence[Pair]) -> None:
    """Make pairs that were never heard of due at once; the others stay as they are."""
    if pairs:
        tx.execute(insert(table).on_conflict_do_nothing(), [_row(SourceState(pair=pair)) for pair in pairs])


def plans(tx: Tx) -> list[Plan]:
    """When each pair is due next, as far as that was planned."""
    rows = tx.execute(
        select(table.c.source, table.c.subject, table.c.next_due, table.c.failures).where(
            table.c.next_due.is_not(None)
        )
    )
    return [Plan(Pair(row.source, row.subject), row.next_due, row.failures) for row in rows]


def replan(tx: Tx, plans: Sequence[Plan]) -> None:
    """Give these pairs the due times of their plans."""
    if plans:
        tx.execute(
            REPLAN,
            [{"of": plan.pair.source, "about": plan.pair.subject, "at": plan.next_due} for plan in plans],
        )


def save(tx: Tx, new: Sequence[SourceState]) -> None:
    """Write these states over what was there."""
    if new:
        tx.execute(SAVE, [_row(state) for state in new])


def set_paused(tx: Tx, pairs: Sequence[Pair], why: str) -> None:
    """Pause these pairs, or let them run again when ``why`` is empty."""
    for pair in pairs:
        statement = insert(table).values(_row(SourceState(pair=pair, paused=why)))
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["source", "subject"], set_={"paused": why, "next_due": None}
            )
        )


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        pair=Pair(row.source, row.subject),
        next_due=row.next_due,
        last_run=row.last_run,
        last_answer=row.last_answer,
        outcome=Outcome(row.outcome) if row.outcome else None,
        cause=row.cause,
        failures=row.failures,
        failing_since=row.failing_since,
        outage_told=row.outage_told,
        baseline_done=row.baseline_done,
        paused=row.paused,
        moved_to=row.moved_to,
        moved_since=row.moved_since,
        window=tuple(row.window),
        guids_shared=row.guids_shared,
        pages={key: _validators(value) for key, value in row.pages.items()},
        kind=row.kind,
        pace=row.pace,
        last_new=row.last_new,
        rhythm=tuple(row.rhythm),
        quiet_told=row.quiet_told,
        canary=Outcome(row.canary) if row.canary else None,
        canary_at=row.canary_at,
    )


def _row(state: SourceState) -> dict[str, Any]:
    return {
        "source": state.pair.source,
        "subject": state.pair.subject,
        "next_due": state.next_due,
        "last_run": state.last_run,
        "last_answer": state.last_answer,
        "outcome": state.outcome,
        "cause": state.cause,
        "failures": state.failures,
        "failing_since": state.failing_since,
        "outage_told": state.outage_told,
        "baseline_done": state.baseline_done,
        "paused": state.paused,
        "moved_to": state.moved_to,
        "moved_since": state.moved_since,
        "window": list(state.window),
        "guids_shared": state.guids_shared,
        "pages": {key: _plain(value) for key, value in state.pages.items()},
        "kind": state.kind,
        "pace": state.pace,
        "last_new": state.last_new,
        "rhythm": list(state.rhythm),
        "quiet_told": state.quiet_told,
        "canary": state.canary,
        "canary_at": state.canary_at,
    }


def _plain(validators: Validators) -> dict[str, str]:
    values = {
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
        "whole_at": validators.whole_at.isoformat() if validators.whole_at else "",
        "rest": str(validators.wish.rest or ""),
        "hours": " ".join(map(str, validators.wish.hours)),
    }
    return {name: value for name, value in values.items() if value}


def _validators(values: Mapping[str, str]) -> Validators:
    whole_at = values.get("whole_at")
    return Validators(
        etag=values.get("etag", ""),
        last_modified=values.get("last_modified", ""),
        body_hash=values.get("body_hash", ""),
        whole_at=datetime.fromisoformat(whole_at) if whole_at else None,
        wish=Wish(int(values.get("rest", 0)), tuple(map(int, values.get("hours", "").split()))),
    )
