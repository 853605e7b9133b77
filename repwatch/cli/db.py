"""``repwatch db``: back up, restore, upgrade or check the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import load_config
from repwatch.errors import RepwatchError, StoreError

if TYPE_CHECKING:
    from repwatch.store.restoring import Restored

MEGABYTE = 1_000_000


@click.group("db")
def db_command() -> None:
    """Back up, restore, upgrade or check the database; all of it works beside a running daemon."""


@db_command.command("backup", short_help="Keep a checked copy of the database in FILE.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.pass_context
def backup_command(ctx: click.Context, file: Path, force: bool) -> None:
    """Keep a checked copy of the database in FILE, which you alone may read."""
    from repwatch.store.copying import copy

    path = present(ctx)
    demand_free(file, path, force=force)
    known(path)
    copy(path, file)
    click.echo(f"{file}: a checked copy of {path} ({size(file)})")


@db_command.command("restore", short_help="Go back to the content of FILE.")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def restore_command(ctx: click.Context, file: Path) -> None:
    """Go back to the content of FILE; what is there now is kept beside the database.

    A running daemon goes on with what was restored.
    """
    from repwatch.store.restoring import restore

    path = load_config(ctx).database_path
    for line in told(restore(file, path, datetime.now(UTC)), file, path):
        click.echo(line)


@db_command.command("upgrade", short_help="Bring the tables to this program's version.")
@click.pass_context
def upgrade_command(ctx: click.Context) -> None:
    """Bring the tables to this program's version, as every start does; a copy is kept first."""
    from repwatch.store import backups, upgrade
    from repwatch.store.database import Store

    path = present(ctx)
    before = known(path)

    async def work() -> None:
        store = Store(path)
        await store.open()
        await store.close()

    asyncio.run(work())
    if before == upgrade.HEAD:
        click.echo(f"{path}: up to date (version {before})")
        return
    kept = backups.before_migration(path, upgrade.HEAD)
    click.echo(f"{path}: upgraded from version {before} to {upgrade.HEAD}; a copy from before is {kept}")


@db_command.command("check", short_help="Read it all and say whether it is sound.")
@click.pass_context
def check_command(ctx: click.Context) -> None:
    """Read the whole database and say whether it is sound: 0 if it is, else 78."""
    from repwatch.store.soundness import demand_sound

    path = present(ctx)
    version = known(path)
    demand_sound(path)
    log_file = path.with_name(path.name + "-wal")
    click.echo(f"{path}: sound, version {version}, {size(path)}, write-ahead log {size(log_file)}")


def present(ctx: click.Context) -> Path:
    """Where the database is; raises StoreError when there is none."""
    path = load_config(ctx).database_path
    if not path.exists():
        raise StoreError(f"{path}: no database there yet", "run 'repwatch check' once to make it")
    return path


def known(path: Path) -> str:
    """The version of the database; raises StoreError when this program does not know it."""
    from repwatch.store.causes import named_errors
    from repwatch.store.database import reader_engine
    from repwatch.store.upgrade import refuse_unknown

    with named_errors(path):
        return refuse_unknown(reader_engine(path))


def demand_free(file: Path, path: Path, *, force: bool) -> None:
    """Raise RepwatchError rather than write over what is there."""
    from repwatch.store.backups import own_files

    if file.resolve() in [each.resolve() for each in own_files(path)]:
        raise RepwatchError(f"{file} belongs to the database itself", "name another file")
    if file.exists() and not force:
        raise RepwatchError(f"{file} is there already", "name another file, or say --force")


def told(done: Restored, file: Path, path: Path) -> list[str]:
    """What a restore did, for people."""
    lines = [f"{path}: restored from {file} (version {done.found})"]
    if done.kept:
        what = "the damaged database was moved to" if done.damaged else "what was there is kept in"
        lines.append(f"{what} {done.kept}")
    if done.daemon:
        lines.append(f"the running {done.daemon.role or 'process'} goes on with what was restored")
    return lines


def size(path: Path) -> str:
    """How large a file is; nothing, when it is not there."""
    return f"{(path.stat().st_size if path.exists() else 0) / MEGABYTE:.1f} MB"
