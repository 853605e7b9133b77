"""Sends what the outbox owes, and settles each attempt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from repwatch.channels.base import Channel
from repwatch.clock import Clock
from repwatch.errors import DeliveryError
from repwatch.model import Delivery, DeliveryState
from repwatch.rules.retry import delivery_retry
from repwatch.store import outbox
from repwatch.store.database import Store

log = logging.getLogger(__name__)


class Deliver:
    """One pass over the deliveries that are due."""

    def __init__(self, channels: Mapping[str, Channel], store: Store, clock: Clock) -> None:
        self._channels = channels
        self._store = store
        self._clock = clock

    async def run(self) -> list[tuple[Delivery, DeliveryState]]:
        """Send every delivery that is due, in order; returns each with its new state.

        When a channel fails for the moment, its later deliveries wait for the next pass, so that
        reports arrive in order.
        """
        now = self._clock.now()
        due = await self._store.read(lambda tx: outbox.due(tx, now))
        waiting: set[tuple[str, str]] = set()
        settled: list[tuple[Delivery, DeliveryState]] = []
        for delivery in due:
            lane = (delivery.channel, delivery.recipient)
            if lane in waiting:
                continue
            state = await self._attempt(delivery)
            if state is DeliveryState.PENDING:
                waiting.add(lane)
            settled.append((delivery, state))
        return settled

    async def _attempt(self, delivery: Delivery) -> DeliveryState:
        try:
            receipt = await self._channel(delivery.channel).send(delivery.message, delivery.recipient)
        except DeliveryError as error:
            return await self._failed(delivery, error)
        except Exception as error:  # a defect in one channel must not hold up the others' deliveries
            log.exception("channel %s: unexpected error", delivery.channel)
            cause = f"unexpected error: {type(error).__name__}"
            return await self._failed(delivery, DeliveryError(cause, fate_unknown=True))
        log.info("delivered %s to %s: %s", delivery.message.message_id, delivery.recipient, receipt.detail)
        await self._settle(delivery, DeliveryState.SENT)
        return DeliveryState.SENT

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            raise DeliveryError(f"there is no channel {name!r}", "add it to 'channels:'", permanent=True)
        return self._channels[name]

    async def _failed(self, delivery: Delivery, error: DeliveryError) -> DeliveryState:
        wait = None if error.permanent else delivery_retry(delivery.attempts + 1, self._clock.jitter(1.0))
        state = DeliveryState.PARKED if wait is None else DeliveryState.PENDING
        log.warning("%s to %s: %s", delivery.message.message_id, delivery.recipient, error)
        await self._settle(
            delivery,
            state,
            cause=str(error),
            next_try=None if wait is None else self._clock.now() + timedelta(seconds=wait),
            fate_unknown=error.fate_unknown,
        )
        return state

    async def _settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        cause: str = "",
        next_try: datetime | None = None,
        fate_unknown: bool = False,
    ) -> None:
        now = self._clock.now()
        await self._store.write(
            lambda tx: outbox.settle(
                tx,
                delivery.id,
                state=state,
                now=now,
                cause=cause,
                next_try=next_try,
                fate_unknown=fate_unknown,
            )
        )
