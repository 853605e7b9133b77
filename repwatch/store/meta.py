"""Facts about the database file itself, by name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import meta as table


def get(tx: Tx, key: str) -> str:
    """What is noted under ``key``, or ""."""
    return tx.execute(select(table.c.value).where(table.c.key == key)).scalar() or ""


def put(tx: Tx, key: str, value: str) -> None:
    """Note ``value`` under ``key``."""
    statement = insert(table).values(key=key, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
