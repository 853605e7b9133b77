"""``repwatch import opml``: the feeds of a feed reader, into the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import config_path, load_config
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.jobs.outline import Entry, Proposal
    from repwatch.model import Finding

LARGEST = 4 * 1024 * 1024  # bytes
SHOWN = 12  # lines of each part: a preview fits on a screen


@click.command("opml", short_help="Add the feeds of a feed reader (OPML) to the configuration.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Write them; without it nothing is changed.")
@click.pass_context
def opml_command(ctx: click.Context, file: Path, yes: bool) -> None:
    """Show which feeds of FILE would be added to the configuration, and add them with --yes.

    Google Alerts and YouTube channels are recognised as such; a feed that is configured stays as it is.
    """
    from repwatch.config.edit import add_sources
    from repwatch.jobs.outline import propose
    from repwatch.plugins import all_kinds

    path = config_path(ctx)
    config, kinds = load_config(ctx), all_kinds(path)
    proposal = propose(feeds(file), config, kinds)
    show(proposal, file)
    if not proposal.new:
        click.echo("There is nothing to add.")
    elif not yes:
        click.echo(f"Nothing is written yet. To add them: repwatch import opml {file} --yes")
    else:
        add_sources(path, proposal.new, kinds)
        click.echo(
            f"Added {count(len(proposal.new), 'source')} to {path}. A first check is a first look.\n"
            "A daemon takes it over when it reads the file again: on SIGHUP, or 'systemctl reload repwatch'."
        )


def feeds(file: Path) -> Sequence[Finding]:
    """The feeds in the file, read in the parser child; raises RepwatchError."""
    from repwatch.model import Page, Request
    from repwatch.parsing.handle import ParserChild
    from repwatch.sources.opml import Opml

    if file.stat().st_size > LARGEST:
        raise RepwatchError(f"{file} is larger than 4 MiB", "this is no list of feeds; or split it")
    page = Page(Request(file.absolute().as_uri()), 200, "", {}, file.read_bytes(), datetime.now(UTC))

    async def read() -> Sequence[Finding]:
        parser = ParserChild()
        try:
            return (await parser.parse(Opml(), page)).findings
        finally:
            await parser.close()

    try:
        return asyncio.run(read())
    except RepwatchError as error:
        raise RepwatchError(f"{file}: {error.cause}", error.next_step) from error


def show(proposal: Proposal, file: Path) -> None:
    """What would be added, what is known, and what cannot be used."""
    total = len(proposal.new) + len(proposal.known) + len(proposal.refused)
    click.echo(f"{file.name} holds {count(total, 'feed')}.\n")
    part(f"{count(len(proposal.new), 'source')} to add:", [fresh(entry) for entry in proposal.new])
    part(f"{count(len(proposal.known), 'feed')} known already:", [named(item) for item in proposal.known])
    refused = [f"{named(item)}: {why}" for item, why in proposal.refused]
    part(f"{count(len(refused), 'feed')} left out:", refused)


def part(head: str, lines: list[str]) -> None:
    """A head with its lines, and how many more there are; nothing without lines."""
    if not lines:
        return
    from repwatch.masking import hide

    click.echo(head)
    for line in lines[:SHOWN]:
        click.echo(f"  {hide(line)}")
    if len(lines) > SHOWN:
        click.echo(f"  and {len(lines) - SHOWN} more")
    click.echo()


def fresh(entry: Entry) -> str:
    """A source to be, on one line."""
    options = [str(value) for key, value in entry.items() if key not in ("kind", "id", "name")]
    return f"{entry['kind']:<14} {' '.join(options)}{said(str(entry.get('name', '')))}"


def named(item: Finding) -> str:
    """A feed of the file, on one line."""
    return f"{item.url}{said(item.title)}"


def said(title: str) -> str:
    """The title in brackets, cut to what a line holds."""
    from repwatch.rules.text import clean

    return f" ({clean(title, 50)})" if title else ""
