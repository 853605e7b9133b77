"""Decides who may ask now: one request at a time for a host and port, so many for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from repwatch.clock import Clock
from repwatch.errors import Blocked

_JITTER = 0.5  # the random part of a pause, as a share of the interval
_FEW = 1024  # lanes and holds, below which it is not worth looking for idle ones


@dataclass(slots=True)
class _Lane:
    """The queue in front of one host and port; ``free_at`` on the monotonic clock."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    free_at: float = 0.0


class Pacer:
    """Who may ask which host now. Hosts never wait for each other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._holds: dict[tuple[str, int], float] = {}
        self._many = _FEW

    def not_before(self, host: str, port: int, until: float) -> None:
        """Refuse turns on ``host`` and ``port`` until that time of the monotonic clock (Retry-After)."""
        self._holds[host, port] = max(until, self._holds.get((host, port), until))

    def rest(self, host: str, port: int, seconds: float) -> None:
        """Let the next turn on ``host`` and ``port`` begin so much later; it is not refused."""
        lane = self._lane(host, port)
        lane.free_at = max(lane.free_at, self._clock.monotonic() + seconds)

    @asynccontextmanager
    async def turn(self, host: str, port: int, interval: float) -> AsyncIterator[None]:
        """Hold the lane of ``host`` and ``port``; the next turn starts ``interval`` seconds after this one.

        Raises Blocked, without waiting, while the host has asked to be left alone.
        """
        lane = self._lane(host, port)
        lane.users += 1
        try:
            async with lane.lock:
                self._respect(host, port)
                await self._pause(lane)
                try:
                    yield
                finally:
                    pause = interval + self._clock.jitter(interval * _JITTER)
                    lane.free_at = max(lane.free_at, self._clock.monotonic() + pause)
        finally:
            lane.users -= 1

    def _lane(self, host: str, port: int) -> _Lane:
        if len(self._lanes) + len(self._holds) > self._many:
            self._forget()
        return self._lanes.setdefault((host, port), _Lane())

    def _forget(self) -> None:
        now = self._clock.monotonic()
        self._lanes = {key: lane for key, lane in self._lanes.items() if lane.users or lane.free_at > now}
        self._holds = {lane: until for lane, until in self._holds.items() if until > now}
        self._many = max(_FEW, 2 * (len(self._lanes) + len(self._holds)))

    def _respect(self, host: str, port: int) -> None:
        left = self._holds.get((host, port), 0.0) - self._clock.monotonic()
        if (host, port) in self._holds and left > 0:
            raise Blocked(f"{host} asked to be left alone for {left:.0f} s more", retry_after=left)

    async def _pause(self, lane: _Lane) -> None:
        wait = lane.free_at - self._clock.monotonic()
        if wait > 0:
            await self._clock.sleep(wait)


class Slots:
    """So many requests at once.

    The newest waiter goes first: it is the next in the queue of a host that was just served, whose
    connection is still open. A new connection costs as much as a whole request.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # the slot was given in the moment we were told to stop
                self._release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._release()

    def _release(self) -> None:
        while self._waiting:
            waiter = self._waiting.pop()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
