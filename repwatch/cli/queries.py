"""``repwatch queries``: which service was sent which name, and when."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import load_config, reader
from repwatch.cli.words import count

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from repwatch.config.duration import Duration
    from repwatch.model import Query


def duration(_ctx: click.Context, _param: click.Parameter, value: str) -> Duration:
    """A length of time; raises BadParameter."""
    from repwatch.config.duration import Duration
    from repwatch.errors import ConfigError

    try:
        return Duration.parse(value)
    except ConfigError as error:
        raise click.BadParameter(str(error)) from error


@click.command("queries")
@click.option("--subject", default="", metavar="ID", help="The names of this subject alone.")
@click.option(
    "--since", default="7d", show_default=True, callback=duration, help="How far back: 12h, 30d, forever."
)
@click.option("--json", "as_json", is_flag=True, help="Print every single one as JSON.")
@click.pass_context
def queries_command(ctx: click.Context, subject: str, since: Duration, *, as_json: bool) -> None:
    """Show which service was sent which name, and when; as often as it really left this machine."""
    from repwatch.store import queries

    config = load_config(ctx)
    start = since.before(datetime.now(UTC))
    found = reader(config).read_now(lambda tx: queries.listed(tx, subject=subject, since=start))
    if as_json:
        click.echo(json.dumps([values(query) for query in found], indent=2, ensure_ascii=False))
    elif found:
        show(found, config.timezone)
    else:
        click.echo("No name was sent to anybody." if start is None else "No name was sent in that time.")


def show(found: Sequence[Query], zone: ZoneInfo) -> None:
    """One line for a day, a service and a name, the newest day first."""
    from rich.console import Console
    from rich.text import Text

    from repwatch.cli.tables import plain_table

    days = Counter(
        (query.at.astimezone(zone).date(), query.host, query.source, query.name) for query in found
    )
    table = plain_table("Day", "Service", "Source", "Name", "Times")
    for (day, *told), times in sorted(days.items(), key=lambda item: (-item[0][0].toordinal(), item[0])):
        table.add_row(f"{day}", *map(Text, told), str(times))
    Console().print(table)
    services = len({query.host for query in found})
    click.echo(f"\n{count(len(found), 'request')} with a name, to {count(services, 'service')}.")


def values(query: Query) -> dict[str, str]:
    """A query as JSON says it."""
    return {
        "at": query.at.isoformat(),
        "subject": query.subject,
        "source": query.source,
        "host": query.host,
        "name": query.name,
    }
