"""Facts about the database file itself, by name."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import meta as table

_FILLING = "filling"
_ROOM = 1024 * 1024  # bytes that a round must find room for


def get(tx: Tx, key: str) -> str:
    """What is noted under ``key``, or ""."""
    return tx.execute(select(table.c.value).where(table.c.key == key)).scalar() or ""


def put(tx: Tx, key: str, value: str) -> None:
    """Note ``value`` under ``key``."""
    statement = insert(table).values(key=key, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def generation(tx: Tx) -> str:
    """Changes when the whole content is replaced: what was known of the one before no longer counts."""
    return get(tx, "generation")


def fill(tx: Tx) -> None:
    """Take a megabyte, to see whether there is one; ``empty`` gives it back."""
    put(tx, _FILLING, "." * _ROOM)


def empty(tx: Tx) -> None:
    """Give back what ``fill`` took."""
    tx.execute(delete(table).where(table.c.key == _FILLING))
