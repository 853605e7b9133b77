"""What a daemon does while its database cannot be written: rests, tells the owner, and looks for room."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from repwatch.clock import Clock
from repwatch.errors import Corrupt, DiskFault, DiskFull, StoreError
from repwatch.store import meta
from repwatch.store.database import Store

log = logging.getLogger(__name__)

LOOK_FOR_ROOM = 30.0  # seconds between two looks while the disk is full
MOST_FAULTS = 8  # failures in a row, with growing pauses between them, before the daemon gives up
LONGEST_REST = 60.0  # seconds

TROUBLES = {DiskFull: "the disk is full", DiskFault: "the disk fails", Corrupt: "the database is damaged"}

Tell = Callable[[str, str], Awaitable[None]]  # (code of the notice, its cause)


class Standstill:
    """Keeps the tick from asking the web for what cannot be kept.

    A full disk is waited out, for as long as it takes. Any other fault of the database is tried again
    a few times and then ends the daemon: ``fatal`` holds the error. ``trouble`` says in a few words what
    is wrong, and names no file.
    """

    def __init__(self, store: Store, clock: Clock, tell: Tell) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._rest_until = 0.0  # on the monotonic clock
        self._faults = 0
        self.full_since: datetime | None = None
        self.trouble = ""
        self.fatal: StoreError | None = None

    async def meet(self, error: StoreError) -> None:
        """A write (or a look) failed."""
        if isinstance(error, DiskFull):
            await self._is_full(error)
            return
        self._faults += 1
        self.trouble = TROUBLES.get(type(error), "the database cannot be used")
        if isinstance(error, Corrupt) or self._faults >= MOST_FAULTS:
            log.critical("%s", error)
            self.fatal = error
            return
        rest = min(2.0**self._faults, LONGEST_REST)
        self._rest_until = self._clock.monotonic() + rest
        log.error("%s; tried again in %.0f s", error, rest)

    def worked(self) -> None:
        """Something was written: the faults before it are over."""
        self._faults = 0
        if self.full_since is None:
            self.trouble = ""

    async def is_over(self) -> bool:
        """Whether there is nothing to wait for (any more)."""
        if self._clock.monotonic() < self._rest_until:
            return False
        return self.full_since is None or await self._has_room()

    async def _is_full(self, error: DiskFull) -> None:
        self._rest_until = self._clock.monotonic() + LOOK_FOR_ROOM
        self.trouble = TROUBLES.get(type(error), "the database cannot be used")
        if self.full_since is None:
            self.full_since = self._clock.now()
            log.error("%s; nothing is checked or sent until there is room", error)
            await self._tell("disk_full", str(self._store.path.parent))

    async def _has_room(self) -> bool:
        """Whether a megabyte can be written, which is enough for every round to come for a while."""
        try:
            await self._store.write(meta.fill)
            await self._store.write(meta.empty)
        except StoreError as error:
            await self.meet(error)
            return False
        since, self.full_since, self.trouble = self.full_since, None, ""
        log.warning("there is room on the disk again; it was full since %s", since)
        await self._tell("disk_room", "")
        return True
