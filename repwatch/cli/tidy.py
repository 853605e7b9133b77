"""``repwatch tidy``: prune what is past its retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import load_config, with_app
from repwatch.cli.words import count

if TYPE_CHECKING:
    from repwatch.app import App

NOUNS = {
    "runs": "run",
    "queries": "logged query",
    "reports": "report body",
    "rankings": "ranking",
    "snapshots": "page text",
    "mentions": "mention's words",
}
MANY = {"queries": "logged queries", "reports": "report bodies", "mentions": "mentions' words"}


@click.command("tidy")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.pass_context
def tidy_command(ctx: click.Context, dry_run: bool) -> None:
    """Prune now what is past its 'retention:'; 'repwatch run' does it once a day.

    The last run of each source, the identity of every mention, each Message-ID, and whatever is still
    owed or waits to be sent always stay.
    """

    async def work(app: App) -> dict[str, int]:
        return await (app.tidy.would() if dry_run else app.tidy.run())

    done = with_app(load_config(ctx), work)
    told = [count(number, NOUNS[noun], MANY.get(noun, "")) for noun, number in done.items() if number]
    if told:
        click.echo(f"{'Would prune' if dry_run else 'Pruned'} {', '.join(told)}.")
    else:
        click.echo("Nothing is past its retention.")
