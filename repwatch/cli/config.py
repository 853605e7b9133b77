"""``repwatch config``: check, show or describe the configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import config_path, load_config
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.config.settings import Config


@click.group("config")
def config_command() -> None:
    """Check, show or describe the configuration."""


@config_command.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_context
def check_command(ctx: click.Context, file: Path | None) -> None:
    """Check FILE, or the configuration in use.

    Exits 78 and names every mistake with its place when something is wrong.
    """
    use(ctx, file)
    config = load_config(ctx)
    for warning in overspending(config):
        click.echo(f"repwatch: warning: {warning}", err=True)
    click.echo(
        f"{config.path} is valid: {count(len(config.subjects), 'subject')}, "
        f"{count(len(config.sources), 'source')}, {count(len(config.channels), 'channel')}, "
        f"{count(len(config.reports), 'report')}."
    )


@config_command.command("show")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_context
def show_command(ctx: click.Context, file: Path | None) -> None:
    """Print every value in use, defaults too.

    Secrets are shown as the references they are, never as what they stand for.
    """
    from repwatch.config.export import shown

    use(ctx, file)
    click.echo(shown(load_config(ctx)), nl=False)


@config_command.command("schema")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def schema_command(ctx: click.Context, file: Path | None) -> None:
    """Print the JSON Schema for editors, or write it to FILE."""
    from repwatch.config.export import json_schema
    from repwatch.plugins import all_kinds

    named = ctx.find_root().obj.get("config")
    kinds = all_kinds(config_path(ctx) if named else None)
    text = json.dumps(json_schema(kinds), indent=2, ensure_ascii=False)
    if file is None:
        click.echo(text)
    else:
        file.write_text(f"{text}\n", encoding="utf-8")
        click.echo(f"Wrote {file}.")


def overspending(config: Config) -> list[str]:
    """A warning for each source whose cadence outruns its budget; none while a secret is not at hand."""
    from repwatch.app import all_watched
    from repwatch.jobs.purse import overspent

    if not any(entry.budget for entry in config.sources):
        return []  # nothing to look at, and a source is dear to make
    try:
        return [warning for source in all_watched(config) if (warning := overspent(source))]
    except RepwatchError:
        return []


def use(ctx: click.Context, file: Path | None) -> None:
    """Take FILE for the configuration when one was named."""
    if file is not None:
        ctx.find_root().obj["config"] = str(file)
