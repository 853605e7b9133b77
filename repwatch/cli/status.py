"""``repwatch status``: how each source and delivery stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from repwatch.cli.setting import load_config, reader
from repwatch.model import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from repwatch.config.budget import Budget
    from repwatch.config.settings import Config
    from repwatch.model import Delivery, Pair, SourceState


@click.command("status")
@click.option("--json", "wants_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def status_command(ctx: click.Context, wants_json: bool) -> None:
    """Show each source's last outcome and next check, and every delivery that is not done."""
    from repwatch.store import budgets, outbox, sources

    config = load_config(ctx)
    store = reader(config)
    configured = {entry.id for entry in (*config.sources, *config.disabled)}
    states = {
        pair: state
        for pair, state in store.read_now(sources.states).items()
        if pair.source in configured or state.kind == BY_HAND
    }
    deliveries = store.read_now(outbox.open_ones)
    now = datetime.now(UTC)
    spent = {
        entry.id: Spending(entry.budget, store.read_now(partial(budgets.used, source=entry.id, since=since)))
        for entry in config.sources
        if entry.budget
        for since in [entry.budget.since(now, config.timezone)]
    }
    if wants_json:
        click.echo(json.dumps(values(config, states, deliveries, spent), indent=2, ensure_ascii=False))
        return
    show(config, states, deliveries, spent)


class Spending(NamedTuple):
    """A source's budget, and how much of it is used in the period of now."""

    budget: Budget
    used: int

    def __str__(self) -> str:
        return f"{self.used} of {self.budget.words}"


def values(
    config: Config,
    states: dict[Pair, SourceState],
    deliveries: list[Delivery],
    spent: Mapping[str, Spending],
) -> dict[str, object]:
    """Everything as JSON says it; ``usual_gap`` is in seconds, ``pace`` a share of the cadence.

    A source's subjects share its budget.
    """
    return {
        "config": str(config.path),
        "database": str(config.database_path),
        "sources": [source_values(state, spent.get(state.pair.source)) for state in states.values()],
        "deliveries": [delivery_values(delivery) for delivery in deliveries],
    }


def source_values(state: SourceState, spending: Spending | None) -> dict[str, object]:
    """A source, for one of its subjects, as JSON says it."""
    from repwatch.rules.rhythm import usual

    return {
        "source": state.pair.source,
        "subject": state.pair.subject or None,
        "outcome": state.outcome,
        "cause": state.cause or None,
        "last_run": iso(state.last_run),
        "last_answer": iso(state.last_answer),
        "failures": state.failures,
        "failing_since": iso(state.failing_since),
        "next_due": iso(state.next_due),
        "paused": state.paused or None,
        "moved_to": state.moved_to or None,
        "pace": state.pace,
        "last_new": iso(state.last_new),
        "usual_gap": usual(state.rhythm),
        "quiet": state.quiet_told,
        "canary": state.canary,
        "canary_at": iso(state.canary_at),
        "budget": as_json(spending),
    }


def delivery_values(delivery: Delivery) -> dict[str, object]:
    """A delivery as JSON says it."""
    return {
        "state": delivery.state,
        "recipient": delivery.recipient,
        "subject": delivery.message.subject,
        "message_id": delivery.message.message_id,
        "attempts": delivery.attempts,
        "next_try": iso(delivery.next_try),
        "cause": delivery.cause or None,
    }


def as_json(spending: Spending | None) -> dict[str, object] | None:
    """A budget as JSON says it."""
    if spending is None:
        return None
    return {"used": spending.used, "limit": spending.budget.limit, "period": spending.budget.period}


def show(
    config: Config,
    states: dict[Pair, SourceState],
    deliveries: list[Delivery],
    spent: Mapping[str, Spending],
) -> None:
    """Everything as tables, the causes below them."""
    from rich.console import Console

    now = datetime.now(UTC)
    console = Console()
    show_sources(console, config, states, now)
    show_budgets(console, spent)
    console.print()
    if deliveries:
        show_deliveries(console, deliveries, now)
    else:
        console.print("No delivery is waiting.")


def show_sources(console: Console, config: Config, states: dict[Pair, SourceState], now: datetime) -> None:
    """One line a source and subject, by the id that the other commands take."""
    from rich.text import Text

    from repwatch.cli.tables import outcome_text, plain_table, print_causes

    table = plain_table("Source", "Subject", "Last outcome", "Last check", "Next")
    ordered = sorted(states.values(), key=lambda state: (state.pair.source, state.pair.subject))
    for state in ordered:
        table.add_row(
            Text(state.pair.source),
            Text(state.pair.subject or "all"),
            outcome_text(state.outcome),
            ago(state.last_run, now),
            Text(following(state, now)),
        )
    for entry in waiting(config, states):
        table.add_row(Text(entry), Text(""), outcome_text(None), "never", "now")
    console.print(table)
    print_causes(console, [(state.pair.source, said) for state in ordered for said in remarks(state, now)])


def remarks(state: SourceState, now: datetime) -> Iterator[str]:
    """What there is to say of a source beside its outcome."""
    yield state.paused or state.cause
    if state.quiet_told and state.last_new:
        yield f"unusually quiet: its last news came {ago(state.last_new, now)}"
    if state.pace < 1:
        yield f"asked {1 / state.pace:.1f} times as often as configured, since its window ran over"


def following(state: SourceState, now: datetime) -> str:
    """When it is checked next, in words."""
    if state.kind == BY_HAND:
        return "by hand"
    return "paused" if state.paused else ahead(state.next_due, now)


def show_budgets(console: Console, spent: Mapping[str, Spending]) -> None:
    """One line a source that has a budget."""
    from rich.text import Text

    from repwatch.cli.tables import plain_table

    if spent:
        table = plain_table("Budget", "Used")
        for source, spending in sorted(spent.items()):
            table.add_row(Text(source), Text(str(spending)))
        console.print()
        console.print(table)


def waiting(config: Config, states: dict[Pair, SourceState]) -> list[str]:
    """The configured sources that were never checked."""
    known = {pair.source for pair in states}
    return [entry.id for entry in config.sources if entry.id not in known]


def show_deliveries(console: Console, deliveries: list[Delivery], now: datetime) -> None:
    """One line a report that is still owed to somebody."""
    from rich.text import Text

    from repwatch.cli.tables import plain_table, print_causes
    from repwatch.model import DeliveryState

    table = plain_table("Delivery", "To", "Tries", "Next try")
    for delivery in deliveries:
        parked = delivery.state is DeliveryState.PARKED
        following = "none" if parked else ahead(delivery.next_try, now)
        row = (delivery.state, delivery.recipient, str(delivery.attempts), following)
        table.add_row(*map(Text, row))
    console.print(table)
    print_causes(console, [(delivery.recipient, delivery.cause) for delivery in deliveries])
    if any(delivery.state is DeliveryState.PARKED for delivery in deliveries):
        console.print()
        console.print("What is parked waits for you: mend the cause, then 'repwatch report --send'.")


def iso(at: datetime | None) -> str | None:
    """A time as JSON says it."""
    return at.isoformat() if at else None


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in words."""
    return f"{span((now - at).total_seconds())} ago" if at else "never"


def ahead(at: datetime | None, now: datetime) -> str:
    """How far ahead, in words."""
    if at is None or at <= now:
        return "now"
    return f"in {span((at - now).total_seconds())}"


def span(seconds: float) -> str:
    """A duration in its largest unit."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(max(seconds, 0))} s"
