"""Facts about the database itself, by name."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.tables import meta as table

Tx = Connection  # database.py, which has this name too, stands on this file
GENERATION = "generation"

_FILLING = "filling"
_ROOM = 256 * 1024  # bytes that a round must find room for


def get(tx: Tx, key: str, default: str = "") -> str:
    """The fact, or ``default`` when nobody wrote it down."""
    found = tx.execute(select(table.c.value).where(table.c.key == key)).scalar()
    return default if found is None else str(found)


def put(tx: Tx, key: str, value: str) -> None:
    """Write a fact down, over what was there."""
    statement = insert(table).values(key=key, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def generation(tx: Tx) -> str:
    """A name that changes when a backup was restored: what was begun before belongs to another content."""
    return get(tx, GENERATION)


def fill(tx: Tx) -> None:
    """Take some room, to see whether there is any; ``empty`` gives it back."""
    put(tx, _FILLING, "." * _ROOM)


def empty(tx: Tx) -> None:
    """Give back what ``fill`` took."""
    tx.execute(delete(table).where(table.c.key == _FILLING))
