"""``repwatch run``: check, report and deliver on schedule."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import click

from repwatch.cli.log import log_to_stderr
from repwatch.cli.setting import load_config, with_app

if TYPE_CHECKING:
    from repwatch.app import App

log = logging.getLogger(__name__)


@click.command("run")
@click.pass_context
def run_command(ctx: click.Context) -> None:
    """Check every source when it is due, make the reports when they are due, until SIGTERM or Ctrl-C."""
    from repwatch.schedule import Schedule

    log_to_stderr(min(logging.INFO, logging.getLogger().level))  # -vv says more still
    config = load_config(ctx, secrets=True)

    async def work(app: App) -> None:
        schedule = Schedule(app.tick())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, schedule.stop)
        count = len(config.sources)
        log.info("watching %d sources of %s; stop with SIGTERM or Ctrl-C", count, config.path)
        await schedule.run()
        log.info("stopped; the next start goes on from here")

    with_app(config, work)
