"""What a dry run saw: printed, and forgotten; only the names that it sent are logged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from repwatch.cli.words import count

if TYPE_CHECKING:
    from repwatch.jobs.ended import Ended
    from repwatch.model import Candidate


def show_look(looks: Sequence[Ended], titles: Mapping[str, str], *, as_json: bool) -> bool:
    """Print it as a table or as JSON; True when every source answered in full."""
    if as_json:
        click.echo(json.dumps(values(looks), indent=2, ensure_ascii=False))
    else:
        show(looks, titles)
    return all(outcome.whole for outcome, _ in (look.conclusion() for look in looks))


def show(looks: Sequence[Ended], titles: Mapping[str, str]) -> None:
    """A block for each thing found, then each source with how it answered."""
    from rich.console import Console
    from rich.text import Text

    from repwatch.cli.tables import outcome_text, plain_table, print_causes

    table = plain_table("Source", "Subject", "Outcome", "Found")
    causes = []
    for look in looks:
        found, (outcome, cause) = list(look.candidates), look.conclusion()
        for candidate in found:
            click.echo(lines(candidate))
        title = titles.get(look.pair.source, look.pair.source)
        table.add_row(Text(title), Text(look.pair.subject or "all"), outcome_text(outcome), str(len(found)))
        causes.append((title, cause))
    console = Console()
    console.print(table)
    print_causes(console, causes)
    click.echo(f"\n{count(len(looks), 'look')}: no finding was kept and no mail was sent.")


def lines(candidate: Candidate) -> str:
    """What was found, how sure it is, and where."""
    verdict, finding = candidate.verdict, candidate.finding
    return f"{finding.title}\n  {verdict.label} ({verdict.probability:.2f})  {finding.url}\n"


def values(looks: Sequence[Ended]) -> dict[str, object]:
    """Everything as JSON says it."""
    outcomes = [(look.pair, *look.conclusion()) for look in looks]
    return {
        "runs": [
            {
                "source": pair.source,
                "subject": pair.subject or None,
                "outcome": outcome,
                "cause": cause or None,
            }
            for pair, outcome, cause in outcomes
        ],
        "candidates": [
            candidate_values(look.pair.source, candidate) for look in looks for candidate in look.candidates
        ],
    }


def candidate_values(source: str, candidate: Candidate) -> dict[str, object]:
    """One thing found as JSON says it."""
    return {
        "source": source,
        "subject": candidate.subject,
        "title": candidate.finding.title,
        "url": candidate.finding.url,
        "verdict": candidate.verdict.label,
        "probability": round(candidate.verdict.probability, 2),
    }
