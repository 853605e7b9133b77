"""What ``repwatch sources --kinds`` prints: every kind of source, by group."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from repwatch.cli.words import count
from repwatch.plugins import SourcePlugin
from repwatch.sheet import GROUPS, KEYS, Sheet, sheets

UMBRELLA = "'people' stands for the finders that you name, of these:"
ADD = "\n'repwatch source add KIND OPTION=VALUE' adds one; 'repwatch sources --kinds --json' says more."


def show_kinds(plugins: Mapping[str, SourcePlugin], *, as_json: bool) -> None:
    """Every kind: what it reads, whether it needs a key, its options."""
    found = sheets(plugins)
    if as_json:
        click.echo(json.dumps([values(sheet) for sheet in found], indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for group, heading in GROUPS.items():
        members = [sheet for sheet in found if sheet.group == group]
        if members:
            console.print(Text(heading, style="bold"))
            console.print(table(members, max(len(sheet.kind) for sheet in found)))
            console.print()
    finders = ", ".join(sheet.kind for sheet in found if sheet.finder)
    console.print(Text(f"{count(len(found), 'kind')}; an option with * is required. Beside them, {UMBRELLA}"))
    console.print(Padding(Text(f"{finders}."), (0, 0, 0, 2)))
    console.print(Text(ADD))


def table(members: Sequence[Sheet], width: int) -> Table:
    """A name beside what it reads, with its options below that."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width + 2, no_wrap=True)
    grid.add_column(overflow="fold")
    for sheet in members:
        options = ", ".join(f"{option.name}*" if option.required else option.name for option in sheet.options)
        told = " ".join(filter(None, (f"{sheet.short}.", KEYS[sheet.key])))
        grid.add_row(Text(f"  {sheet.kind}", style="cyan"), Text(told))
        grid.add_row("", Text(options or "no options", style="dim"))
    return grid


def values(sheet: Sheet) -> dict[str, object]:
    """A kind as JSON says it."""
    return asdict(sheet)
