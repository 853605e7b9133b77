"""The daemon: keeps the schedule going, reads the configuration again when asked, and ends cleanly."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from repwatch.app import App
from repwatch.config.changes import differences
from repwatch.config.settings import Config
from repwatch.errors import ConfigError, RepwatchError
from repwatch.schedule import Schedule
from repwatch.service.health import HealthServer
from repwatch.service.notify import Notifier
from repwatch.service.progress import Progress
from repwatch.service.question import mark
from repwatch.vitals import Vitals

log = logging.getLogger(__name__)


class Daemon:
    """One installation, watched until SIGTERM or Ctrl-C; SIGHUP reloads its configuration.

    ``load`` reads the configuration again; it raises ConfigError when that cannot be used.
    """

    def __init__(self, app: App, load: Callable[[], Config]) -> None:
        self._app = app
        self._load = load
        self._tick = app.tick()
        self._manager = Notifier.from_environment(app.clock)
        self._schedule = Schedule(self._tick, app.clock, self._manager.watchdog)
        self._vitals = Vitals(self._tick, app.store, app.clock, lambda: self._schedule.lag)
        self._loaded: datetime = app.clock.now()
        self._reload_error = ""

    async def run(self) -> None:
        """Keep watching until told to stop; raises StoreError when the database is beyond use."""
        self._listen()
        config = self._app.config
        async with self._health():
            self._manager.ready()
            count = len(config.sources)
            log.info("watching %d sources of %s; stop with SIGTERM or Ctrl-C", count, config.path)
            await self._schedule.run()
        log.info("stopped; the next start goes on from here")

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return replace(
            self._vitals.progress(),
            sources=len(self._app.config.sources),
            config_loaded=self._loaded,
            reload_error=self._reload_error,
        )

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def _stop(self) -> None:
        self._manager.stopping()
        self._schedule.stop()

    @asynccontextmanager
    async def _health(self) -> AsyncIterator[None]:
        """The health endpoint, where one is wanted."""
        keys = self._app.config.health
        if keys is None:
            yield
            return
        installation = mark(self._app.config.database_path)
        async with HealthServer(keys.host, keys.port, lambda: self.progress, mark=installation):
            yield

    # --- reloading ----------------------------------------------------------------------------

    def reload(self) -> None:
        """Take over what the file says now; what is wrong with it is logged, and the old one stays."""
        self._manager.reloading()
        try:
            self._use(self._load())
        except ConfigError as error:
            self._refuse("; ".join(problem.partition("\n")[0] for problem in error.problems))
        except RepwatchError as error:
            self._refuse(str(error))
        except Exception as error:  # a third party's kind may fail in its own way, and we watch on
            log.exception("unexpected error while reloading")
            self._refuse(f"{type(error).__name__}: {error}")
        else:
            self._reload_error, self._loaded = "", self._app.clock.now()
        self._manager.ready()

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
        if config.health != old.health:
            log.warning("'health:' is taken over at the next start")

    def _refuse(self, why: str) -> None:
        self._reload_error = why
        log.error("not reloaded, the configuration in use stays: %s", why)
