"""What is remembered of each (source, subject) pair between two runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.sqlite import insert

from repwatch.model import Outcome, Pair, SourceState, Validators
from repwatch.store.database import Tx
from repwatch.store.tables import source_state as table

_INSERT = insert(table)
SAVE = _INSERT.on_conflict_do_update(
    index_elements=["source", "subject"],
    set_={column.name: _INSERT.excluded[column.name] for column in table.columns if not column.primary_key},
)


def states(tx: Tx) -> dict[Pair, SourceState]:
    """Every state there is, by pair."""
    return {state.pair: state for state in map(_state, tx.execute(select(table)))}


def due(tx: Tx, pairs: Iterable[Pair], now: datetime) -> list[Pair]:
    """Those of ``pairs`` that are due, the longest overdue first; one never run is due at once."""
    known = {
        Pair(row.source, row.subject): row
        for row in tx.execute(select(table.c.source, table.c.subject, table.c.next_due, table.c.paused))
    }
    waiting = [(known[pair].next_due if pair in known else None, pair) for pair in pairs]
    ready = [
        (at, pair)
        for at, pair in waiting
        if (at is None or at <= now) and not (pair in known and known[pair].paused)
    ]
    ready.sort(key=lambda item: (item[0] is not None, item[0] or now))
    return [pair for _, pair in ready]


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
        window=tuple(row.window),
        guids_shared=row.guids_shared,
        pages={key: _validators(value) for key, value in row.pages.items()},
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
        "window": list(state.window),
        "guids_shared": state.guids_shared,
        "pages": {key: _plain(value) for key, value in state.pages.items()},
    }


def _plain(validators: Validators) -> dict[str, str]:
    values = {
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
        "whole_at": validators.whole_at.isoformat() if validators.whole_at else "",
    }
    return {name: value for name, value in values.items() if value}


def _validators(values: Mapping[str, str]) -> Validators:
    whole_at = values.get("whole_at")
    return Validators(
        etag=values.get("etag", ""),
        last_modified=values.get("last_modified", ""),
        body_hash=values.get("body_hash", ""),
        whole_at=datetime.fromisoformat(whole_at) if whole_at else None,
    )
