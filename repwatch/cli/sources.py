"""``repwatch sources``: how each source does, and what it is good for; the kinds there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import config_path, load_config, reader
from repwatch.cli.words import count

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from repwatch.config.settings import Config, SourceEntry
    from repwatch.model import Pair, SourceState
    from repwatch.plugins import SourcePlugin
    from repwatch.store.shares import Share


@click.command("sources")
@click.option("--kinds", is_flag=True, help="List the kinds of sources that there are, with their options.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def sources_command(ctx: click.Context, *, kinds: bool, as_json: bool) -> None:
    """Show how each source does, and what only it saw.

    With --kinds, what else could be asked: every kind of source with its options.
    """
    if kinds:
        from repwatch.cli.kinds import show_kinds

        show_kinds(plugins(ctx), as_json=as_json)
        return
    from repwatch.store import shares, sources

    config = load_config(ctx)
    store = reader(config)
    states = store.read_now(sources.states)
    found = store.read_now(shares.shares)
    rows = list(lines(config, states))
    if as_json:
        click.echo(json.dumps(values(rows, found), indent=2, ensure_ascii=False))
    else:
        show(config, rows, found)


def plugins(ctx: click.Context) -> Mapping[str, SourcePlugin]:
    """Every kind, those of the configuration's own folder too where there is a configuration."""
    from repwatch.config.load import catalog
    from repwatch.errors import ConfigError
    from repwatch.plugins import source_plugins

    try:
        path = config_path(ctx)
    except ConfigError:
        return source_plugins()
    return source_plugins(catalog(path))


@dataclass(frozen=True, slots=True)
class Line:
    """A configured source, for one subject or for all (""), with what is remembered of it."""

    entry: SourceEntry
    subject: str
    state: SourceState


def lines(config: Config, states: Mapping[Pair, SourceState]) -> Iterator[Line]:
    """Every configured source in the order of the file, the disabled ones last."""
    from repwatch.model import Pair, SourceState

    for entry in (*config.sources, *config.disabled):
        known = sorted(
            subject for source, subject in ((p.source, p.subject) for p in states) if source == entry.id
        )
        for subject in known or [""]:
            pair = Pair(entry.id, subject)
            yield Line(entry, subject, states.get(pair, SourceState(pair)))


def show(config: Config, rows: Sequence[Line], found: Sequence[Share]) -> None:
    """How they stand, then what each was good for."""
    from rich.console import Console

    from repwatch.cli.tables import print_causes

    console = Console()
    show_states(console, rows)
    print_causes(console, [(row.entry.id, row.state.paused or row.state.cause) for row in rows])
    console.print()
    if found:
        show_shares(console, config, found)
    else:
        console.print("No source has seen a mention yet.")


def show_states(console: Console, rows: Sequence[Line]) -> None:
    """One line a source, and a subject where its requests name one of several."""
    from rich.text import Text

    from repwatch.cli.status import ago, ahead
    from repwatch.cli.tables import plain_table

    now = datetime.now(UTC)
    several = len({row.subject for row in rows if row.subject}) > 1
    table = plain_table("Source", *["Subject"] * several, "State", "Last success", "Usually new", "Next look")
    for row in rows:
        waits = row.state.paused or not row.entry.enabled
        table.add_row(
            Text(row.entry.id),
            *[Text(row.subject or "all")] * several,
            state_text(row),
            ago(row.state.last_answer, now),
            rhythm(row.state),
            "none" if waits else ahead(row.state.next_due, now),
        )
    console.print(table)


def state_text(row: Line) -> Text:
    """The outcome of its last check, unless it is not checked at all."""
    from rich.text import Text

    from repwatch.cli.tables import outcome_text

    if not row.entry.enabled:
        return Text("disabled", style="dim")
    return Text("paused", style="yellow") if row.state.paused else outcome_text(row.state.outcome)


def rhythm(state: SourceState) -> str:
    """How often it usually brings something new, in words."""
    from repwatch.cli.status import span
    from repwatch.rules.rhythm import usual

    seconds = usual(state.rhythm)
    return f"every {span(seconds)}" if seconds else "not known"


def show_shares(console: Console, config: Config, found: Sequence[Share]) -> None:
    """For each subject, what each source saw of its mentions, the most useful first."""
    from rich.text import Text

    from repwatch.cli.tables import plain_table

    for subject in dict.fromkeys(share.subject for share in found):
        of_subject = [share for share in found if share.subject == subject]
        table = plain_table("Source", "Saw", "First", "Alone")
        for share in sorted(of_subject, key=lambda share: (-share.first, -share.seen, share.source)):
            told = (share.source, f"{share.seen} of {share.total}", str(share.first), str(share.alone))
            table.add_row(*map(Text, told))
        for source in silent(config, subject, of_subject):
            table.add_row(Text(source), Text("none", style="dim"), "", "")
        console.print(
            Text(f"Who saw the {count(of_subject[0].total, 'mention')} of {named(config, subject)}:")
        )
        console.print(table)
        console.print()
    console.print("First: saw it before the others. Alone: no other source saw it. Namesakes are left out.")


def silent(config: Config, subject: str, seen: Sequence[Share]) -> list[str]:
    """The sources that look for a subject and saw nothing of it yet."""
    known = {share.source for share in seen}
    wanted = [entry.id for entry in config.sources if not entry.subjects or subject in entry.subjects]
    return [source for source in wanted if source not in known]


def named(config: Config, subject: str) -> str:
    """What people call a subject."""
    return next((each.name for each in config.subjects if each.id == subject), subject)


def values(rows: Sequence[Line], found: Sequence[Share]) -> dict[str, object]:
    """Everything as JSON says it; the rhythm is in seconds."""
    from dataclasses import asdict

    from repwatch.cli.status import iso
    from repwatch.rules.rhythm import usual

    return {
        "sources": [
            {
                "source": row.entry.id,
                "kind": row.entry.kind,
                "title": row.entry.title,
                "subject": row.subject or None,
                "enabled": row.entry.enabled,
                "state": row.state.outcome,
                "cause": row.state.cause or None,
                "paused": row.state.paused or None,
                "last_success": iso(row.state.last_answer),
                "last_new": iso(row.state.last_new),
                "rhythm": usual(row.state.rhythm),
                "next_look": iso(row.state.next_due),
            }
            for row in rows
        ],
        "shares": [asdict(share) for share in found],
    }
