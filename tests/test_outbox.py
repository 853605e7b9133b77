"""The outbox and what is owed: rows that only a settled report takes away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from repwatch.model import Delivery, DeliveryState, Message, OwedKind
from repwatch.store import outbox, owed
from repwatch.store.database import Store, Tx
from repwatch.store.owed import News

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OUTAGE = News(OwedKind.OUTAGE, NOW, source="blog", detail="503")
MESSAGE = Message("<1@example.org>", "Two things", "<p>é</p>", "é", b"raw \xff\x00 bytes\r\n")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "repwatch.db")
    await made.open()
    yield made
    await made.close()


def frozen(tx: Tx, *recipients: str) -> int:
    return outbox.add(tx, route="daily", channel="mail", recipients=recipients, message=MESSAGE, now=NOW)


async def due(store: Store, at: datetime = NOW) -> list[Delivery]:
    return await store.read(lambda tx: outbox.due(tx, at))


async def settle(store: Store, delivery: Delivery, state: DeliveryState, *, unknown: bool) -> None:
    await store.write(
        lambda tx: outbox.settle(tx, delivery, state=state, now=NOW, next_try=NOW, fate_unknown=unknown)
    )


async def test_a_frozen_message_comes_back_byte_for_byte(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (delivery,) = await due(store)
    assert delivery.message == MESSAGE
    assert (delivery.channel, delivery.recipient, delivery.attempts) == ("mail", "ada@example.org", 0)


async def test_one_message_id_stands_for_one_message(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: frozen(tx, "mireille@example.net"))


async def test_each_recipient_is_settled_by_itself(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org", "mireille@example.net"))
    first, second = await due(store)
    await store.write(lambda tx: outbox.settle(tx, first, state=DeliveryState.SENT, now=NOW))
    assert [delivery.id for delivery in await due(store)] == [second.id]


async def test_a_delivery_is_due_when_its_next_try_has_come(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (delivery,) = await due(store)
    await store.write(
        lambda tx: outbox.settle(
            tx, delivery, state=DeliveryState.PENDING, now=NOW, cause="451", next_try=LATER
        )
    )
    assert await due(store) == []
    assert [(item.attempts, item.cause) for item in await due(store, LATER)] == [(1, "451")]


async def test_a_fate_once_unknown_stays_so_until_the_message_is_accepted(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (delivery,) = await due(store)
    fates = []
    for state, unknown in (("pending", True), ("parked", False), ("sent", False)):
        await settle(store, delivery, DeliveryState(state), unknown=unknown)
        fates.append([item.fate_unknown for item in await store.read(outbox.open_ones)])
    assert fates == [[True], [True], []]


async def test_what_is_owed_waits_until_a_report_carries_it(store: Store) -> None:
    await store.write(lambda tx: owed.add(tx, ["daily", "weekly"], [OUTAGE]))
    (line,) = await store.read(lambda tx: owed.pending(tx, "daily"))
    assert (line.kind, line.source, line.detail, line.at) == (OwedKind.OUTAGE, "blog", "503", NOW)
    assert await store.write(lambda tx: owed.settle(tx, [line.id], frozen(tx))) == 1
    assert await store.read(lambda tx: owed.pending(tx, "daily")) == []
    assert len(await store.read(lambda tx: owed.pending(tx, "weekly"))) == 1


async def test_a_line_that_a_report_carries_cannot_be_carried_by_another(store: Store) -> None:
    await store.write(lambda tx: owed.add(tx, ["daily"], [OUTAGE]))
    (line,) = await store.read(lambda tx: owed.pending(tx, "daily"))
    report = await store.write(frozen)
    await store.write(lambda tx: owed.settle(tx, [line.id], report))
    assert await store.write(lambda tx: owed.settle(tx, [line.id], report)) == 0


async def test_a_mail_that_waits_behind_an_older_one_is_not_due(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (older,) = await due(store)
    await store.write(
        lambda tx: outbox.settle(tx, older, state=DeliveryState.PENDING, now=NOW, next_try=LATER)
    )
    newer = replace(MESSAGE, message_id="<2@example.org>")
    await store.write(
        lambda tx: outbox.add(
            tx, route="daily", channel="mail", recipients=["ada@example.org"], message=newer, now=NOW
        )
    )
    assert not await store.read(lambda tx: outbox.is_due(tx, NOW))
    assert await store.read(lambda tx: outbox.is_due(tx, LATER))


async def test_an_attempt_settles_no_other_message_that_a_restore_gave_its_number(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (mine,) = await due(store)
    of_before = replace(mine, message=replace(MESSAGE, message_id="<before@example.org>"))
    assert not await store.write(lambda tx: outbox.begin(tx, of_before, NOW))
    await settle(store, of_before, DeliveryState.SENT, unknown=False)
    assert [delivery.id for delivery in await due(store)] == [mine.id]


async def test_what_was_accepted_once_stays_so(store: Store) -> None:
    await store.write(lambda tx: frozen(tx, "ada@example.org"))
    (delivery,) = await due(store)
    await settle(store, delivery, DeliveryState.SENT, unknown=False)
    await settle(store, delivery, DeliveryState.PENDING, unknown=True)
    assert await due(store) == []
