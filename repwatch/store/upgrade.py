"""Brings the tables to this program's version; Alembic is loaded only when there is work for it."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import Engine, inspect, text

from repwatch.errors import StoreError
from repwatch.store import backups, copying
from repwatch.store.owner import COMMAND, Owner

log = logging.getLogger(__name__)

HEAD = "0003"  # the newest revision in migrations/versions; a test compares them
OURS = {"alembic_version", "source_state"}  # other programs use Alembic too


def keep_the_way_back(path: Path, found: str, other: Owner | None) -> None:
    """Copy the database before its tables change; those that a daemon uses are not changed under it.

    Raises StoreError, with nothing changed, when there is a daemon or no room for a copy.
    """
    if other and other.role != COMMAND:
        raise StoreError(
            f"{path}: the database is of version {found}, and a daemon uses it",
            "restart the daemon, which upgrades the database",
        )
    kept = backups.before_migration(path, HEAD)
    copying.copy(path, kept)
    log.info("the database is upgraded from version %s to %s; a copy is %s", found, HEAD, kept)


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction."""
    if revision(engine) == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - 0.2 s that a start without migrations need not pay
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", "repwatch.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def refuse_unknown(engine: Engine) -> str:
    """The revision of the file; raises StoreError when it is a stranger's or newer than this program."""
    found = revision(engine)
    if found > HEAD:
        raise StoreError(
            f"{name(engine)}: the database is of version {found}, this program knows {HEAD}",
            "install the newer repwatch again, or restore a backup",
        )
    return found


def demand_current(engine: Engine) -> None:
    """Raises StoreError when a reader cannot understand the tables."""
    found = refuse_unknown(engine)
    if not found:
        raise StoreError(
            f"{name(engine)}: the database is still empty", "run 'repwatch check' once to fill it"
        )
    if found != HEAD:
        cause = f"{name(engine)}: the database is of an older version"
        raise StoreError(cause, "run 'repwatch check' once to upgrade it")


def revision(engine: Engine) -> str:
    """The revision the file is at, or "" for an empty one; raises StoreError for a stranger's file."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return ""
        if not tables >= OURS:
            raise stranger(engine)
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if not found:
            raise stranger(engine)
        return str(found)


def stranger(engine: Engine) -> StoreError:
    """The file is somebody else's."""
    return StoreError(
        f"{name(engine)}: the file is the database of another program",
        "set 'database:' to a file of its own",
    )


def name(engine: Engine) -> str:
    """The file, as people write it; a reader knows it as an address."""
    return unquote(str(engine.url.database).removeprefix("file://"))
