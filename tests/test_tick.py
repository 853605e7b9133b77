"""The tick starts what is due, never twice, and waits for nothing that is slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from repwatch.errors import DiskFault, DiskFull, StoreError
from repwatch.jobs.standstill import LOOK_FOR_ROOM, MOST_FAULTS
from repwatch.jobs.tick import LOOK_EVERY, Tick
from repwatch.model import DeliveryState, Message, OwedKind, Receipt
from repwatch.store import meta, outbox, routes
from repwatch.store.database import Store
from tests.fakes import FakeWeb
from tests.house import BLOG, DAILY, FEEDS, GAZETTE, INSTANT, House, articles, configured, house

PARIS = ZoneInfo("Europe/Paris")


class SlowWeb(FakeWeb):
    """A web where the addresses in ``slow`` answer when the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.slow: dict[str, asyncio.Event] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        waits = self.slow.get(str(request.url))
        answer = await super().handle_async_request(request)
        if waits:
            await waits.wait()
        return answer


class Hanging:
    """A channel whose server takes the mail and never says so."""

    def __init__(self) -> None:
        self.begun = 0

    async def send(self, message: Message, to: str) -> Receipt:  # noqa: ARG002 - the protocol's signature
        self.begun += 1
        await asyncio.Event().wait()
        return Receipt()


async def until(tick: Tick, condition: Callable[[], bool]) -> None:
    """Start ticks until what they began has come so far."""
    async with asyncio.timeout(20):
        while not condition():
            await tick.start()
            await asyncio.sleep(0)


@asynccontextmanager
async def ticking(folder: Path, report: str = INSTANT) -> AsyncIterator[tuple[House, Tick]]:
    """A house whose two feeds answer, its first looks are over."""
    async with house(configured(folder, FEEDS, report)) as home:
        home.web.replies = {BLOG: articles(1), GAZETTE: articles(9)}
        tick = home.app.tick()
        await tick.run()
        home.clock.advance(3700)
        yield home, tick
        await tick.stop(0)


def asked(home: House, address: str) -> int:
    return sum(str(request.url) == address for request in home.web.requests)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.house.FakeWeb", SlowWeb)


@pytest.mark.usefixtures("slow")
async def test_a_source_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.slow[BLOG] = asyncio.Event()
        home.web.replies[GAZETTE] = articles(10, 9)
        await until(tick, lambda: tick.under_way == 1 and asked(home, GAZETTE) == 2)
        home.clock.advance(3700)
        await until(tick, lambda: asked(home, GAZETTE) == 3)
        assert asked(home, BLOG) == 2


