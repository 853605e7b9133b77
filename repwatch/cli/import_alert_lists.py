"""Shows what would become of the alerts of an account, and writes the sources that they become."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.import_refusals import EXPECTED, READ_ERRORS, told_refused
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.config.settings import Config
    from repwatch.jobs.alert_sources import Plan
    from repwatch.sources.alert_subscriptions import Subscription

LARGEST = 32 * 1024 * 1024  # bytes of a list of alerts
PAGE = "https://www.google.com/alerts"


def import_lists(config: Config, path: Path, files: Sequence[Path], *, write: bool) -> int:
    """Show what would become of the alerts in these files, or write it; how many could not be read."""
    from repwatch.jobs.alert_sources import plan
    from repwatch.sources import alert_subscriptions

    found: list[Subscription] = []
    refused = 0
    for file in files:
        try:
            if file.stat().st_size > LARGEST:
                raise RepwatchError("it is larger than 32 MiB", EXPECTED)
            found += alert_subscriptions.read(file.read_bytes())
        except READ_ERRORS as error:
            refused += told_refused(file, error)
    if found:
        planned = plan(tuple(dict.fromkeys(found)), config)
        show(planned)
        settle(planned, path, write=write)
        advise(planned)
    return refused


def show(plan: Plan) -> None:
    """One line an alert: what it asks for, and what becomes of it."""
    click.echo(f"{count(len(plan.lines), 'alert')}:")
    width = min(40, max(len(line.query) for line in plan.lines))
    for line in plan.lines:
        click.echo(f"  {line.query:<{width}}  {line.fate}")


def settle(plan: Plan, path: Path, *, write: bool) -> None:
    """Write the new sources, or show them."""
    import yaml

    from repwatch.config.edit import add_sources
    from repwatch.plugins import all_kinds

    if not plan.entries:
        click.echo("\nThere is no source to add.")
        return
    sources = count(len(plan.entries), "source")
    if write:
        add_sources(path, plan.entries, all_kinds(path))
        click.echo(f"\nAdded {sources} to {path}. The first check of each is a first look: 'repwatch check'.")
        click.echo("A daemon takes them over when it reads the file again: on SIGHUP.")
        return
    click.echo(f"\nTo be added to {path}:")
    for entry in plan.entries:
        line = yaml.safe_dump(
            entry, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
        )
        click.echo(f"  - {line.strip()}")
    click.echo(f"\nNothing is written yet: give the same command with --yes to add {sources}.")


def advise(plan: Plan) -> None:
    """What to do about alerts that come by mail, and feeds whose address is not known."""
    if plan.unaddressed:
        click.echo(
            f"\nThe export does not hold the addresses of feeds: open {PAGE}, save the page as HTML\n"
            "(Ctrl+S), and import that file."
        )
    if plan.by_mail:
        click.echo(
            f"\nAlerts that come by e-mail: on {PAGE} click the pencil of the alert,\n"
            "'Show options', 'Deliver to: RSS feed', 'Update alert'; then save the page and import it.\n"
            "Or have the mails read:\n"
            f"  repwatch source add mailbox {plan.mailbox} password=env:MAIL_PASSWORD"
        )
