"""The runs: one row for each check of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, insert, select

from repwatch.model import Outcome, Pair, Run
from repwatch.store.database import Tx
from repwatch.store.tables import run as table

COLUMNS = tuple(column.name for column in fields(Run))


def add(tx: Tx, runs: Sequence[Run]) -> None:
    """Write these runs down."""
    if runs:
        tx.execute(insert(table), [{name: getattr(run, name) for name in COLUMNS} for run in runs])


def last(tx: Tx) -> dict[Pair, Run]:
    """The last run of every pair that ever ran."""
    newest = select(func.max(table.c.id)).group_by(table.c.source, table.c.subject)
    rows = tx.execute(select(table).where(table.c.id.in_(newest)))
    return {Pair(row.source, row.subject): _run(row) for row in rows}


def _run(row: Row[Any]) -> Run:
    return Run(
        source=row.source,
        subject=row.subject,
        started=row.started,
        ended=row.ended,
        outcome=Outcome(row.outcome),
        cause=row.cause,
        read=row.read,
        new=row.new,
        baseline=row.baseline,
        unchanged=row.unchanged,
        changed=row.changed,
    )
