"""``repwatch send-test``: a test mail through a configured channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import load_config, with_app

if TYPE_CHECKING:
    from repwatch.app import App


@click.command("send-test")
@click.option(
    "--route", metavar="ID", default="", help="Which of the configured reports (default: the first)."
)
@click.option("--to", metavar="ADDRESS", default="", help="Another recipient than the configured ones.")
@click.pass_context
def send_test_command(ctx: click.Context, route: str, to: str) -> None:
    """Send a test mail to the recipients of a report; nothing is stored."""
    config = load_config(ctx, secrets=True)

    async def work(app: App) -> list[str]:
        return await app.send_test(route, to)

    for line in with_app(config, work):
        click.echo(line)
