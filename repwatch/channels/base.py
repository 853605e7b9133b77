"""What a channel is: one way to reach a recipient."""

from __future__ import annotations

from typing import Protocol

from repwatch.model import Message, Receipt


class Channel(Protocol):
    """A kind of way out, made from its options."""

    async def send(self, message: Message, to: str) -> Receipt:
        """Make one attempt.

        Raises DeliveryError, whose ``permanent`` says that another attempt is pointless and whose
        ``fate_unknown`` that the message may have been accepted all the same.
        """
        ...
