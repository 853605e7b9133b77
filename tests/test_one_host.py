"""Two sources of one host never ask it together, nor one right after the other."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from repwatch import app
from repwatch.model import Outcome
from repwatch.parsing.handle import InlineParser
from tests.fakes import FakeChannel, rss
from tests.hostile import StillClock
from tests.house import configured

INTERVAL = 2.0
SLOW = 5.0  # seconds that an answer takes
SOURCES = [
    f'{{kind: feed, id: {host}-{number}, url: "http://{host}.example/{number}", interval: {INTERVAL}}}'
    for host in ("one", "two")
    for number in range(5)
]


class SlowWeb(httpx.AsyncBaseTransport):
    """A web whose hosts take their time, and note from when until when they were busy."""

    def __init__(self, clock: StillClock) -> None:
        self._clock = clock
        self.busy: dict[str, list[tuple[float, float]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        started = self._clock.monotonic()
        for _ in range(5):
            await asyncio.sleep(0)  # whoever else may start now does
        self._clock.advance(SLOW)
        self.busy.setdefault(request.url.host, []).append((started, self._clock.monotonic()))
        return rss(("Ada Exemple", "http://one.example/1", "words"))


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


async def test_a_host_is_asked_by_one_source_at_a_time_with_a_pause_between(
    tmp_path: Path, clock: StillClock
) -> None:
    web = SlowWeb(clock)
    config = configured(tmp_path, SOURCES)
    built = app.build(
        config, clock=clock, transport=web, parser=InlineParser(), channels={"mail": FakeChannel()}
    )
    async with built:
        runs = await built.check.run(built.check.pairs)
    assert {run.outcome for run in runs} == {Outcome.OK}
    assert {host: len(turns) for host, turns in web.busy.items()} == {"one.example": 5, "two.example": 5}
    for turns in web.busy.values():
        assert all(after[0] - before[1] >= INTERVAL for before, after in pairwise(turns))


async def test_hosts_do_not_wait_for_each_other(tmp_path: Path, clock: StillClock) -> None:
    web = SlowWeb(clock)
    built = app.build(
        configured(tmp_path, SOURCES),
        clock=clock,
        transport=web,
        parser=InlineParser(),
        channels={"mail": FakeChannel()},
    )
    async with built:
        await built.check.run(built.check.pairs)
    first, second = (turns[0] for turns in web.busy.values())
    assert first[0] < second[1]
    assert second[0] < first[1]
