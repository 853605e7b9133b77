"""What is remembered of a source between two runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from repwatch.model import Outcome, Pair, SourceState, Validators
from repwatch.store import sources
from repwatch.store.database import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BLOG, GAZETTE, SEARCH = Pair("blog"), Pair("gazette"), Pair("search", "ada")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "repwatch.db")
    await made.open()
    yield made
    await made.close()


async def keep(store: Store, *states: SourceState) -> None:
    await store.write(lambda tx: sources.save(tx, states))


async def due(store: Store) -> list[Pair]:
    await store.write(lambda tx: sources.enlist(tx, [BLOG, GAZETTE, SEARCH]))
    return list(await store.read(lambda tx: sources.due(tx, NOW)))


async def test_a_state_comes_back_as_it_went_in(store: Store) -> None:
    whole = SourceState(
        SEARCH,
        next_due=NOW + HOUR,
        last_run=NOW,
        last_answer=NOW - HOUR,
        outcome=Outcome.BLOCKED,
        cause="429",
        failures=2,
        failing_since=NOW - HOUR,
        outage_told=True,
        baseline_done=True,
        paused="by the owner",
        moved_to="https://new.example/",
        moved_since=NOW - HOUR,
        window=("url:a", "guid:b"),
        guids_shared=True,
        pages={"GET a": Validators('"v1"', "yesterday", "abc", NOW)},
        kind="searxng",
        pace=0.25,
        last_new=NOW - HOUR,
        rhythm=(3600.0, 7200.5),
        quiet_told=True,
        canary=Outcome.EMPTY,
        canary_at=NOW,
    )
    await keep(store, whole)
    assert await store.read(sources.states) == {SEARCH: whole}


async def test_a_later_state_replaces_the_one_before(store: Store) -> None:
    await keep(store, SourceState(BLOG, failures=3))
    await keep(store, SourceState(BLOG, failures=0))
    assert (await store.read(sources.states))[BLOG].failures == 0


async def test_what_never_ran_is_due_first_and_then_the_longest_overdue(store: Store) -> None:
    await keep(store, SourceState(BLOG, next_due=NOW), SourceState(GAZETTE, next_due=NOW - HOUR))
    assert await due(store) == [SEARCH, GAZETTE, BLOG]


async def test_what_is_not_due_yet_or_paused_is_left_alone(store: Store) -> None:
    await keep(store, SourceState(BLOG, next_due=NOW + HOUR), SourceState(GAZETTE, paused="410"))
    assert await due(store) == [SEARCH]


async def test_a_source_that_may_run_again_is_due_at_once_and_keeps_its_memory(store: Store) -> None:
    await keep(store, SourceState(BLOG, next_due=NOW + HOUR, window=("url:a",), baseline_done=True))
    await store.write(lambda tx: sources.set_paused(tx, [BLOG], "by the owner"))
    assert BLOG not in await due(store)
    await store.write(lambda tx: sources.set_paused(tx, [BLOG], ""))
    assert BLOG in await due(store)
    assert (await store.read(sources.states))[BLOG].window == ("url:a",)
