"""What a daemon does while its database cannot be written: rests, tells the owner, and looks for room."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from repwatch.clock import Clock
from repwatch.errors import Corrupt, DiskFault, DiskFull, StoreError
from repwatch.store import meta
from repwatch.store.database import Store

log = logging.getLogger(__name__)

LOOK_FOR_ROOM = 30.0  # seconds between two looks while the disk is full
MOST_FAULTS = 8  # failures in a row, with growing pauses between them, before the daemon gives up
LONGEST_REST = 60.0  # seconds
QUIET = 6 * 3600.0  # seconds between two notices: a disk at its brink would fill a mailbox as well

TROUBLES = {DiskFull: "the disk is full", DiskFault: "the disk fails", Corrupt: "the database is damaged"}

Tell = Callable[[str, str], None]  # (code of the notice, its cause)


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
        self._told = False  # that the disk is full
        self._quiet_until = 0.0  # on the monotonic clock
        self.full_since: datetime | None = None
        self.trouble = ""
        self.fatal: StoreError | None = None

    def meet(self, error: StoreError) -> None:
        """A write (or a look) failed."""
        self.trouble = TROUBLES.get(type(error), "the database cannot be used")
        if isinstance(error, DiskFull):
            self._is_full(error)
            return
        self._faults += 1
        if isinstance(error, Corrupt) or self._faults >= MOST_FAULTS:
            log.critical("%s", error)
            self.fatal = error
            return
        rest = min(2.0**self._faults, LONGEST_REST)
        self._rest_until = self._clock.monotonic() + rest
        log.error("%s; tried again in %.0f s", error, rest)

    def worked(self) -> None:
        """A check was written: the faults before it are over."""
        self._faults = 0
        if self.full_since is None:
            self.trouble = ""

    async def is_over(self) -> bool:
        """Whether there is nothing to wait for (any more)."""
        if self._clock.monotonic() < self._rest_until:
            return False
        return not self.trouble or await self._can_write()

    def _is_full(self, error: DiskFull) -> None:
        now = self._clock.monotonic()
        self._rest_until = now + LOOK_FOR_ROOM
        if self.full_since is None:
            self.full_since = self._clock.now()
            log.error("%s; nothing is checked or sent until there is room", error)
        if not self._told and now >= self._quiet_until:
            self._told, self._quiet_until = True, now + QUIET
            self._tell("disk_full", str(self._store.path.parent))

    async def _can_write(self) -> bool:
        """Whether a round would find room; the look is folded away, or it would take the room it found."""
        try:
            await self._store.write(meta.fill)
            await self._store.write(meta.empty)
            await self._store.fold()
        except StoreError as error:
            self.meet(error)
            return False
        self.trouble = ""
        if self.full_since is not None:
            self._has_room(self.full_since)
        return True

    def _has_room(self, since: datetime) -> None:
        self.full_since = None
        log.warning("there is room on the disk again; it was full since %s", since)
        if self._told:
            self._told = False
            self._tell("disk_room", "")
