"""The daemon: keeps the schedule going, reads the configuration again when asked, and ends cleanly."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from repwatch.app import App
from repwatch.config.changes import differences
from repwatch.config.settings import Config
from repwatch.errors import ConfigError, RepwatchError
from repwatch.schedule import Schedule

log = logging.getLogger(__name__)


class Daemon:
    """One installation, watched until SIGTERM or Ctrl-C; SIGHUP reloads its configuration.

    ``load`` reads the configuration again; it raises ConfigError when that cannot be used.
    """

    def __init__(self, app: App, load: Callable[[], Config]) -> None:
        self._app = app
        self._load = load
        self._tick = app.tick()
        self._schedule = Schedule(self._tick, app.clock)
        self.reload_error = ""

    async def run(self) -> None:
        """Keep watching until told to stop; raises StoreError when the database is beyond use."""
        self._listen()
        config = self._app.config
        log.info("watching %d sources of %s; stop with SIGTERM or Ctrl-C", len(config.sources), config.path)
        await self._schedule.run()
        log.info("stopped; the next start goes on from here")

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._schedule.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def reload(self) -> None:
        """Take over what the file says now; what is wrong with it is logged, and the old one stays."""
        try:
            config = self._load()
            self._use(config)
        except ConfigError as error:
            self._refuse("; ".join(error.problems))
        except RepwatchError as error:
            self._refuse(str(error))
        except Exception as error:  # a third party's kind may fail in its own way, and we watch on
            log.exception("unexpected error while reloading")
            self._refuse(f"{type(error).__name__}: {error}")
        else:
            self.reload_error = ""

    def _use(self, config: Config) -> None:
        old = self._app.config
        if config.database != old.database:
            raise ConfigError(["'database:' names another file, which takes a restart"])
        app = self._app.renewed(config)
        self._tick.use(app.work())
        self._app = app
        changes = differences(old, config)
        for change in changes:
            log.info("reloaded: %s", change)
        if not changes:
            log.info("reloaded: nothing changed")

    def _refuse(self, why: str) -> None:
        self.reload_error = why
        log.error("not reloaded, the configuration in use stays: %s", why)
