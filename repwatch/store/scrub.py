"""Writes the database anew, so that what was deleted is in no byte of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from repwatch.errors import StoreError

_PATIENCE_MS = 2000  # for readers, who hold the old data


def overwrite(engine: Engine) -> None:
    """From now on, what is deleted is overwritten."""
    with _raw(engine) as connection:
        connection.execute("PRAGMA secure_delete=ON")


def scrub(engine: Engine) -> None:
    """Pack the file and empty the write-ahead log; only the owner may.

    Raises StoreError when another process still reads what was there before.
    """
    with _raw(engine) as connection:
        connection.execute("VACUUM")
        connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            "another process still reads the old data, so it is not wholly gone from the disk",
            "end that process, then give the same command again",
        )


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
