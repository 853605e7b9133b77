"""The query log: which service was sent which name, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select

from repwatch.model import Query
from repwatch.store.database import Tx
from repwatch.store.tables import query as table


def add(tx: Tx, queries: Sequence[Query]) -> None:
    """Write down what was sent."""
    if queries:
        tx.execute(insert(table), [asdict(query) for query in queries])


def listed(tx: Tx, *, subject: str = "", since: datetime | None = None) -> list[Query]:
    """What was sent, the oldest first."""
    wanted = select(table).order_by(table.c.id)
    if subject:
        wanted = wanted.where(table.c.subject == subject)
    if since:
        wanted = wanted.where(table.c.at >= since)
    return [Query(row.at, row.source, row.subject, row.host, row.name) for row in tx.execute(wanted)]
