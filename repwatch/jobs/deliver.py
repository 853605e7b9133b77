"""Sends what the outbox owes, and settles each attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from repwatch.channels.base import Channel
from repwatch.clock import Clock
from repwatch.errors import DeliveryError
from repwatch.masking import hide
from repwatch.model import Delivery, DeliveryState, Receipt
from repwatch.rules.retry import delivery_retry
from repwatch.store import outbox
from repwatch.store.database import Store

log = logging.getLogger(__name__)

Settled = tuple[Delivery, DeliveryState]


class Deliver:
    """Passes over the deliveries that are due; the channels do not wait for each other."""

    def __init__(self, channels: Mapping[str, Channel], store: Store, clock: Clock) -> None:
        self._channels = channels
        self._store = store
        self._clock = clock
        self._busy: set[str] = set()
        self._accepted: dict[tuple[str, str], Receipt] = {}  # (Message-ID, recipient), not yet settled

    def use(self, channels: Mapping[str, Channel]) -> None:
        """Go on through other channels; what is under way ends as it began, and is not begun twice."""
        self._channels = channels

    async def run(self) -> list[Settled]:
        """Send every delivery that is due, in order; returns each with its new state.

        A channel that an earlier pass is still busy with is left to that pass: a server that hangs
        holds up its own mail alone.
        """
        now = self._clock.now()
        due = await self._store.read(lambda tx: outbox.due(tx, now))
        lanes: dict[str, list[Delivery]] = {}
        for delivery in due:
            if delivery.channel not in self._busy:
                lanes.setdefault(delivery.channel, []).append(delivery)
        self._busy |= lanes.keys()
        work = [self._lane(channel, each) for channel, each in lanes.items()]
        ended = await asyncio.gather(*work, return_exceptions=True)  # no lane is left running by itself
        for lane in ended:
            if isinstance(lane, BaseException):
                raise lane
        return [one for lane in ended if not isinstance(lane, BaseException) for one in lane]

    async def _lane(self, channel: str, due: Sequence[Delivery]) -> list[Settled]:
        """Send through one channel; a recipient whose mail fails waits for the next pass, to keep order."""
        try:
            waiting: set[str] = set()
            settled: list[Settled] = []
            for delivery in due:
                if delivery.recipient in waiting or not await self._begin(delivery):
                    continue
                state = await self._attempt(delivery)
                if state is DeliveryState.PENDING:
                    waiting.add(delivery.recipient)
                settled.append((delivery, state))
            return settled
        finally:
            self._busy.discard(channel)

    async def _begin(self, delivery: Delivery) -> bool:
        """Note the attempt before it is made: if we are killed half-way, its fate is unknown."""
        now = self._clock.now()
        return await self._store.write(lambda tx: outbox.begin(tx, delivery, now))

    async def _attempt(self, delivery: Delivery) -> DeliveryState:
        try:
            receipt = await self._handed_over(delivery)
        except DeliveryError as error:
            return await self._failed(delivery, error)
        except Exception as error:  # a defect in one channel must not hold up the others' deliveries
            log.exception("channel %s: unexpected error", delivery.channel)
            cause = f"unexpected error: {type(error).__name__}"
            return await self._failed(delivery, DeliveryError(cause, fate_unknown=True))
        tell(delivery, DeliveryState.SENT, receipt.detail)
        await self._settle(delivery, DeliveryState.SENT)
        del self._accepted[_key(delivery)]
        return DeliveryState.SENT

    async def _handed_over(self, delivery: Delivery) -> Receipt:
        """The far side's receipt; a mail that was accepted and could not be settled is not sent again."""
        key = _key(delivery)
        if key not in self._accepted:
            self._accepted[key] = await self._channel(delivery.channel).send(
                delivery.message, delivery.recipient
            )
        return self._accepted[key]

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            raise DeliveryError(f"there is no channel {name!r}", "add it to 'channels:'", permanent=True)
        return self._channels[name]

    async def _failed(self, delivery: Delivery, error: DeliveryError) -> DeliveryState:
        wait = None if error.permanent else delivery_retry(delivery.attempts + 1, self._clock.jitter(1.0))
        state = DeliveryState.PARKED if wait is None else DeliveryState.PENDING
        tell(delivery, state, str(error))
        await self._settle(
            delivery,
            state,
            cause=hide(str(error)),
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
                delivery,
                state=state,
                now=now,
                cause=cause,
                next_try=next_try,
                fate_unknown=fate_unknown,
            )
        )


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.message.message_id, delivery.recipient


def tell(delivery: Delivery, state: DeliveryState, said: str) -> None:
    """One log line an attempt; ``said`` is the far side's word, or why it failed."""
    level = logging.INFO if state is DeliveryState.SENT else logging.WARNING
    fields = {
        "event": "delivery",
        "message_id": delivery.message.message_id,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "state": state.value,
        "attempt": delivery.attempts + 1,
        "said": said,
    }
    words = "delivery of %s to %s by %s: %s (%s)"
    of = (delivery.message.message_id, delivery.recipient, delivery.channel, state.value, said)
    log.log(level, words, *of, extra={"fields": fields})
