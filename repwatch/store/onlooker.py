"""Looks at a database without leaving a trace: no table made, no log written, nothing check-pointed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from repwatch.errors import StoreError
from repwatch.store import upgrade
from repwatch.store.causes import named_errors
from repwatch.store.database import Store

_BUSY_SECONDS = 5.0
_STEPS = 10_000  # of SQLite's machine, between two questions whether to stop


@dataclass(frozen=True, slots=True)
class Look:
    """What stands in a file. ``faults`` is what ``quick_check`` found, None when it was not done."""

    revision: str
    head: str = upgrade.HEAD
    faults: tuple[str, ...] | None = None


class Onlooker(Store):
    """A Store that is never opened for writing and only read from."""

    def look(self, stop: Callable[[], bool]) -> Look:
        """The revision, and the faults; the search for them ends early when ``stop`` says so.

        Raises StoreError when the file cannot be read or belongs to another program.
        """
        engine = quiet_engine(self.path)
        with named_errors(self.path):
            revision = upgrade.revision(engine)
            return Look(revision, faults=quick_check(engine, stop))

    def _open_reader(self) -> Engine:
        if not self.path.exists():
            raise StoreError(f"{self.path}: no database there yet", "run 'repwatch check' once to make it")
        engine = quiet_engine(self.path)
        with named_errors(self.path):
            upgrade.demand_current(engine)
        return engine


def quiet_engine(path: Path) -> Engine:
    """An engine whose connections cannot write, and leave no file behind."""
    url = URL.create("sqlite", database=path.absolute().as_uri())  # for its name alone: the creator connects
    return create_engine(url, creator=lambda: _connect(path), poolclass=NullPool)


def _connect(path: Path) -> sqlite3.Connection:
    # A reader of a file in WAL mode makes an empty log and its index, unless the file is said not to
    # change. Without a log nobody has it open, so that is true enough for a look.
    log = path.with_name(path.name + "-wal")
    still = "" if log.exists() else "&immutable=1"
    uri = f"file:{quote(str(path))}?mode=ro{still}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)


def quick_check(engine: Engine, stop: Callable[[], bool]) -> tuple[str, ...] | None:
    """What SQLite finds wrong with the file; None when ``stop`` said so before the end."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_progress_handler(lambda: int(stop()), _STEPS)
        try:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(10)"))]
        except OperationalError as error:
            if "interrupted" in str(error.orig):
                return None
            raise
        finally:
            raw.set_progress_handler(None, 0)
    return tuple(line for line in found if line != "ok")