@pytest.mark.usefixtures("slow")
async def test_a_run_that_outlasts_its_interval_is_not_started_twice(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.slow = {BLOG: asyncio.Event(), GAZETTE: asyncio.Event()}
        await until(tick, lambda: asked(home, BLOG) == 2)
        for _ in range(3):
            home.clock.advance(3700)
            await tick.start()
        assert (asked(home, BLOG), asked(home, GAZETTE)) == (2, 2)
        home.web.slow[BLOG].set()
        home.web.slow.clear()
        await until(tick, lambda: asked(home, BLOG) == 2 and tick.under_way == 1)


@pytest.mark.usefixtures("slow")
async def test_a_stop_lets_a_check_end_and_writes_it_down(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.replies[BLOG] = articles(2, 1)
        home.web.slow[BLOG] = asyncio.Event()
        await until(tick, lambda: asked(home, BLOG) == 2)
        asyncio.get_running_loop().call_later(0.01, home.web.slow[BLOG].set)
        await tick.stop(10)
        assert len(await home.mentions()) == 3


@pytest.mark.usefixtures("slow")
async def test_a_stop_rolls_back_what_does_not_end_in_time(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        assert isinstance(home.web, SlowWeb)
        home.web.slow[BLOG] = asyncio.Event()
        await until(tick, lambda: asked(home, BLOG) == 2)
        await tick.stop(0.01)
        assert (await home.state("blog")).last_run == home.clock.now() - timedelta(seconds=3700)


async def test_a_mail_server_that_hangs_holds_up_no_check(tmp_path: Path) -> None:
    channel = Hanging()
    async with house(configured(tmp_path, FEEDS, INSTANT), channel=channel) as home:
        home.web.replies = {BLOG: articles(1), GAZETTE: articles(9)}
        tick = home.app.tick()
        await tick.run()
        home.clock.advance(3700)
        home.web.replies[BLOG] = articles(2, 1)
        await until(tick, lambda: channel.begun == 1)
        home.clock.advance(3700)
        home.web.replies[BLOG] = articles(3, 2, 1)
        await until(tick, lambda: asked(home, BLOG) == 3)
        assert channel.begun == 1
        await tick.stop(0)
        first, *_ = await home.app.store.read(outbox.open_ones)
        assert (first.state, first.fate_unknown) == (DeliveryState.PENDING, True)


async def test_an_attempt_that_was_never_settled_is_made_again_with_the_same_bytes(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        frozen = await home.report()
        (delivery,) = await home.app.store.read(outbox.open_ones)
        now = home.clock.now()
        await home.app.store.write(lambda tx: outbox.begin(tx, delivery, now))
        await tick.run()
        assert home.channel.delivered[0][0].raw == frozen


async def test_a_report_waits_for_the_checks_that_came_due_with_it(tmp_path: Path) -> None:
    async with ticking(tmp_path, DAILY) as (home, tick):
        home.web.replies[BLOG] = articles(2, 1)
        home.clock.advance(24 * 3600)
        await tick.run()
        (message, _) = home.channel.delivered[-1]
        assert "workshop number 2" in message.text


async def test_a_report_is_planned_anew_after_it_was_made(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        home.clock.advance(24 * 3600)
        await tick.run()
        due = (await home.app.store.read(lambda tx: routes.state(tx, "daily"))).next_due
        assert due
        assert (due.astimezone(PARIS).hour, due > home.clock.now()) == (7, True)


async def test_an_idle_tick_asks_the_store_for_nothing(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        await tick.start()
        before = home.app.store
        reads: list[object] = []

        async def counted(function: Callable[..., object]) -> object:
            reads.append(function)
            return await Store.read(before, function)

        home.app.store.read = counted  # type: ignore[method-assign,assignment]
        await tick.start()
        assert reads == []
        home.clock.advance(LOOK_EVERY)
        await tick.start()
        assert reads


async def test_nothing_new_costs_one_transaction_at_most(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        home.clock.advance(3700)
        writes: list[object] = []
        store = home.app.store

        async def counted(function: Callable[..., object]) -> object:
            writes.append(function)
            return await Store.write(store, function)

        store.write = counted  # type: ignore[method-assign,assignment]
        await tick.run()
        assert len(writes) == 1


async def test_another_configuration_is_gone_on_with(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        before = asked(home, GAZETTE)
        tick.use(home.app.renewed(configured(tmp_path, FEEDS[:1])).work())
        home.clock.advance(7200)
        await tick.run()
        assert asked(home, GAZETTE) == before
        assert asked(home, BLOG) == before + 1


async def test_checks_that_were_under_way_when_a_backup_was_restored_are_thrown_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ticking(tmp_path) as (home, tick):
        known, before = await home.mentions(), asked(home, BLOG)

        def restored(_: httpx.Request) -> httpx.Response:
            home.app.store._transact(lambda tx: meta.put(tx, "generation", "another"))
            return articles(2, 1)

        home.web.replies[BLOG] = restored
        await tick.run()
        assert asked(home, BLOG) == before + 1
        assert await home.mentions() == known
        home.web.replies[BLOG] = articles(2, 1)
        await tick.run()
        assert len(await home.mentions()) == len(known) + 1
        assert caplog.text.count("a backup was restored") == 1


# --- a database that cannot be written ------------------------------------------------------------


class Disk:
    """Makes the store's writes fail for as long as the test wants."""

    def __init__(self, home: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: StoreError | None = None
        store, write = home.app.store, home.app.store.write

        async def failing(function: Callable[..., object]) -> object:
            if self.error:
                raise self.error
            return await write(function)

        monkeypatch.setattr(store, "write", failing)


async def test_a_full_disk_stops_the_asking_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        disk = Disk(home, monkeypatch)
        disk.error = DiskFull("house.db: the disk is full", "make room")
        await tick.run()
        before = len(home.web.requests)
        for _ in range(5):
            home.clock.advance(LOOK_FOR_ROOM)
            await tick.run()
        assert len(home.web.requests) == before
        assert [message.subject for message, _ in home.channel.attempts] == ["[repwatch] The disk is full"]
        assert tick.trouble == "the disk is full"


async def test_it_goes_on_by_itself_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        disk = Disk(home, monkeypatch)
        disk.error = DiskFull("house.db: the disk is full", "make room")
        home.web.replies[BLOG] = articles(2, 1)
        await tick.run()
        disk.error = None
        home.clock.advance(LOOK_FOR_ROOM)
        await tick.run()
        assert len(await home.mentions()) == 3
        assert home.app.store.wal_bytes < 256 * 1024  # the look gave back what it took
        assert (tick.trouble, tick.fatal) == ("", None)
        subjects = [message.subject for message, _ in home.channel.attempts]
        assert subjects[1] == "[repwatch] There is room on the disk again"


async def test_a_disk_that_fails_is_tried_again_and_then_ends_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        disk = Disk(home, monkeypatch)
        disk.error = DiskFault("house.db: disk I/O error", "check the disk")
        for _ in range(MOST_FAULTS - 1):
            await tick.run()
            home.clock.advance(3700)
        assert tick.fatal is None
        await tick.run()
        assert tick.fatal is disk.error


async def test_faults_with_a_success_between_them_are_forgiven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(tmp_path) as (home, tick):
        disk = Disk(home, monkeypatch)
        for _ in range(2 * MOST_FAULTS):
            disk.error = DiskFault("house.db: disk I/O error", "check the disk")
            await tick.run()
            disk.error = None
            home.clock.advance(3700)
            await tick.run()
            home.clock.advance(3700)
        assert tick.fatal is None


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(400), timedelta(-400)])
async def test_polls_go_on_within_an_interval_when_the_clock_is_set(tmp_path: Path, step: timedelta) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        home.clock.set_by(step)
        await tick.set_clock(step)
        before = asked(home, BLOG)
        await tick.run()
        assert asked(home, BLOG) == before
        home.clock.advance(3700)
        await tick.run()
        assert asked(home, BLOG) == before + 1


async def test_a_machine_that_slept_checks_each_source_once(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        await tick.run()
        before = asked(home, BLOG)
        home.clock.advance(8 * 3600)
        await tick.run()
        await tick.run()
        assert asked(home, BLOG) == before + 1


@pytest.mark.parametrize(
    "night", [datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2027, 3, 27, 12, tzinfo=UTC)]
)
@pytest.mark.parametrize("at", ["02:30", "07:00"])
async def test_a_daily_report_comes_once_a_local_day_when_the_clocks_change(
    tmp_path: Path, night: datetime, at: str
) -> None:
    report = f'{{id: daily, channel: mail, to: ada@example.org, every: "day at {at}"}}'
    async with house(configured(tmp_path, FEEDS[:1], report), start=night) as home:
        tick = home.app.tick()
        for number in range(3 * 24 * 4):
            home.web.replies[BLOG] = articles(*range(number + 1, max(0, number - 9), -1))
            await tick.run()
            home.clock.advance(900)
        made = [delivered_on(message) for message, _ in home.channel.delivered]
    assert len(made) == len(set(made)) == 3


def delivered_on(message: Message) -> str:
    """The local day in a report's own words."""
    sent = parsedate_to_datetime(message_from_bytes(message.raw)["Date"])
    return sent.astimezone(PARIS).date().isoformat()


async def test_news_that_cannot_wait_leave_with_the_check_that_found_them(tmp_path: Path) -> None:
    async with ticking(tmp_path) as (home, tick):
        home.web.replies[BLOG] = articles(2, 1)
        await tick.run()
        assert [kind for kind in await home.news() if kind is OwedKind.MENTION] == []
        assert len(home.channel.delivered) == 1
