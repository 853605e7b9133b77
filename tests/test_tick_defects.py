"""What fails by a defect, or is reloaded while it works, neither spins nor hangs nor falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from repwatch.errors import DiskFault, DiskFull
from repwatch.jobs.ended import Ended
from repwatch.jobs.record import record
from repwatch.jobs.standstill import LOOK_FOR_ROOM, MOST_FAULTS
from repwatch.jobs.tick import LOOK_EVERY, Tick
from repwatch.model import Message, Pair, Receipt, Route, Run
from repwatch.store import sources
from repwatch.store.database import Tx
from tests.house import BLOG, DAILY, FEEDS, GAZETTE, INSTANT, articles, configured, house
from tests.test_tick import Disk, Hanging, SlowWeb, asked, ticking, until

HOUR = 3600.0


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.house.FakeWeb", SlowWeb)


async def seconds(tick: Tick, advance: Callable[[float], None], count: int) -> None:
    """Let so many seconds pass, with a tick in each."""
    for _ in range(count):
        if tick.fatal:
            return
        await tick.start()
        while tick._tasks:
            await asyncio.wait(tick._tasks)
        advance(1)


# --- reloading ------------------------------------------------------------------------------------


async def test_a_reload_while_the_store_is_asked_takes_the_new_sources_over(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as home:
        home.web.replies = {BLOG: articles(1), GAZETTE: articles(9)}
        tick = home.app.tick()
        begun = asyncio.create_task(tick.start())
        await asyncio.sleep(0)
        tick.use(home.app.renewed(configured(tmp_path, FEEDS[1:])).work())
        await begun
        await tick.run()
        assert (asked(home, BLOG), asked(home, GAZETTE), tick.under_way) == (0, 1, 0)


async def test_a_reload_does_not_send_again_what_is_being_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = Hanging()
    monkeypatch.setattr("repwatch.app.make_channels", lambda _: {"mail": channel})
    async with house(configured(tmp_path), channel=channel) as home:
        home.web.replies[BLOG] = articles(1)
        tick = home.app.tick()
        await home.check()
        await home.report()
        await until(tick, lambda: channel.begun == 1)
        tick.use(home.app.renewed(configured(tmp_path)).work())
        for _ in range(5):
            home.clock.advance(LOOK_EVERY)
            await tick.start()
            await asyncio.sleep(0.01)
        assert channel.begun == 1
        await tick.stop(0)


@pytest.mark.usefixtures("slow")
async def test_a_check_under_way_does_not_bring_the_old_cadence_back(tmp_path: Path) -> None:
    weekly = FEEDS[0].replace("every: 1h", "every: 7d")
    async with house(configured(tmp_path, [weekly])) as home:
        assert isinstance(home.web, SlowWeb)
        home.web.replies[BLOG] = articles(1)
        home.web.slow[BLOG] = asyncio.Event()
        tick = home.app.tick()
        await until(tick, lambda: asked(home, BLOG) == 1)
        tick.use(home.app.renewed(configured(tmp_path, FEEDS[:1])).work())
        await tick.start()
        home.web.slow[BLOG].set()
        await tick.run()
        home.clock.advance(LOOK_EVERY)
        await tick.run()
        home.clock.advance(1.1 * HOUR)
        await tick.run()
        assert asked(home, BLOG) == 2


@pytest.mark.usefixtures("slow")
async def test_a_source_that_is_paused_while_it_is_checked_stays_paused(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.slow[BLOG] = asyncio.Event()
        await until(tick, lambda: asked(home, BLOG) == 2)
        await home.app.store.write(lambda tx: sources.set_paused(tx, [Pair("blog")], "by hand"))
        home.web.slow[BLOG].set()
        await tick.run()
        assert (await home.state("blog")).paused == "by hand"


# --- defects --------------------------------------------------------------------------------------


async def test_a_report_that_cannot_be_made_is_tried_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path, DAILY) as (home, tick):
        tries: list[Route] = []

        async def defective(route: Route, _: object) -> Message | None:
            tries.append(route)
            raise KeyError(route.id)

        send = home.app.digest.send
        monkeypatch.setattr(home.app.digest, "send", defective)
        home.clock.advance(24 * HOUR)
        await seconds(tick, home.clock.advance, 30)
        assert len(tries) == 1
        assert tick.defects == 1
        monkeypatch.setattr(home.app.digest, "send", send)
        await seconds(tick, home.clock.advance, 40)
        assert len(home.channel.delivered) == 1
        assert tick.defects == 0


async def test_a_run_that_cannot_be_written_holds_up_no_other_and_its_source_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(tx: Tx, ended: list[Ended], routes: list[str]) -> list[Run]:
        if any(each.pair.source == "blog" for each in ended):
            raise KeyError("blog")
        return record(tx, ended, routes)

    async with ticking(tmp_path) as (home, tick):
        home.web.replies = {BLOG: articles(2, 1), GAZETTE: articles(10, 9)}
        before = asked(home, BLOG)
        monkeypatch.setattr("repwatch.jobs.round.record", defective)
        await seconds(tick, home.clock.advance, 30)
        assert asked(home, BLOG) == before + 1
        assert [mention.url for mention in await home.mentions()].count("https://blog.example/posts/10") == 1
        monkeypatch.setattr("repwatch.jobs.round.record", record)
        await seconds(tick, home.clock.advance, 40)
        assert asked(home, BLOG) == before + 2


async def test_a_tidying_that_fails_is_not_tried_each_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        tries: list[None] = []

        async def defective() -> dict[str, int]:
            tries.append(None)
            raise KeyError

        monkeypatch.setattr(home.app.tidy, "run", defective)
        home.clock.advance(25 * HOUR)
        await seconds(tick, home.clock.advance, 30)
        assert len(tries) == 1


async def test_a_defect_while_looking_is_met_with_pauses_and_ends_the_daemon_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        looks: list[None] = []

        def defective(_: Tx) -> None:
            looks.append(None)
            raise ValueError

        monkeypatch.setattr("repwatch.jobs.agenda.sources.due", lambda *_: defective(_))
        await seconds(tick, home.clock.advance, 600)
        assert len(looks) == MOST_FAULTS
        assert tick.fatal is not None


async def test_a_report_and_its_next_time_are_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyError

    async with ticking(tmp_path, DAILY) as (home, tick):
        home.clock.advance(24 * HOUR)
        monkeypatch.setattr("repwatch.jobs.agenda.routes.plan", killed)
        await tick.run()
        assert home.channel.attempts == []
        assert await home.owed()


# --- the disk -------------------------------------------------------------------------------------


class Silent:
    """A mail server that says nothing, ever."""

    async def send(self, message: Message, to: str) -> Receipt:  # noqa: ARG002 - the protocol's signature
        await asyncio.Event().wait()
        return Receipt()


async def test_a_notice_that_cannot_be_sent_holds_up_no_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(configured(tmp_path), channel=Silent()) as home:
        home.web.replies = {BLOG: articles(1), GAZETTE: articles(9)}
        tick = home.app.tick()
        await tick.run()
        home.clock.advance(LOOK_EVERY)
        monkeypatch.setattr("repwatch.jobs.agenda.sources.due", full)
        async with asyncio.timeout(5):
            await tick.start()
            monkeypatch.undo()
            home.clock.advance(LOOK_FOR_ROOM)
            await tick.start()
        assert tick.trouble == ""
        await tick.stop(0)


def full(*_: object) -> None:
    raise DiskFull("house.db: the disk is full", "make room")


async def test_a_disk_at_its_brink_fills_no_mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ticking(tmp_path) as (home, tick):
        disk = Disk(home, monkeypatch)
        for _ in range(20):
            disk.error = DiskFull("house.db: the disk is full", "make room")
            await tick.run()
            disk.error = None
            home.clock.advance(LOOK_FOR_ROOM)
            await tick.run()
            home.clock.advance(200)
        assert len(home.channel.attempts) == 2


async def test_a_disk_that_works_again_is_no_trouble_though_nothing_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        home.clock.advance(LOOK_EVERY)

        async def failing(_: object) -> None:
            raise DiskFault("house.db: disk I/O error", "check the disk")

        with monkeypatch.context() as patch:
            patch.setattr(home.app.store, "read", failing)
            await tick.run()
        assert tick.trouble == "the disk fails"
        home.clock.advance(LOOK_EVERY)
        await tick.run()
        assert tick.trouble == ""


async def test_a_clock_set_back_while_the_disk_fails_silences_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        before = asked(home, BLOG)
        disk = Disk(home, monkeypatch)
        disk.error = DiskFault("house.db: disk I/O error", "check the disk")
        home.clock.set_by(timedelta(-400))
        with pytest.raises(DiskFault):
            await tick.set_clock(timedelta(-400))
        disk.error = None
        await tick.run()
        home.clock.advance(1.1 * HOUR)
        await tick.run()
        assert asked(home, BLOG) == before + 1


# --- what cannot wait -----------------------------------------------------------------------------


async def test_what_cannot_wait_and_was_left_by_a_killed_daemon_is_told_at_the_start(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1], INSTANT)) as home:
        home.web.replies[BLOG] = articles(1)
        await home.check()
        home.web.replies[BLOG] = articles(2, 1)
        await home.check()  # and here it was killed
        await home.app.tick().run()
        assert len(home.channel.delivered) == 1


@pytest.mark.usefixtures("slow")
async def test_what_cannot_wait_waits_for_no_source_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repwatch.jobs.tick.SHORT_PATIENCE", 0.01)
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.slow[GAZETTE] = asyncio.Event()
        home.web.replies[BLOG] = articles(2, 1)
        await until(tick, lambda: len(home.channel.delivered) == 1)
        assert tick.under_way == 1
