"""Deliveries: each recipient gets a report once, byte for byte, however often sending fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from repwatch.errors import DeliveryError, DiskFull
from repwatch.model import Delivery, DeliveryState, Message, Receipt
from repwatch.store import outbox
from repwatch.store.database import Tx
from tests.fakes import START
from tests.house import BLOG, FEEDS, TO_TWO, House, articles, configured, house

LATER = DeliveryError("451 come back later")
NEVER = DeliveryError("550 no such mailbox", permanent=True)
UNKNOWN = DeliveryError("the line was cut after the data", fate_unknown=True)


class Defective:
    """A channel with a mistake in it."""

    async def send(self, message: Message, to: str) -> Receipt:
        raise KeyError(message, to)


@asynccontextmanager
async def owing(folder: Path, *failures: DeliveryError, report: str | None = None) -> AsyncIterator[House]:
    """A house whose first report is frozen and owed."""
    config = configured(folder, FEEDS[:1], report) if report else configured(folder, FEEDS[:1])
    async with house(config, failures=failures) as made:
        made.web.replies[BLOG] = articles(1)
        await made.check()
        await made.report()
        yield made


async def open_ones(home: House) -> list[Delivery]:
    return await home.app.store.read(outbox.open_ones)


async def test_an_accepted_report_is_never_sent_again(tmp_path: Path) -> None:
    async with owing(tmp_path) as home:
        ((_, state),) = await home.app.deliver.run()
        assert state is DeliveryState.SENT
        assert await home.app.deliver.run() == []
        assert await open_ones(home) == []


async def test_every_attempt_sends_the_same_bytes_under_the_same_message_id(tmp_path: Path) -> None:
    async with owing(tmp_path, LATER, LATER, UNKNOWN) as home:
        for _ in range(4):
            await home.app.deliver.run()
            home.clock.advance(3600)
        assert len(home.channel.attempts) == 4
        assert len({(message.raw, message.message_id) for message, _ in home.channel.attempts}) == 1
        assert len(home.channel.delivered) == 1


async def test_a_report_that_failed_for_the_moment_waits_before_the_next_attempt(tmp_path: Path) -> None:
    async with owing(tmp_path, LATER) as home:
        await home.app.deliver.run()
        assert await home.app.deliver.run() == []
        (waiting,) = await open_ones(home)
        assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 1)
        assert waiting.cause == "451 come back later"


async def test_one_refused_recipient_does_not_keep_the_other_from_the_report(tmp_path: Path) -> None:
    async with owing(tmp_path, NEVER, report=TO_TWO) as home:
        await home.app.deliver.run()
        home.clock.advance(86_400)
        await home.app.deliver.run()
        assert [to for _, to in home.channel.attempts] == ["ada@example.org", "mireille@example.net"]
        (parked,) = await open_ones(home)
        assert (parked.recipient, parked.state) == ("ada@example.org", DeliveryState.PARKED)


async def test_a_message_whose_fate_is_unknown_is_sent_again(tmp_path: Path) -> None:
    async with owing(tmp_path, UNKNOWN) as home:
        await home.app.deliver.run()
        (waiting,) = await open_ones(home)
        assert waiting.fate_unknown
        home.clock.advance(3600)
        assert [state for _, state in await home.app.deliver.run()] == [DeliveryState.SENT]


async def test_later_reports_wait_behind_one_that_fails_for_the_moment(tmp_path: Path) -> None:
    async with owing(tmp_path, LATER) as home:
        home.web.replies[BLOG] = articles(2, 1)
        await home.check()
        await home.report()
        await home.app.deliver.run()
        assert len(home.channel.attempts) == 1


async def test_a_parked_report_is_shown_and_not_tried_again(tmp_path: Path) -> None:
    async with owing(tmp_path, NEVER) as home:
        await home.app.deliver.run()
        assert [item.cause for item in await open_ones(home)] == ["550 no such mailbox"]
        home.clock.advance(86_400)
        assert await home.app.deliver.run() == []


async def test_a_parked_report_that_is_released_goes_out_as_it_was_frozen(tmp_path: Path) -> None:
    async with owing(tmp_path, NEVER) as home:
        ((parked, _),) = await home.app.deliver.run()
        assert await home.app.store.write(lambda tx: outbox.release(tx, home.clock.now())) == 1
        ((sent, state),) = await home.app.deliver.run()
        assert state is DeliveryState.SENT
        assert sent.message == parked.message
        assert await open_ones(home) == []


async def test_a_report_for_a_channel_that_is_no_more_is_parked_with_its_reason(tmp_path: Path) -> None:
    async with owing(tmp_path) as home:
        home.app.deliver._channels = {}
        await home.app.deliver.run()
        (parked,) = await open_ones(home)
        assert parked.state is DeliveryState.PARKED
        assert "no channel 'mail'" in parked.cause


async def test_a_defect_in_a_channel_is_an_attempt_of_unknown_fate(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with owing(tmp_path, report=TO_TWO) as home:
        home.app.deliver._channels = {"mail": Defective()}
        states = [state for _, state in await home.app.deliver.run()]
        assert states == [DeliveryState.PENDING, DeliveryState.PENDING]
        assert all(item.fate_unknown for item in await open_ones(home))
        assert "channel mail: unexpected error" in caplog.text


async def test_a_failure_is_shown_until_the_delivery_went_through(tmp_path: Path) -> None:
    async with owing(tmp_path, *[LATER] * 20) as home:
        for _ in range(20):
            await home.app.deliver.run()
            home.clock.advance(4000)
        (waiting,) = await open_ones(home)
        assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 20)


async def test_a_mail_that_was_accepted_and_could_not_be_settled_is_settled_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with owing(tmp_path) as home:
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "settle", full)
            with pytest.raises(DiskFull):
                await home.app.deliver.run()
        assert [state for _, state in await home.app.deliver.run()] == [DeliveryState.SENT]
        assert len(home.channel.attempts) == 1


def full(*_: object, **__: object) -> None:
    raise DiskFull("house.db: the disk is full", "make room")


async def test_a_pass_ends_with_its_last_lane_though_another_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with owing(tmp_path) as home:
        await home.app.store.write(second_lane)
        home.app.deliver._channels = {"mail": home.channel, "post": (post := Slow())}
        settle = outbox.settle

        def failing(tx: Tx, delivery: Delivery, **more: Any) -> None:
            full() if delivery.channel == "mail" else settle(tx, delivery, **more)

        monkeypatch.setattr(outbox, "settle", failing)
        with pytest.raises(DiskFull):
            await home.app.deliver.run()
        assert post.ended
        assert [item.channel for item in await open_ones(home)] == ["mail"]


class Slow:
    """A channel that takes its time."""

    def __init__(self) -> None:
        self.ended = False

    async def send(self, message: Message, to: str) -> Receipt:  # noqa: ARG002 - the protocol's signature
        await asyncio.sleep(0.2)
        self.ended = True
        return Receipt("250 ok")


def second_lane(tx: Tx) -> None:
    message = Message("<2@example.org>", "News", "<p>x</p>", "x", b"raw")
    outbox.add(tx, route="daily", channel="post", recipients=["ada@example.org"], message=message, now=START)
