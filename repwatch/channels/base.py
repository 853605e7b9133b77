"""What a channel is: one way to reach a recipient."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from repwatch.model import Message, Receipt


class Channel(Protocol):
    """A kind of way out, made from its options."""

    async def send(self, message: Message, to: str) -> Receipt:
        """Make one attempt.

        Raises DeliveryError, whose ``permanent`` says that another attempt is pointless and whose
        ``fate_unknown`` that the message may have been accepted all the same.
        """
        ...


@runtime_checkable
class Verifies(Protocol):
    """An optional power of a channel: to try the way without sending anything."""

    async def verify(self) -> Receipt:
        """Go as far as a log-in; raises DeliveryError as ``send`` would."""
        ...
