"""``repwatch report``: show, save or send the report that is due."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import keep, load_config, with_app
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.app import App

SUFFIXES = (".html", ".txt", ".eml")


@click.command("report")
@click.option(
    "--preview",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save it as FILE: .html, .txt or .eml.",
)
@click.option("--send", is_flag=True, help="Freeze it and send it now, with what was parked.")
@click.option(
    "--route", metavar="ID", default="", help="Which of the configured reports (default: the first)."
)
@click.pass_context
def report_command(ctx: click.Context, preview: Path | None, send: bool, route: str) -> None:
    """Print the report that is due; nothing is marked as told unless --send."""
    if preview and send:
        raise click.UsageError("--preview and --send exclude each other")
    if preview and preview.suffix not in SUFFIXES:
        raise click.UsageError(f"{preview} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    config = load_config(ctx, secrets=send)

    async def work(app: App) -> str | bytes:
        if send:
            return await send_now(app, route)
        draft = await app.digest.draft(app.route(route), preview=True)
        return app.saved(draft, preview.suffix) if preview else draft.rendered.text

    made = with_app(config, work)
    if preview and isinstance(made, bytes):
        keep(preview, made)
        made = f"Saved as {preview}."
    click.echo(made)


async def send_now(app: App, route: str) -> str:
    """Freeze and send, and try again what was parked; raises RepwatchError when some of it did not go."""
    from repwatch.store import outbox

    await app.store.write(lambda tx: outbox.release(tx, app.clock.now()))
    message = await app.digest.send(app.route(route))
    settled = await app.send_owed()
    if settled is None:
        made = f"Made “{message.subject}”; " if message else "Nothing new to tell; "
        return f"{made}the repwatch that runs already sends what is owed."
    failed = [
        f"{delivery.recipient}: {delivery.cause or state}" for delivery, state in settled if state != "sent"
    ]
    if failed:
        raise RepwatchError(f"not delivered yet: {'; '.join(failed)}", "'repwatch status' shows why")
    sent = count(len(settled), "delivery", "deliveries")
    if message is None:
        return (
            f"Nothing new to tell; sent {sent} that waited." if settled else "Nothing to tell; nothing sent."
        )
    return f"Sent “{message.subject}” ({sent})."
