"""``repwatch import``: take over what another installation, or an export, has to give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repwatch.cli.import_google_alerts import google_alerts_command
from repwatch.cli.import_opml import opml_command
from repwatch.cli.import_serp import serp_command
from repwatch.cli.setting import load_config, with_app
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.store.database import Tx


@click.group("import")
def imports_command() -> None:
    """Import your Google Alerts, saved result pages, a feed reader's feeds, or what was exported."""


for command in (serp_command, google_alerts_command, opml_command):
    imports_command.add_command(command)


@imports_command.command("subject", short_help="Import everything about a subject from FILE.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--merge", is_flag=True, help="Add to what is kept of this subject already.")
@click.pass_context
def subject_command(ctx: click.Context, file: Path, merge: bool) -> None:
    """Import everything about a subject from FILE, as 'repwatch export' wrote it; all or nothing.

    What its reports told already is not told again.
    """
    from repwatch.jobs.portable import LARGEST, read
    from repwatch.store import portable

    config = load_config(ctx)
    if file.stat().st_size > LARGEST:
        raise RepwatchError(f"{file} is larger than 256 MiB", "this is no export of a subject")
    given = read(file.read_bytes())
    subject = str(given["subject"])

    def write(tx: Tx) -> dict[str, Any]:
        if not merge and portable.is_known(tx, subject):
            raise RepwatchError(
                f"there are mentions of {subject!r} already",
                "add --merge to join both (identity keys decide), or purge them first",
            )
        return portable.restore(tx, given)

    async def work(app: App) -> dict[str, Any]:
        return await app.store.write(write)

    done = with_app(config, work)
    click.echo(f"Imported {subject}: {'; '.join(told(done))}.")
    if subject not in {each.id for each in config.subjects}:
        click.echo(f"The configuration does not name {subject}: add it to 'subjects:' to watch it again.")


def told(done: dict[str, Any]) -> list[str]:
    """How much was new, in words."""
    mentions = count(done["mentions"], "mention")
    if done["known"]:
        mentions += f" ({done['known']} more were known already)"
    nouns = (("rankings", "ranking", ""), ("queries", "logged query", "logged queries"), ("runs", "run", ""))
    return [mentions, *(count(done[noun], one, many) for noun, one, many in nouns if done[noun])]
