"""How many sources and deliveries stand how, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from repwatch.model import DeliveryState
from repwatch.store.database import Tx
from repwatch.store.tables import delivery, source_state


@dataclass(frozen=True, slots=True)
class Standing:
    """Pairs that fail or rest, deliveries that wait or were given up."""

    failing: int
    paused: int
    pending: int
    parked: int


def counts(tx: Tx) -> Standing:
    """Count them."""
    failing = func.count().filter(source_state.c.failures > 0)
    paused = func.count().filter(source_state.c.paused != "")
    sources = tx.execute(select(failing.label("failing"), paused.label("paused"))).one()
    waiting = select(delivery.c.state, func.count().label("number")).where(
        delivery.c.state.in_([DeliveryState.PENDING, DeliveryState.PARKED])
    )
    states = {row.state: row.number for row in tx.execute(waiting.group_by(delivery.c.state))}
    return Standing(
        sources.failing,
        sources.paused,
        states.get(DeliveryState.PENDING, 0),
        states.get(DeliveryState.PARKED, 0),
    )
