"""``repwatch source``: add, remove, pause or resume a source; its recordings are in ``recording``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from repwatch.cli.recording import record_command, replay_command
from repwatch.cli.setting import config_path, load_config, with_app

if TYPE_CHECKING:
    from repwatch.app import App


EXAMPLE = "\b\nFor example:\n  repwatch source add feed url=https://blog.example.org/feed every=1h"


@click.group("source")
def source_command() -> None:
    """Add, remove, pause or resume a source; record its answers and replay them."""


source_command.add_command(record_command)
source_command.add_command(replay_command)


@source_command.command("add", epilog=EXAMPLE)
@click.argument("kind")
@click.argument("options", nargs=-1, metavar="[KEY=VALUE]...")
@click.pass_context
def add_command(ctx: click.Context, kind: str, options: tuple[str, ...]) -> None:
    """Add a source of KIND to the configuration.

    Comments and the rest of the file stay as they are.
    """
    from repwatch.config.edit import add_source
    from repwatch.plugins import all_kinds

    wanted = {"kind": kind, **dict(map(pair, options))}
    path = config_path(ctx)
    before = {entry.id for entry in load_config(ctx).sources}
    config = add_source(path, wanted, all_kinds(path))
    added = ", ".join(entry.id for entry in config.sources if entry.id not in before)
    click.echo(
        f"Added {added} to {path}. Its first check is a first look: 'repwatch check --source {added}'.\n"
        "A daemon takes it over when it reads the file again: on SIGHUP, or 'systemctl reload repwatch'."
    )


@source_command.command("remove")
@click.argument("source")
@click.pass_context
def remove_command(ctx: click.Context, source: str) -> None:
    """Remove SOURCE from the configuration; the mentions it found stay."""
    from repwatch.config.edit import remove_source
    from repwatch.plugins import all_kinds

    path = config_path(ctx)
    remove_source(path, source, all_kinds(path))
    click.echo(f"Removed {source} from {path}; what it found stays in the database.")


@source_command.command("pause")
@click.argument("source")
@click.option("--why", default="paused by the owner", help="What status and reports say about it.")
@click.pass_context
def pause_command(ctx: click.Context, source: str, why: str) -> None:
    """Do not check SOURCE on schedule until it is resumed."""
    set_paused(ctx, source, why)
    click.echo(f"{source} is paused; 'repwatch source resume {source}' lets it run again.")


@source_command.command("resume")
@click.argument("source")
@click.pass_context
def resume_command(ctx: click.Context, source: str) -> None:
    """Check SOURCE on schedule again, at once for the first time."""
    set_paused(ctx, source, "")
    click.echo(f"{source} runs again; its next check is due now.")


def set_paused(ctx: click.Context, source: str, why: str) -> None:
    """Write it down for every pair of the source; raises RepwatchError for an unknown source."""
    from repwatch.store import sources

    async def work(app: App) -> None:
        pairs = app.pairs(source=source)
        await app.store.write(lambda tx: sources.set_paused(tx, pairs, why))

    with_app(load_config(ctx), work)


def pair(option: str) -> tuple[str, str | bool | list[str]]:
    """KEY=VALUE, where a value may be a [list] or true/false; raises UsageError."""
    key, sign, value = option.partition("=")
    if not sign or not key:
        raise click.UsageError(f"{option!r} is not KEY=VALUE, as in every=1h")
    if value.startswith("[") and value.endswith("]"):
        return key, [item.strip() for item in value[1:-1].split(",") if item.strip()]
    return key, {"true": True, "false": False}.get(value, value)
