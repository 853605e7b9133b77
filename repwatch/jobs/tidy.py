"""Prunes once a day what is past its retention, in short transactions, and what was kept in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from repwatch.clock import Clock
from repwatch.config.schema import RetentionKeys
from repwatch.rules import remembered
from repwatch.store import meta, retention
from repwatch.store.database import Store, Tx

log = logging.getLogger(__name__)

BATCH = 500  # rows of one transaction, so that nobody waits for the writer
EVERY = timedelta(days=1)
DUE = "tidy_due"


class Tidy:
    """One pass over everything that has a retention."""

    def __init__(self, store: Store, clock: Clock, keep: RetentionKeys) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._due_at: datetime | None = None

    async def due(self) -> bool:
        """Whether the next pass is due; the store is asked once, so that a tick may ask each second."""
        now = self._clock.now()
        if self._due_at is None:
            noted = await self._store.read(lambda tx: meta.get(tx, DUE))
            self._due_at = datetime.fromisoformat(noted) if noted else now
        return not now < self._due_at <= now + EVERY  # further ahead: the clock was set back

    async def run(self) -> dict[str, int]:
        """Prune what is past its time; returns how many of what. Ended half-way, the rest is done next."""
        now = self._clock.now()
        done = {noun: await self._prune(noun, before) for noun, before in self._past(now)}
        remembered.forget()
        self._due_at = now + EVERY
        noted = self._due_at.isoformat()
        await self._store.write(lambda tx: meta.put(tx, DUE, noted))
        if any(done.values()):
            log.info("tidied: %s", ", ".join(f"{number} {noun}" for noun, number in done.items() if number))
        return done

    async def would(self) -> dict[str, int]:
        """What a pass would prune now."""
        past = list(self._past(self._clock.now()))

        def counted(tx: Tx) -> dict[str, int]:
            return {noun: retention.count(tx, noun, before) for noun, before in past}

        return await self._store.read(counted)

    def _past(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Each kind of thing that is not kept forever, and the time before which it goes."""
        for noun in retention.PRUNES:
            before = getattr(self._keep, noun).before(now)
            if before is not None:
                yield noun, before

    async def _prune(self, noun: str, before: datetime) -> int:
        done = 0
        while True:
            batch = await self._store.write(lambda tx: retention.prune(tx, noun, before, BATCH))
            done += batch
            if batch < BATCH:
                return done
