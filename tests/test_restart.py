"""What is remembered of a source is the same after the store was closed and opened again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from repwatch.model import Outcome, OwedKind, Pair
from tests.fakes import START, Reply
from tests.house import BLOG, FEEDS, House, articles, configured, house

HOUR = 3600.0
DAY = 24 * HOUR
OTHER = "http://blog.example/comments"
SOURCES = (FEEDS[0], f'{{kind: feed, id: comments, url: "{OTHER}", every: 1h}}')


@dataclass
class Lives:
    """One installation that is started again and again; the clock goes on meanwhile."""

    folder: Path
    now: datetime = START
    replies: dict[str, Reply] = field(default_factory=lambda: {BLOG: articles(1), OTHER: articles(2)})

    @asynccontextmanager
    async def life(self, later: float = 0.0) -> AsyncIterator[House]:
        async with house(configured(self.folder, SOURCES), start=self.now + timedelta(seconds=later)) as home:
            home.web.replies = self.replies
            yield home
            self.now = home.clock.now()


@pytest.fixture
async def lives(tmp_path: Path) -> Lives:
    made = Lives(tmp_path)
    async with made.life() as home:
        await home.check()
        await home.report()
    return made


async def failed(lives: Lives, reply: Reply, times: int) -> None:
    """So many rounds in which the blog failed, each in a life of its own."""
    lives.replies[BLOG] = reply
    for _ in range(times):
        async with lives.life() as home:
            await home.check("blog")


async def test_the_back_off_goes_on_growing(lives: Lives) -> None:
    await failed(lives, httpx.Response(403), 3)
    async with lives.life() as home:
        state = await home.state("blog")
        assert state.next_due is not None
        assert (state.failures, state.next_due - home.clock.now()) == (3, timedelta(hours=4))
        home.clock.advance(4 * HOUR - 60)
        assert Pair("blog") not in await home.due()
        home.clock.advance(60)
        assert Pair("blog") in await home.due()


async def test_a_pause_holds(lives: Lives) -> None:
    await failed(lives, httpx.Response(410), 1)
    async with lives.life(30 * DAY) as home:
        assert await home.due() == {Pair("comments")}
        assert await home.news() == [OwedKind.PAUSED]


async def test_a_retry_after_holds_for_the_whole_host(lives: Lives) -> None:
    await failed(lives, httpx.Response(429, headers={"retry-after": "7200"}), 1)
    async with lives.life() as home:
        run = (await home.check("comments"))["comments"]
        assert (run.outcome, home.web.requests) == (Outcome.BLOCKED, [])
        assert (await home.check("comments", later=7200))["comments"].outcome is Outcome.OK


async def test_an_outage_is_told_once_and_its_end_once_with_the_rounds_it_cost(lives: Lives) -> None:
    await failed(lives, httpx.Response(503), 5)
    lives.replies[BLOG] = articles(1)
    async with lives.life() as home:
        await home.check("blog")
    async with lives.life() as home:
        await home.check("blog")
        assert await home.news() == [OwedKind.OUTAGE, OwedKind.RECOVERED]
        assert (await home.owed())[1].detail.endswith(" 5")


async def test_a_shorter_interval_stays_short(lives: Lives) -> None:
    lives.replies[BLOG] = articles(*range(10, 20))
    async with lives.life() as home:
        await home.check("blog")
    lives.replies[BLOG] = articles(*range(20, 30))
    async with lives.life() as home:
        await home.check("blog")
    async with lives.life() as home:
        state = await home.state("blog")
        assert state.next_due is not None
        assert (state.pace, state.next_due - home.clock.now()) == (0.25, timedelta(minutes=15))


async def test_a_rhythm_is_learnt_over_many_lives_and_the_silence_told_in_one(lives: Lives) -> None:
    for number in range(10, 17):
        lives.replies[BLOG] = articles(number, number - 1, number - 2)
        async with lives.life() as home:
            await home.check("blog", later=DAY)
    for _ in range(9):
        async with lives.life() as home:
            await home.check("blog", later=DAY)
    async with lives.life() as home:
        assert (await home.news()).count(OwedKind.QUIET) == 1


async def test_the_seven_days_of_a_new_address_go_on(lives: Lives) -> None:
    lives.replies[BLOG] = httpx.Response(308, headers={"location": "http://blog.example/new"})
    lives.replies["http://blog.example/new"] = articles(1)
    for _ in range(10):
        async with lives.life() as home:
            await home.check("blog", later=DAY)
    async with lives.life() as home:
        assert await home.news() == [OwedKind.MOVED]
