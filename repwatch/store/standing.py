"""How many sources and deliveries stand how, in numbers."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from sqlalchemy import func, select

from repwatch.model import DeliveryState, Pair
from repwatch.store.database import Tx
from repwatch.store.tables import delivery, source_state


@dataclass(frozen=True, slots=True)
class Standing:
    """Pairs that fail or rest, deliveries that wait or were given up."""

    failing: int
    paused: int
    pending: int
    parked: int


def counts(tx: Tx, pairs: Container[Pair]) -> Standing:
    """Count those of ``pairs``, for what was once configured is nobody's business any more."""
    state = source_state.c
    unwell = tx.execute(
        select(state.source, state.subject, state.failures, state.paused).where(
            (state.failures > 0) | (state.paused != "")
        )
    )
    ours = [row for row in unwell if Pair(row.source, row.subject) in pairs]
    waiting = select(delivery.c.state, func.count().label("number")).where(
        delivery.c.state.in_([DeliveryState.PENDING, DeliveryState.PARKED])
    )
    states = {row.state: row.number for row in tx.execute(waiting.group_by(delivery.c.state))}
    return Standing(
        failing=sum(row.failures > 0 for row in ours),
        paused=sum(row.paused != "" for row in ours),
        pending=states.get(DeliveryState.PENDING, 0),
        parked=states.get(DeliveryState.PARKED, 0),
    )
