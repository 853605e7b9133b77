"""The tables that several commands print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from repwatch.model import Outcome, Run

STYLES = {
    Outcome.OK: "green",
    Outcome.EMPTY: "green",
    Outcome.PARTIAL: "yellow",
    Outcome.BLOCKED: "red",
    Outcome.UNREACHABLE: "red",
    Outcome.UNREADABLE: "red",
    Outcome.MISCONFIGURED: "red",
}


def print_runs(runs: Sequence[Run], titles: Mapping[str, str]) -> None:
    """What was checked, what is new, what failed and why; failures last, where the eye ends."""
    table = plain_table("Source", "Subject", "Outcome", "Read", "New", "Why")
    for run in sorted(runs, key=lambda run: (run.outcome.failed, run.source, run.subject)):
        new = f"{run.new} (first look)" if run.baseline else str(run.new)
        table.add_row(
            Text(titles.get(run.source, run.source)),
            Text(run.subject or "all"),
            outcome_text(run.outcome),
            str(run.read),
            new,
            Text(run.cause),
        )
    Console().print(table)
    failed = sum(run.outcome.failed for run in runs)
    fresh = sum(run.new for run in runs)
    Console().print(Text(f"{len(runs)} checked, {fresh} new, {failed} could not be read."))


def outcome_text(outcome: Outcome | None) -> Text:
    """An outcome as a word, with a colour besides."""
    return Text(outcome.value, style=STYLES[outcome]) if outcome else Text("not yet", style="dim")


def plain_table(*columns: str) -> Table:
    """A table without boxes, whose cells are never read as markup."""
    table = Table(box=None, pad_edge=False, header_style="bold", highlight=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
