"""``repwatch run``: check, report and deliver on schedule."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from repwatch.cli.log import FORMATS, log_to_stderr
from repwatch.cli.setting import load_config, with_app

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.config.settings import Config


@click.command("run")
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    help="Lines for people (the default), or a JSON object a line.",
)
@click.pass_context
def run_command(ctx: click.Context, log_format: str | None) -> None:
    """Check every source when it is due, make the reports when they are due, until SIGTERM or Ctrl-C.

    SIGHUP reads the configuration again.
    """
    level = min(logging.INFO, logging.getLogger().level)  # -vv says more still
    log_to_stderr(level, log_format or ctx.find_root().obj["log_format"])

    def load() -> Config:
        return load_config(ctx, secrets=True)

    async def work(app: App) -> None:
        from repwatch.daemon import Daemon

        await Daemon(app, load).run()

    with_app(load(), work, daemon=True)
