"""``repwatch check``: one round now."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from repwatch.cli.exits import INCOMPLETE, OK
from repwatch.cli.look import show_look
from repwatch.cli.setting import load_config, with_app

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.model import Pair, Run


@click.command("check")
@click.argument("subject", required=False, default="")
@click.option("--source", metavar="ID", default="", help="Check this source alone.")
@click.option("--dry-run", is_flag=True, help="Show what would be found; keep and mail nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as JSON.")
@click.pass_context
def check_command(ctx: click.Context, subject: str, source: str, dry_run: bool, as_json: bool) -> None:
    """Check every source now, or those of SUBJECT; store what is new and send what cannot wait.

    Exits 0 when every source answered in full, 3 when some could not be read (the rest is stored).
    """
    config = load_config(ctx, secrets=not dry_run)

    async def work(app: App) -> bool:
        pairs = app.pairs(subject=subject, source=source)
        if dry_run:
            return show_look(await app.check.look(pairs), app.titles, as_json=as_json)
        runs = await checked(app, pairs, quiet=as_json)
        await app.send_instants()
        show_runs(app, runs, as_json=as_json)
        return all(run.outcome.whole for run in runs)

    sys.exit(OK if with_app(config, work) else INCOMPLETE)


async def checked(app: App, pairs: list[Pair], *, quiet: bool) -> list[Run]:
    """Check ``pairs`` behind a progress bar on stderr (none when that is no terminal)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("checking", total=len(pairs))
        return await app.check.run(pairs, lambda run: bar.update(task, advance=1, description=run.source))


def show_runs(app: App, runs: list[Run], *, as_json: bool) -> None:
    """The runs as a table, or as JSON."""
    if as_json:
        click.echo(json.dumps([run_values(run) for run in runs], indent=2, ensure_ascii=False))
        return
    from repwatch.cli.tables import print_runs

    print_runs(runs, app.titles)


def run_values(run: Run) -> dict[str, object]:
    """A run as JSON says it."""
    return {
        "source": run.source,
        "subject": run.subject or None,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat(),
        "outcome": run.outcome,
        "cause": run.cause or None,
        "read": run.read,
        "new": run.new,
        "changed": run.changed,
        "baseline": run.baseline,
    }
