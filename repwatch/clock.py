"""The only module that asks the machine for the time."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import Protocol

# Linux stops CLOCK_MONOTONIC while it sleeps: its end would look like a clock that was set forward.
_SECONDS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """What the rest of the program may ask about time."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let other work run for that long."""
        ...

    def jitter(self, seconds: float) -> float:
        """A random share of ``seconds``, from 0 up to all of it."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards, those that a suspended machine slept among them (on Linux)."""
        return time.clock_gettime(_SECONDS)

    async def sleep(self, seconds: float) -> None:
        """Let other work run for that long."""
        await asyncio.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """A random share of ``seconds``, from 0 up to all of it."""
        return random.uniform(0, seconds)  # noqa: S311 - spreads load, guards no secret
