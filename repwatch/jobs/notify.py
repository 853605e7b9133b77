"""Tells the owner about the installation itself, from memory: the database may be what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from uuid import uuid4

from repwatch.channels.base import Channel
from repwatch.clock import Clock
from repwatch.jobs.digest import sealed
from repwatch.model import Message, Route
from repwatch.report.notice import notice

log = logging.getLogger(__name__)


class Notify:
    """Sends a notice past the outbox, once to each recipient of any report."""

    def __init__(self, routes: Sequence[Route], channels: Mapping[str, Channel], clock: Clock) -> None:
        self._routes = routes
        self._channels = channels
        self._clock = clock

    async def run(self, code: str, cause: str) -> None:
        """Make one attempt for everybody; never raises, for nothing could be done about it here."""
        told: set[tuple[str, str]] = set()
        for route in self._routes:
            message = self._message(route, code, cause)
            for recipient in route.recipients:
                lane = (route.channel, recipient)
                if lane not in told and route.channel in self._channels:
                    told.add(lane)
                    await self._send(message, *lane)

    def _message(self, route: Route, code: str, cause: str) -> Message:
        now = self._clock.now()
        return sealed(notice(code, route, now, cause), route, uuid4().hex, now)

    async def _send(self, message: Message, channel: str, recipient: str) -> None:
        try:
            await self._channels[channel].send(message, recipient)
        except Exception as error:  # noqa: BLE001 - a notice is a courtesy; its failure must not stop the rest
            log.warning("the notice to %s by %s was not sent: %s", recipient, channel, error)
        else:
            log.info("told %s by %s: %s", recipient, channel, message.subject)
