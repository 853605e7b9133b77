"""One request at a time for a host and port, with a pause; hosts never wait for each other."""

from __future__ import annotations

import asyncio

import pytest

from repwatch.errors import Blocked
from repwatch.fetch.pacing import Pacer, Slots
from tests.hostile import StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def pacer(clock: StillClock) -> Pacer:
    return Pacer(clock)


async def take(pacer: Pacer, host: str = "a.example", port: int = 80, interval: float = 1.0) -> None:
    async with pacer.turn(host, port, interval):
        pass


async def test_the_first_turn_does_not_wait(pacer: Pacer, clock: StillClock) -> None:
    await take(pacer)
    assert clock.slept == []


async def test_the_second_turn_waits_for_the_interval(pacer: Pacer, clock: StillClock) -> None:
    await take(pacer, interval=2.0)
    clock.advance(0.5)
    await take(pacer, interval=2.0)
    assert clock.slept == [1.5]


async def test_the_pause_has_a_random_part(pacer: Pacer, clock: StillClock) -> None:
    clock.jitter = lambda seconds: seconds  # type: ignore[method-assign] # the largest share
    await take(pacer)
    await take(pacer)
    assert clock.slept == [1.5]


@pytest.mark.parametrize("other", [("b.example", 80), ("a.example", 81)])
async def test_another_host_or_port_does_not_wait(
    pacer: Pacer, clock: StillClock, other: tuple[str, int]
) -> None:
    async with pacer.turn("a.example", 80, 60.0):
        await take(pacer, *other)
    assert clock.slept == []


async def test_one_at_a_time(pacer: Pacer) -> None:
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with pacer.turn("a.example", 80, 0.0):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))
    assert most == 1


async def test_a_failed_request_also_spaces_the_next(pacer: Pacer, clock: StillClock) -> None:
    with pytest.raises(ZeroDivisionError):
        async with pacer.turn("a.example", 80, 1.0):
            raise ZeroDivisionError
    await take(pacer)
    assert clock.slept == [1.0]


async def test_a_held_host_and_port_is_refused_at_once_and_its_neighbour_is_not(
    pacer: Pacer, clock: StillClock
) -> None:
    pacer.not_before("a.example", 80, clock.monotonic() + 120)
    with pytest.raises(Blocked) as refusal:
        await take(pacer)
    assert refusal.value.retry_after == 120
    await take(pacer, port=8080)
    assert clock.slept == []


async def test_a_hold_ends(pacer: Pacer, clock: StillClock) -> None:
    pacer.not_before("a.example", 80, clock.monotonic() + 120)
    clock.advance(120)
    await take(pacer)
    assert clock.slept == []


async def test_a_hold_is_never_shortened(pacer: Pacer, clock: StillClock) -> None:
    pacer.not_before("a.example", 80, clock.monotonic() + 120)
    pacer.not_before("a.example", 80, clock.monotonic() + 60)
    clock.advance(90)
    with pytest.raises(Blocked):
        await take(pacer)


async def test_memory_does_not_grow_with_the_hosts_of_the_past(pacer: Pacer, clock: StillClock) -> None:
    for number in range(5000):
        await take(pacer, host=f"h{number}.example", interval=1.0)
        clock.advance(1.0)
    assert len(pacer._lanes) < 1100


async def test_a_waiting_lane_is_not_forgotten(pacer: Pacer) -> None:
    order: list[str] = []
    async with pacer.turn("a.example", 80, 0.0):
        waiting = asyncio.create_task(take(pacer))
        await asyncio.sleep(0)
        pacer._forget()
        order.append("first leaves")
        assert not waiting.done()
    await waiting
    assert order == ["first leaves"]


async def test_slots_bound_what_runs_at_once() -> None:
    slots, inside, most = Slots(3), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with slots:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3


async def test_a_cancelled_waiter_loses_no_slot() -> None:
    slots = Slots(1)

    async def work() -> None:
        async with slots:
            await asyncio.sleep(0)

    async with slots:
        waiters = [asyncio.create_task(work()) for _ in range(3)]
        await asyncio.sleep(0)
        waiters[1].cancel()
    waiters[2].cancel()  # it was just given the slot
    await asyncio.gather(*waiters, return_exceptions=True)
    async with asyncio.timeout(1):
        await work()
