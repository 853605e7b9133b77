"""Writes the database anew, so that what was deleted is in no byte of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine


def overwrite(engine: Engine) -> None:
    """From now on, what is deleted is overwritten."""
    with _raw(engine) as connection:
        connection.execute("PRAGMA secure_delete=ON")


def pack(engine: Engine) -> None:
    """Copy what is there, and nothing else, over the file; it takes effect when the log is folded back."""
    with _raw(engine) as connection:
        connection.execute("VACUUM")


@contextmanager
def _raw(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The connection without a transaction, in which none of this may happen."""
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        yield connection
    finally:
        pooled.close()
