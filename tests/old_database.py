"""A database as an earlier version of the program left it, with rows in every table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, insert
from sqlalchemy.types import JSON, Boolean, Float, Integer

from repwatch.store.database import writer_engine
from tests.fakes import START

ROWS = 3
HIDDEN = ('"window"', '"pages"')


def make(path: Path, revision: str) -> None:
    """Migrate a new file up to ``revision`` alone, and write rows into whatever tables it then has."""
    engine = writer_engine(path)
    config = Config()
    config.set_main_option("script_location", "repwatch.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        fill(connection)
    engine.dispose()


def fill(connection: Connection) -> None:
    """Rows that refer to each other by their number."""
    known = MetaData()
    known.reflect(connection)
    for table in known.sorted_tables:
        if table.name != "alembic_version":
            for number in range(1, ROWS + 1):
                connection.execute(insert(table).values(row(table, number)))


def row(table: Table, number: int) -> dict[str, object]:
    """Something for each column, in the column's own type."""
    values: dict[str, object] = {}
    for column in table.columns:
        match column.type:
            case _ if column.foreign_keys:
                values[column.name] = number
            case JSON() if column.name == "window":
                values[column.name] = [f"url:https://é.example/{number}"]
            case JSON():
                values[column.name] = ["é", number]
            case DateTime() | Date():
                values[column.name] = START.replace(tzinfo=None, second=number)
            case Boolean():
                values[column.name] = number % 2 == 0
            case Integer() | Float():
                values[column.name] = number
            case LargeBinary():
                values[column.name] = bytes([0, number, 255])
            case _:
                values[column.name] = f"{table.name} {column.name} é {number}"
    return values


def content(path: Path, like: dict[str, list[str]] | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table; of the tables and columns in ``like`` alone, if that is given."""
    with closing(sqlite3.connect(path)) as connection:
        wanted = like or columns(path)
        return {
            table: connection.execute(
                f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(names)}"
            ).fetchall()
            for table, names in wanted.items()
        }


def lasting(path: Path) -> dict[str, list[str]]:
    """The columns that no upgrade changes: 0002 hides the addresses and titles of each last page."""
    found = columns(path)
    found["source_state"] = [name for name in found["source_state"] if name not in HIDDEN]
    return found


def columns(path: Path) -> dict[str, list[str]]:
    """The columns of every table but the version's own."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            table: [f'"{found[1]}"' for found in connection.execute(f"PRAGMA table_info({table})")]
            for table in tables
            if table != "alembic_version"
        }
