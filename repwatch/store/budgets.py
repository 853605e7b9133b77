"""How much of its budget each source has used, in the period that is counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import budget as table


def take(tx: Tx, source: str, since: datetime, limit: int) -> bool:
    """Count one request in the period that began at ``since``, unless ``limit`` are counted already.

    A count of any other period, earlier or (by a clock that was wrong) later, is over.
    """
    counted = used(tx, source, since)
    if counted >= limit:
        return False
    row = {"since": since, "used": counted + 1}
    statement = insert(table).values(source=source, **row)
    tx.execute(statement.on_conflict_do_update(index_elements=["source"], set_=row))
    return True


def correct(tx: Tx, source: str, since: datetime, by: int) -> None:
    """Count so many requests more, or fewer, in the period that began at ``since``.

    If another has begun since the request was counted, it is its count that stands, and this one is over.
    """
    total = func.max(table.c.used + by, 0)
    tx.execute(update(table).where(table.c.source == source, table.c.since == since).values(used=total))


def used(tx: Tx, source: str, since: datetime) -> int:
    """How many requests are counted in the period that began at ``since``."""
    found = tx.execute(select(table.c.used).where(table.c.source == source, table.c.since == since)).scalar()
    return found or 0
