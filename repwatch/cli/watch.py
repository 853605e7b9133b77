"""``repwatch watch``: look a name up once, without any configuration."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli import answers as checks
from repwatch.cli.exits import INCOMPLETE, OK
from repwatch.cli.setting import keep, with_app
from repwatch.model import Relation

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.config.settings import Config
    from repwatch.plugins import SourcePlugin


def checked_contact(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """The contact, when it is one; raises BadParameter."""
    if value is not None:
        try:
            checks.contact(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


@click.command("watch")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option(
    "--relation",
    type=click.Choice([relation.value for relation in Relation]),
    help="Why you may watch this name.",
)
@click.option(
    "--contact",
    metavar="ADDRESS",
    callback=checked_contact,
    help="Your e-mail or web address, told to the services.",
)
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Of the report."
)
def watch_command(name: str, yes: bool, relation: str | None, contact: str | None, language: str) -> None:
    """Ask public services about NAME once, and write a report.

    No configuration is needed; what is found is kept, so that a second look shows what is new. Exits 3
    when some service could not be read.
    """
    from repwatch.plugins import source_plugins

    services = {key: kind for key, kind in source_plugins().items() if kind.keyless}
    announce(name, services)
    relation = relation or ask_relation(interactive=not yes)
    contact = contact or ask_contact(interactive=not yes)
    if not yes:
        click.confirm("Ask them now?", abort=True)
    folder = home(name)
    config = configured(folder, name, relation, contact, language, list(services))
    sys.exit(with_app(config, lambda app: look(app, folder)))


def announce(name: str, services: Mapping[str, SourcePlugin]) -> None:
    """Say who will see the name, before anything is sent."""
    click.echo(f"These public services will see the name “{name}” once, from your address:\n")
    table = click.HelpFormatter(width=78)
    with table.indentation():
        table.write_dl([(kind.title, kind.about) for kind in services.values()])
    click.echo(table.getvalue())


def ask_relation(*, interactive: bool) -> str:
    """Why the owner may watch; raises UsageError when nobody can be asked."""
    if not interactive:
        raise click.UsageError("--yes needs --relation self, consenting or own_organisation")
    choices = click.Choice([relation.value for relation in Relation])
    return str(click.prompt("Whose name is this?", type=choices, default=Relation.SELF.value))


def ask_contact(*, interactive: bool) -> str:
    """Where the services can reach the owner; raises UsageError when nobody can be asked."""
    if not interactive:
        raise click.UsageError("--yes needs --contact, an address like me@example.org")
    return checks.asked("Your e-mail or web address (it goes into the User-Agent)", checks.contact)


def home(name: str) -> Path:
    """Where the database and the reports of this name live."""
    from repwatch.config.places import data_folder
    from repwatch.rules.text import fold

    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60] or "name"
    return data_folder(os.environ) / "watch" / slug


def configured(  # noqa: PLR0917 - the answers of the questions above
    folder: Path, name: str, relation: str, contact: str, language: str, services: list[str]
) -> Config:
    """The configuration of one look, checked like any other."""
    import yaml

    from repwatch.config.load import check
    from repwatch.plugins import all_kinds

    text = yaml.safe_dump(
        {
            "language": language,
            "contact": contact,
            "database": "sqlite:///watch.db",
            "subjects": [{"id": "subject", "name": name, "relation": relation}],
            "sources": [{"kind": kind} for kind in services],
        },
        allow_unicode=True,
        sort_keys=False,
    )
    return check(text, folder / "repwatch.yaml", all_kinds())


async def look(app: App, folder: Path) -> int:
    """Ask every service once, show how it went, and write the report; returns the exit status."""
    from repwatch.cli.check import checked
    from repwatch.cli.tables import print_runs

    runs = await checked(app, app.pairs(), quiet=False)
    print_runs(runs, app.titles)
    draft = await app.digest.draft(app.route())
    await app.digest.freeze(draft)  # so that a second look shows what is new since this one
    path = folder / f"report-{app.clock.now():%Y-%m-%d-%H%M%S}.html"
    keep(path, app.saved(draft, ".html"))
    click.echo(f"\nThe report is {path}")
    click.echo("To be told of what is new by mail: repwatch init")
    return OK if all(run.outcome.whole for run in runs) else INCOMPLETE
