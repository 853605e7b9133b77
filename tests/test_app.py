"""The wired whole: one mention from feed to mailbox, and ninety days in a few seconds."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from repwatch import app
from repwatch.errors import RepwatchError, StoreError
from repwatch.model import DeliveryState
from repwatch.store import mentions, outbox, tables
from repwatch.store.database import Tx
from tests.fakes import FakeClock, FakeWeb
from tests.hostile import Names
from tests.house import BLOG, FEEDS, GAZETTE, INSTANT, House, articles, configured, house
from tests.smtp_servers import Mailroom, server

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = datetime(2026, 9, 1, tzinfo=PARIS).astimezone(UTC)
DAYS = 90
SLOW = tuple(feed.replace("every: 1h", "every: 6h") for feed in FEEDS)
POSTS_A_DAY = 2
WINDOW = 10  # posts that a feed shows


async def test_a_mention_travels_from_the_feed_through_a_failed_send_to_the_mailbox(tmp_path: Path) -> None:
    room = Mailroom(answers={"DATA": "451 come back later"})
    clock, web = FakeClock(), FakeWeb({BLOG: articles(1, 2)})
    with server(room) as port:
        config = configured(tmp_path, FEEDS[:1], INSTANT, port)
        async with app.build(config, clock=clock, transport=web, resolver=Names()) as built:
            tick = built.tick()
            await tick.run()  # the first look alerts nobody
            assert room.seen == []
            web.replies[BLOG] = articles(3, 1, 2)
            clock.advance(3700)
            await tick.run()
            (owed,) = await built.store.read(outbox.open_ones)
            assert (owed.state, owed.attempts, room.taken) == (DeliveryState.PENDING, 1, [])
            room.answers.clear()
            clock.advance(120)
            await tick.run()
            await tick.run()
    ((sender, recipients, raw),) = room.taken
    mail: Any = message_from_bytes(raw, policy=default)
    assert (sender, recipients) == ("repwatch@example.org", ["ada@example.org"])
    assert mail["Message-ID"] == owed.message.message_id
    assert "workshop number 3" in mail.get_body(("html",)).get_content()


async def test_what_is_owed_survives_a_restart(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as before:
        before.web.replies[BLOG] = articles(1)
        await before.check()
        frozen = await before.report()
    async with house(configured(tmp_path, FEEDS[:1])) as after:
        after.clock.advance(7200)
        await after.app.deliver.run()
        assert [message.raw for message, _ in after.channel.delivered] == [frozen]


async def test_a_test_mail_says_what_became_of_it(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        assert await home.app.send_test() == ["ada@example.org: accepted (250 ok)"]
        assert await home.app.store.read(outbox.open_ones) == []


async def test_nothing_to_check_names_what_there_is(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        with pytest.raises(RepwatchError, match="sources: blog, gazette"):
            home.app.pairs(source="nowhere")
        with pytest.raises(RepwatchError, match="reports: daily"):
            home.app.route("nowhere")


async def test_a_database_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "house.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        async with house(configured(tmp_path)):
            pass


class Season:
    """Two feeds that grow by a post each half day; one is away for two days, the other for an hour."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def blog(self, _: httpx.Request) -> httpx.Response:
        if timedelta(days=20) <= self._passed < timedelta(days=22):
            return httpx.Response(503)
        return self._posts(0)

    def gazette(self, _: httpx.Request) -> httpx.Response:
        if timedelta(days=50) <= self._passed < timedelta(days=50, hours=1):
            raise httpx.ConnectError("refused")
        return self._posts(1000)

    @property
    def _passed(self) -> timedelta:
        return self._clock.now() - MIDNIGHT

    def _posts(self, first: int) -> httpx.Response:
        newest = first + int(self._passed / timedelta(days=1) * POSTS_A_DAY)
        return articles(*range(newest, max(first, newest - WINDOW) - 1, -1))


async def live(home: House) -> None:
    """An hourly tick through all the days."""
    season = Season(home.clock)
    home.web.replies = {BLOG: season.blog, GAZETTE: season.gazette}
    tick = home.app.tick()
    for hour in range(DAYS * 24):
        home.clock.advance((MIDNIGHT + timedelta(hours=hour) - home.clock.now()).total_seconds())
        await tick.run()


def news_of_sources(tx: Tx) -> Counter[tuple[str, str]]:
    """How often each news of a source was told in a report."""
    told = select(tables.owed.c.source, tables.owed.c.kind).where(
        tables.owed.c.mention.is_(None), tables.owed.c.report.is_not(None)
    )
    return Counter((row.source, row.kind) for row in tx.execute(told))


async def test_ninety_days_bring_one_report_a_local_day_and_every_mention_once(tmp_path: Path) -> None:
    async with house(configured(tmp_path, SLOW), start=MIDNIGHT) as home:
        await live(home)
        made = await home.app.store.read(
            lambda tx: [row.created.astimezone(PARIS) for row in tx.execute(select(tables.report))]
        )
        news = await home.app.store.read(news_of_sources)
        known = await home.app.store.read(lambda tx: mentions.listed(tx, limit=1000))
    assert {time.hour for time in made} == {7}
    assert len({time.date() for time in made}) == len(made) == len(home.channel.delivered)
    assert DAYS - 1 <= len(made) <= DAYS
    told = Counter(
        number
        for message, _ in home.channel.delivered
        for number in {int(found) for found in re.findall(r"workshop number (\d+)", message.text)}
    )
    surely_told = range((DAYS - 1) * POSTS_A_DAY)
    assert set(told.values()) == {1}
    assert told.keys() >= {*surely_told, *(1000 + number for number in surely_told)}
    assert len(known) == len(FEEDS) * DAYS * POSTS_A_DAY
    assert news == {
        ("blog", "baseline"): 1,
        ("gazette", "baseline"): 1,
        ("blog", "outage"): 1,
        ("blog", "recovered"): 1,
    }
