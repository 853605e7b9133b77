"""``repwatch mentions``: list them, look at one, and say which are about you."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from repwatch.cli.setting import load_config, reader, with_app
from repwatch.errors import RepwatchError
from repwatch.model import Label

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.model import Mention
    from repwatch.store.database import Tx


@click.group("mentions")
def mentions_command() -> None:
    """List mentions, and say which are about you."""


@mentions_command.command("list")
@click.option("--subject", default="", metavar="ID", help="Of this subject alone.")
@click.option(
    "--verdict", type=click.Choice([label.value for label in Label]), help="With this verdict alone."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@click.option("--before", type=int, metavar="ID", help="Only older ones than mention ID: the next page.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_context
def list_command(
    ctx: click.Context, subject: str, verdict: str | None, limit: int, before: int | None, *, as_json: bool
) -> None:
    """List mentions, the newest first."""
    from repwatch.store import mentions

    label = Label(verdict) if verdict else None
    found = reader(load_config(ctx)).read_now(
        lambda tx: mentions.listed(tx, subject=subject, label=label, before=before, limit=limit)
    )
    if as_json:
        click.echo(json.dumps([values(mention) for mention in found], indent=2, ensure_ascii=False))
    elif found:
        show_list(found)
        if len(found) == limit:
            click.echo(f"\nThere may be older ones: add --before {found[-1].id}")
    else:
        click.echo("No mentions.")


@mentions_command.command("show")
@click.argument("mention", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def show_command(ctx: click.Context, mention: int, as_json: bool) -> None:
    """Show MENTION whole, with the reasons of its verdict and priority."""
    from repwatch.store import mentions

    store = reader(load_config(ctx))
    found = store.read_now(lambda tx: mentions.by_ids(tx, [mention])).get(mention)
    if found is None:
        raise unknown(mention)
    if as_json:
        click.echo(json.dumps(values(found), indent=2, ensure_ascii=False))
        return
    show_one(found)
    for at, title, _ in store.read_now(lambda tx: mentions.history(tx, mention)):
        click.echo(f"until {at:%Y-%m-%d}: {title}")


@mentions_command.command("confirm")
@click.argument("mention", type=int, nargs=-1, required=True)
@click.pass_context
def confirm_command(ctx: click.Context, mention: tuple[int, ...]) -> None:
    """Say that MENTION is about the subject: "me"."""
    decide(ctx, mention, Label.ME)


@mentions_command.command("reject")
@click.argument("mention", type=int, nargs=-1, required=True)
@click.pass_context
def reject_command(ctx: click.Context, mention: tuple[int, ...]) -> None:
    """Say that MENTION is about somebody else: "not me"."""
    decide(ctx, mention, Label.NOT_ME)


def decide(ctx: click.Context, ids: tuple[int, ...], label: Label) -> None:
    """Write the owner's word down for every id; all or nothing."""
    from repwatch.store import mentions, owed

    config = load_config(ctx)
    now = datetime.now(UTC)

    async def work(app: App) -> None:
        missing = await app.store.read(lambda tx: set(ids) - set(mentions.by_ids(tx, ids)))
        if missing:
            raise unknown(min(missing))
        await app.store.write(write_down)

    def write_down(tx: Tx) -> None:
        for mention in ids:
            mentions.decide(tx, mention, label, now)
            if label is Label.NOT_ME:
                owed.drop(tx, mention)

    with_app(config, work)
    click.echo(f"Noted: {', '.join(map(str, ids))} {'is' if len(ids) == 1 else 'are'} {label.value}.")


def unknown(mention: int) -> RepwatchError:
    """There is no such mention."""
    return RepwatchError(f"no mention {mention}", "'repwatch mentions list' shows their numbers")


def show_list(found: list[Mention]) -> None:
    """One line each."""
    from rich.console import Console
    from rich.text import Text

    from repwatch.cli.tables import plain_table

    table = plain_table("No.", "Seen", "Verdict", "Priority", "Title", "Where")
    for mention in found:
        table.add_row(
            str(mention.id),
            f"{mention.first_seen:%Y-%m-%d}",
            Text(f"{mention.label.value}{' (you)' if mention.decided else ''}"),
            Text(mention.priority.value),
            Text(mention.title),
            Text(mention.site or urlsplit(mention.url).hostname or mention.url),
        )
    Console().print(table)


def show_one(mention: Mention) -> None:
    """Every field in words, the reasons with their weights."""
    from repwatch.report.words import Words

    words = Words("en")
    click.echo(f"{mention.title}\n{mention.url}\n")
    if mention.summary:
        click.echo(f"{mention.summary}\n")
    word = "your word" if mention.decided else f"probability {mention.verdict.probability:.2f}"
    click.echo(f"verdict:    {mention.label.value} ({word})")
    for reason in mention.verdict.reasons:
        click.echo(f"            {reason.weight:+.1f}  {words.reason(reason)}")
    click.echo(f"priority:   {mention.priority.value}")
    for reason in mention.priority_reasons:
        click.echo(f"            {words.reason(reason)}")
    published = f"{mention.published:%Y-%m-%d}" if mention.published else "unknown"
    click.echo(f"published:  {published}\nfirst seen: {mention.first_seen:%Y-%m-%d %H:%M} UTC")
    click.echo(f"seen by:    {', '.join(mention.sources)}")


def values(mention: Mention) -> dict[str, object]:
    """A mention as JSON says it."""
    return {
        "id": mention.id,
        "subject": mention.subject,
        "kind": mention.kind,
        "title": mention.title,
        "url": mention.url,
        "summary": mention.summary,
        "site": mention.site,
        "published": mention.published.isoformat() if mention.published else None,
        "first_seen": mention.first_seen.isoformat(),
        "verdict": mention.label,
        "decided": mention.decided,
        "probability": round(mention.verdict.probability, 3),
        "reasons": [
            {"code": r.code, "detail": r.detail, "weight": r.weight} for r in mention.verdict.reasons
        ],
        "priority": mention.priority,
        "change": mention.change,
        "baseline": mention.baseline,
        "story": mention.story,
        "sources": list(mention.sources),
        "fields": dict(mention.fields),
    }
