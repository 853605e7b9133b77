"""``repwatch health``: one line on whether the running daemon gets its work done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import click

from repwatch.cli.exits import FAILED
from repwatch.cli.setting import load_config
from repwatch.cli.words import count
from repwatch.errors import RepwatchError


@click.command("health")
@click.option("--json", "as_json", is_flag=True, help="Print all that the daemon tells.")
@click.pass_context
def health_command(ctx: click.Context, as_json: bool) -> None:
    """Ask the daemon of this configuration how far it has come; 1 when it is late, stuck or away."""
    from repwatch.service.progress import Health
    from repwatch.service.question import ask, mark

    config = load_config(ctx)
    if config.health is None:
        raise RepwatchError("this configuration turns the health endpoint off", "remove its `health:`")
    told = ask(config.health.host, config.health.port, mark(config.database_path))
    click.echo(json.dumps(told, indent=2) if as_json else line(told))
    if told.get("state") not in [state for state in Health if state.well]:
        ctx.exit(FAILED)


def line(told: Mapping[str, object]) -> str:
    """The state, why, and what the daemon is at."""
    cause = f": {told['cause']}" if told.get("cause") else ""
    numbers = {name: told.get(name, 0) for name in ("sources", "failing", "paused", "pending", "parked")}
    watched = count(int(str(numbers.pop("sources"))), "source")
    rest = "".join(f", {number} {name}" for name, number in numbers.items() if number)
    return f"{told.get('state')}{cause}; {watched}{rest}; last check {moment(told.get('last_done'))}"


def moment(told: object) -> str:
    """A time as people read it."""
    return f"{datetime.fromisoformat(str(told)):%Y-%m-%d %H:%M} UTC" if told else "not yet"
