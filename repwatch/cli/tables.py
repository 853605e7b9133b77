"""The tables that several commands print: short columns, and the long causes below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from repwatch.cli.words import count
from repwatch.model import Outcome, Run

MOST = 60  # rows: more are not read, and laying out a thousand costs more than many checks

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
    """What was checked, what is new, what failed and why; failures last, where the eye ends.

    Of more than MOST runs only the most telling have a row; the others are counted.
    """
    ordered = sorted(telling(runs), key=lambda run: (run.outcome.failed, run.source, run.subject))
    table = plain_table("Source", "Subject", "Outcome", "Read", "New")
    for run in ordered:
        new = f"{run.new} at first look" if run.baseline else fresh(run)
        read = "as before" if run.unchanged else str(run.read)  # the same bytes are not read again
        title = Text(titles.get(run.source, run.source))
        table.add_row(title, Text(run.subject or "all"), outcome_text(run.outcome), read, new)
    console = Console()
    console.print(table)
    if more := len(runs) - len(ordered):
        console.print(Text(f"and {more} more (--json lists all)"))
    print_causes(console, [(titles.get(run.source, run.source), run.cause) for run in ordered])
    console.print()
    console.print(Text(summary(runs)))


def fresh(run: Run) -> str:
    """What a run brought that was not known as it is."""
    return f"{run.new}, {run.changed} changed" if run.changed else str(run.new)


def telling(runs: Sequence[Run]) -> Sequence[Run]:
    """The runs that deserve a row: those that failed, then those that brought most."""
    if len(runs) <= MOST:
        return runs
    return sorted(runs, key=lambda run: (run.outcome.whole, -run.new - run.changed))[:MOST]


def summary(runs: Iterable[Run]) -> str:
    """All the runs in one sentence."""
    runs = list(runs)
    parts = [f"{sum(run.new for run in runs if not run.baseline)} new"]
    if first := sum(run.new for run in runs if run.baseline):
        parts.append(f"{first} at first look")
    if changed := sum(run.changed for run in runs if not run.baseline):
        parts.append(f"{changed} changed")
    if partial := sum(run.outcome is Outcome.PARTIAL for run in runs):
        parts.append(f"{partial} answered in part")
    parts.append(f"{sum(run.outcome.failed for run in runs)} could not be read")
    return f"{count(len(runs), 'check')}: {', '.join(parts)}."


def print_causes(console: Console, causes: Iterable[tuple[str, str]]) -> None:
    """Why, below the table and once for all whom it concerns; (title, cause), none where empty."""
    concerned: dict[str, dict[str, None]] = {}
    for title, cause in causes:
        if cause:
            concerned.setdefault(cause, {})[title] = None
    if concerned:
        console.print()
    for cause, titles in concerned.items():
        console.print(Text(f"{', '.join(titles)}:"))
        console.print(Padding(Text(cause), (0, 0, 0, 2), expand=False))


def outcome_text(outcome: Outcome | None) -> Text:
    """An outcome as a word, with a colour besides."""
    return Text(outcome.value, style=STYLES[outcome]) if outcome else Text("not yet", style="dim")


def plain_table(*columns: str) -> Table:
    """A table without boxes, whose cells are never read as markup when they are given as Text."""
    table = Table(box=None, pad_edge=False, header_style="bold", highlight=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
