"""Due times follow the configuration, and a clock that is set neither silences nor floods."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from repwatch.config.cadence import Cadence
from repwatch.jobs.agenda import Agenda, Look
from repwatch.model import Message, Pair, SourceState
from repwatch.store import hosts, outbox, routes, sources
from repwatch.store.database import Store
from tests.fakes import FakeClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BLOG, NIGHTLY = Pair("blog"), Pair("nightly")
PARIS = ZoneInfo("Europe/Paris")
STEPS = [HOUR, -HOUR, 400 * DAY, -400 * DAY]
MESSAGE = Message("<1@example.org>", "News", "<p>x</p>", "x", b"raw")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "repwatch.db")
    await made.open()
    yield made
    await made.close()


def agenda(clock: FakeClock, blog: str = "1h") -> Agenda:
    pairs = {BLOG: Cadence.parse(blog), NIGHTLY: Cadence.parse("day at 03:00")}
    return Agenda(pairs, {"daily": Cadence.parse("day at 07:00")}, PARIS, clock)


async def planned(store: Store, pair: Pair = BLOG) -> datetime | None:
    return (await store.read(sources.states))[pair].next_due


async def look(store: Store, clock: FakeClock) -> Look:
    return await store.read(agenda(clock).look)


async def test_what_was_never_checked_is_due_at_once_and_a_report_at_its_time(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(agenda(clock).adopt)
    seen = await look(store, clock)
    assert seen.pairs == {BLOG: None, NIGHTLY: None}
    assert (seen.routes, seen.mail) == ((), False)
    assert seen.following == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


async def test_what_is_no_longer_configured_is_never_due(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: sources.save(tx, [SourceState(Pair("gone"), next_due=NOW - HOUR)]))
    assert (await look(store, clock)).pairs == {}


async def test_the_next_look_is_at_the_first_due_time_of_all(store: Store) -> None:
    clock = FakeClock(NOW)
    states = [SourceState(BLOG, next_due=NOW + HOUR), SourceState(NIGHTLY, next_due=NOW + 2 * HOUR)]
    await store.write(lambda tx: sources.save(tx, states))
    assert (await look(store, clock)).following == NOW + HOUR


async def test_a_delivery_is_due_when_its_next_try_has_come(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(
        lambda tx: outbox.add(
            tx, route="daily", channel="mail", recipients=["ada@example.org"], message=MESSAGE, now=NOW + HOUR
        )
    )
    seen = await look(store, clock)
    assert (seen.mail, seen.following) == (False, NOW + HOUR)
    clock.advance(3600)
    assert (await look(store, clock)).mail


async def test_a_shorter_cadence_counts_at_once(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: sources.save(tx, [SourceState(BLOG, next_due=NOW + DAY)]))
    await store.write(agenda(clock, blog="15m").adopt)
    assert await planned(store) == NOW + HOUR / 4


async def test_a_due_time_within_its_cadence_stays(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: sources.save(tx, [SourceState(BLOG, next_due=NOW + HOUR / 2)]))
    await store.write(agenda(clock).adopt)
    assert await planned(store) == NOW + HOUR / 2


async def test_a_source_that_fails_keeps_its_long_pause(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: sources.save(tx, [SourceState(BLOG, next_due=NOW + 20 * HOUR, failures=5)]))
    await store.write(agenda(clock).adopt)
    assert await planned(store) == NOW + 20 * HOUR


@pytest.mark.parametrize("step", STEPS)
async def test_every_wait_keeps_its_length_when_the_clock_is_set(store: Store, step: timedelta) -> None:
    clock = FakeClock(NOW)
    state = SourceState(BLOG, next_due=NOW + HOUR / 2)
    await store.write(lambda tx: sources.save(tx, [state]))
    await store.write(lambda tx: hosts.hold(tx, "blog.example:443", NOW + HOUR))
    clock.set_by(step)
    await store.write(lambda tx: agenda(clock).shift(tx, step))
    assert await planned(store) == NOW + step + HOUR / 2
    held = await store.read(lambda tx: hosts.waiting(tx, clock.now()))
    assert held == {"blog.example:443": NOW + step + HOUR}


@pytest.mark.parametrize("step", STEPS)
async def test_a_delivery_waits_as_long_as_before(store: Store, step: timedelta) -> None:
    clock = FakeClock(NOW)
    await store.write(
        lambda tx: outbox.add(
            tx, route="daily", channel="mail", recipients=["ada@example.org"], message=MESSAGE, now=NOW + HOUR
        )
    )
    clock.set_by(step)
    await store.write(lambda tx: agenda(clock).shift(tx, step))
    (delivery,) = await store.read(outbox.open_ones)
    assert delivery.next_try == NOW + step + HOUR


async def test_a_clock_that_was_a_year_ahead_silences_no_source(store: Store) -> None:
    clock = FakeClock(NOW)
    ahead = [SourceState(BLOG, next_due=NOW + 400 * DAY), SourceState(NIGHTLY, next_due=NOW + 400 * DAY)]
    await store.write(lambda tx: sources.save(tx, ahead))
    await store.write(lambda tx: routes.plan(tx, "daily", NOW + 400 * DAY))
    await store.write(agenda(clock).adopt)
    assert await planned(store) == NOW + HOUR
    assert await planned(store, NIGHTLY) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert (await look(store, clock)).following == NOW + HOUR


async def test_a_clock_set_back_over_a_report_brings_no_second_one_that_day(store: Store) -> None:
    made = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 07:00 in Paris
    clock = FakeClock(made - HOUR / 2)
    await store.write(lambda tx: routes.reported(tx, "daily", made))
    await store.write(lambda tx: routes.plan(tx, "daily", made + DAY))
    await store.write(lambda tx: agenda(clock).shift(tx, -HOUR))
    assert (await store.read(lambda tx: routes.state(tx, "daily"))).next_due == made + DAY


async def test_a_report_whose_clock_was_wrong_comes_within_two_days(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: routes.reported(tx, "daily", NOW + 400 * DAY))
    await store.write(lambda tx: routes.plan(tx, "daily", NOW + 401 * DAY))
    await store.write(agenda(clock).adopt)
    due = (await store.read(lambda tx: routes.state(tx, "daily"))).next_due
    assert due is not None
    assert NOW < due <= NOW + 2 * DAY


async def test_a_report_moved_to_later_in_the_day_does_not_come_at_its_old_time_as_well(store: Store) -> None:
    clock = FakeClock(NOW)
    await store.write(lambda tx: routes.plan(tx, "daily", NOW + HOUR))  # as it was until now
    evening = Agenda({}, {"daily": Cadence.parse("day at 20:00")}, PARIS, clock)
    await store.write(evening.adopt)
    due = (await store.read(lambda tx: routes.state(tx, "daily"))).next_due
    assert due == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


async def test_a_restart_neither_skips_a_report_that_is_due_nor_puts_off_an_hourly_one(store: Store) -> None:
    clock = FakeClock(NOW)
    both = {"daily": Cadence.parse("day at 07:00"), "hourly": Cadence.parse("1h")}
    missed = Agenda({}, both, PARIS, clock)
    await store.write(lambda tx: routes.plan(tx, "daily", NOW - 3 * HOUR))
    await store.write(lambda tx: routes.plan(tx, "hourly", NOW + HOUR / 2))
    await store.write(missed.adopt)
    due = {route: state.next_due for route, state in (await store.read(routes.states)).items()}
    assert due == {"daily": NOW - 3 * HOUR, "hourly": NOW + HOUR / 2}


async def test_what_is_due_is_found_by_its_index(store: Store) -> None:
    def plan(tx: object) -> list[str]:
        rows = tx.exec_driver_sql(  # type: ignore[attr-defined]
            "EXPLAIN QUERY PLAN SELECT source FROM source_state WHERE paused = ''"
            " AND (next_due IS NULL OR next_due <= '2026')"
        )
        return [row[3] for row in rows]

    assert all("ix_source_state_due" in step for step in await store.read(plan) if "SEARCH" in step)
