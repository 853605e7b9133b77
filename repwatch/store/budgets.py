"""How much of its budget each source has used, in the period that is counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import budget as table


def take(tx: Tx, source: str, since: datetime, limit: int) -> bool:
    """Count one request in the period that began at ``since``, unless ``limit`` are counted already.

    A count of any other period, earlier or (by a clock that was wrong) later, is over.
    """
    if used(tx, source, since) >= limit:
        return False
    add(tx, source, since, 1)
    return True


def add(tx: Tx, source: str, since: datetime, more: int) -> None:
    """Count so many requests more, or fewer, in the period that began at ``since``."""
    total = max(used(tx, source, since) + more, 0)
    statement = insert(table).values(source=source, since=since, used=total)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["source"], set_={"since": since, "used": total})
    )


def used(tx: Tx, source: str, since: datetime) -> int:
    """How many requests are counted in the period that began at ``since``."""
    found = tx.execute(select(table.c.used).where(table.c.source == source, table.c.since == since)).scalar()
    return found or 0
