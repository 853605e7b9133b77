"""``repwatch purge``: erase everything that is kept about a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import load_config, with_app
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from pathlib import Path

    from repwatch.app import App
    from repwatch.jobs.purge import Purge
    from repwatch.store.erasure import Traces


@click.command("purge")
@click.option("--subject", required=True, metavar="ID", help="Whom to forget.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_context
def purge_command(ctx: click.Context, subject: str, yes: bool) -> None:
    """Erase everything that is kept about a subject, from every byte of the database.

    Mentions, edits, rankings, runs, the query log, the texts of watched pages that name it, and the bodies
    of every report that told of it. What such a report had not yet delivered of others is told again. Stop
    'repwatch run' first.
    """
    from repwatch.jobs.purge import backups, demand_owner

    config = load_config(ctx)

    async def work(app: App) -> None:
        demand_owner(app.store)
        purge = app.purge(subject)
        found = await purge.traces()
        if not found.any and not await purge.unfinished():
            raise await unknown(purge)
        announce(purge, found, backups(config.database_path))
        if not yes:
            click.confirm("Erase it?", abort=True)
        await purge.run()

    with_app(config, work)
    click.echo(f"Erased. {config.database_path} was written anew without it.")


def announce(purge: Purge, found: Traces, copies: list[Path]) -> None:
    """Say what will go, and what is beyond our reach."""
    click.echo(f"This goes for good, of {purge.subject}:")
    for line in lines(found):
        click.echo(f"  {line}")
    if found.shared:
        few = count(found.shared, "mention of others names", "mentions of others name")
        click.echo(f"What stays: {few} {purge.subject} too; they belong to those others.")
    if copies:
        click.echo("Backups that still hold it, yours to delete:")
        for copy in copies:
            click.echo(f"  {copy}")
    click.echo("Not in our reach: your own copies, delivered mails, file system snapshots.")
    if purge.configured:
        click.echo(
            f"The configuration still names {purge.subject}: what is on the web is found again at the next\n"
            "check. To stop that, take it off 'subjects:' and 'sources:' first."
        )


def lines(found: Traces) -> list[str]:
    """What there is, in words."""
    reports = count(found.reports, "body of a report", "bodies of reports")
    if found.undelivered:
        reports += f", {found.undelivered} of them not delivered: others are told anew"
    told = (
        (found.mentions, f"{count(found.mentions, 'mention')}, with {count(found.edits, 'edit')}"),
        (
            found.owed,
            count(
                found.owed, "line that a report still had to carry", "lines that a report still had to carry"
            ),
        ),
        (found.reports, reports),
        (found.rankings, count(found.rankings, "ranking")),
        (found.queries, count(found.queries, "logged query", "logged queries")),
        (found.runs, count(found.runs, "run")),
        (found.states, f"what is remembered of {count(found.states, 'source')}"),
        (found.snapshots, count(found.snapshots, "text of a watched page", "texts of watched pages")),
    )
    return [line for number, line in told if number]


async def unknown(purge: Purge) -> RepwatchError:
    """There is nothing about that subject."""
    known = ", ".join(await purge.known())
    return RepwatchError(f"nothing is kept about {purge.subject!r}", f"subjects with data: {known or 'none'}")
