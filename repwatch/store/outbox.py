"""The outbox: frozen reports and the deliveries owed of each, settled one recipient at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, insert, literal_column, select, update

from repwatch.model import Delivery, DeliveryState, Message
from repwatch.store.database import Tx
from repwatch.store.tables import delivery, report

Clauses = tuple[ColumnElement[bool], ...]

_PENDING = delivery.c.state == literal_column("'pending'")  # a literal, or the partial index is not used


def add(
    tx: Tx, *, route: str, channel: str, recipients: Sequence[str], message: Message, now: datetime
) -> int:
    """Freeze a message and owe it to each recipient; returns the report's id."""
    inserted = tx.execute(
        insert(report)
        .values(
            route=route,
            created=now,
            message_id=message.message_id,
            subject_line=message.subject,
            html=message.html,
            text=message.text,
            raw=message.raw,
        )
        .returning(report.c.id)
    ).scalar_one()
    rows = [
        {
            "report": inserted,
            "channel": channel,
            "recipient": recipient,
            "state": DeliveryState.PENDING,
            "next_try": now,
        }
        for recipient in recipients
    ]
    if rows:
        tx.execute(insert(delivery), rows)
    return int(inserted)


def due(tx: Tx, now: datetime) -> list[Delivery]:
    """Pending deliveries whose next try has come, the oldest first."""
    return _deliveries(tx, *_due(now))


def following(tx: Tx, now: datetime) -> datetime | None:
    """When the next delivery will be tried that is not to be tried yet."""
    waits = _PENDING, delivery.c.next_try > now
    return tx.execute(select(func.min(delivery.c.next_try)).where(*waits)).scalar()


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether there is a delivery whose next try has come."""
    return bool(tx.execute(select(exists().where(*_due(now)))).scalar())


def begin(tx: Tx, begun: Delivery, now: datetime) -> bool:
    """Note that an attempt begins; False when the delivery is no longer pending.

    A program that is killed before it can settle leaves this note: the message may have been accepted.
    """
    return bool(tx.execute(update(delivery).where(*_same(begun), _PENDING).values(begun=now)).rowcount)


def shift(tx: Tx, by: timedelta) -> None:
    """Move every next try by so much: the clock was set."""
    rows = tx.execute(select(delivery.c.id, delivery.c.next_try).where(_PENDING))
    tries = [{"of": row.id, "at": row.next_try + by} for row in rows if row.next_try]
    if tries:
        moved = update(delivery).where(delivery.c.id == bindparam("of")).values(next_try=bindparam("at"))
        tx.execute(moved, tries)


def open_ones(tx: Tx) -> list[Delivery]:
    """Every delivery that is pending or parked: what ``status`` shows."""
    return _deliveries(tx, delivery.c.state.in_([DeliveryState.PENDING, DeliveryState.PARKED]))


def release(tx: Tx, now: datetime) -> int:
    """Try again what was parked, the same bytes under the same Message-ID; returns how many."""
    parked = update(delivery).where(delivery.c.state == DeliveryState.PARKED)
    again = {"state": DeliveryState.PENDING, "attempts": 0, "next_try": now, "settled": None}
    return tx.execute(parked.values(again)).rowcount


def settle(
    tx: Tx,
    settled: Delivery,
    *,
    state: DeliveryState,
    now: datetime,
    cause: str = "",
    next_try: datetime | None = None,
    fate_unknown: bool = False,
) -> None:
    """Write down how an attempt ended; what was accepted once stays so.

    A fate once unknown remains unknown until the message is accepted.
    """
    values: dict[str, Any] = {
        "state": state,
        "attempts": delivery.c.attempts + 1,
        "next_try": next_try,
        "cause": cause,
        "begun": None,
        "settled": None if state is DeliveryState.PENDING else now,
    }
    if fate_unknown or state is DeliveryState.SENT:
        values["fate_unknown"] = fate_unknown
    unsent = delivery.c.state != DeliveryState.SENT
    tx.execute(update(delivery).where(*_same(settled), unsent).values(values))


def _due(now: datetime) -> Clauses:
    """One waits as long as an older one to the same recipient does, so that reports arrive in order."""
    older = delivery.alias("older")
    waits = exists().where(
        older.c.state == DeliveryState.PENDING,
        older.c.next_try > now,
        older.c.id < delivery.c.id,
        older.c.channel == delivery.c.channel,
        older.c.recipient == delivery.c.recipient,
    )
    return _PENDING, delivery.c.next_try <= now, ~waits


def _same(known: Delivery) -> Clauses:
    """The delivery of that very message: after a restore its number may be that of another one."""
    same = select(report.c.id).where(report.c.message_id == known.message.message_id)
    return delivery.c.id == known.id, delivery.c.report.in_(same)


def _deliveries(tx: Tx, *where: Any) -> list[Delivery]:  # noqa: ANN401 - SQLAlchemy's own clause types
    rows = tx.execute(select(delivery, report).join(report).where(*where).order_by(delivery.c.id))
    return [_delivery(row) for row in rows]


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        report=row.report,
        channel=row.channel,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_try=row.next_try,
        message=Message(
            message_id=row.message_id,
            subject=row.subject_line,
            html=row.html,
            text=row.text,
            raw=row.raw,
        ),
        cause=row.cause,
        fate_unknown=row.fate_unknown or row.begun is not None,
    )
