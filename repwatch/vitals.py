"""Says how far a daemon has come, from what its tick counted and what its database holds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from repwatch.clock import Clock
from repwatch.errors import StoreError
from repwatch.jobs.tick import Tick
from repwatch.service.progress import Health, Progress
from repwatch.store import standing
from repwatch.store.database import Store

log = logging.getLogger(__name__)

LATE = 120.0  # seconds that a check is overdue before anybody need look
SILENT = 60.0  # seconds without a tick


@dataclass(frozen=True, slots=True)
class Vitals:
    """Looks at the parts of a running daemon; ``lag`` tells the seconds since the last tick."""

    tick: Tick
    store: Store
    clock: Clock
    lag: Callable[[], float]

    def progress(self) -> Progress:
        """How things stand now."""
        tally = self.tick.tally
        state, cause = self._state()
        counted = Progress(
            started=tally.started,
            state=state,
            cause=cause,
            last_due=tally.last_due,
            last_done=tally.last_done,
            overdue=tally.overdue,
            tick_lag=self.lag(),
            under_way=self.tick.under_way,
            last_delivery=tally.last_delivery,
            database_bytes=self.store.path.stat().st_size if self.store.path.exists() else 0,
            wal_bytes=self.store.wal_bytes,
            runs={**tally.runs},
            deliveries={**tally.deliveries},
        )
        return self._with_standing(counted)

    def _state(self) -> tuple[Health, str]:
        tally = self.tick.tally
        if self.tick.trouble:
            return Health.STUCK, self.tick.trouble
        if self.lag() > SILENT:
            return Health.STUCK, f"no tick for {self.lag():.0f} s"
        if tally.last_look is None:
            return Health.STARTING, ""
        if tally.overdue > LATE:
            return Health.LATE, f"a check is overdue by {tally.overdue:.0f} s"
        if self.tick.defects:
            return Health.LATE, "some of the work fails again and again; the log says which"
        return Health.OK, ""

    def _with_standing(self, counted: Progress) -> Progress:
        try:
            found = self.store.read_now(lambda tx: standing.counts(tx, self.tick.pairs))
        except StoreError as error:
            log.warning("the database cannot be read: %s", error)
            return replace(counted, state=Health.STUCK, cause="the database cannot be read")
        return replace(
            counted,
            failing=found.failing,
            paused=found.paused,
            pending=found.pending,
            parked=found.parked,
        )
