"""Another back-end for the same source: one line of YAML, and the history goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from repwatch.config.settings import Config
from repwatch.model import OwedKind
from repwatch.store import rankings
from tests.fakes import START
from tests.house import configured, house

SEARXNG = "{kind: searxng, id: web, url: 'https://search.example.org', language: en-US, every: 12h}"
BRAVE = "{kind: brave, id: web, key: env:REPWATCH_LAB_KEY, country: US, every: 12h, budget: 10/day}"
OLD = "https://press.example.org/old"
NEW = "https://press.example.org/new"


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPWATCH_LAB_KEY", "lab-key-0123456789")


def watched_by(line: str, folder: Path) -> Config:
    return configured(folder, [line])


def hits(*urls: str) -> list[dict[str, str]]:
    return [{"url": url, "title": f"Ada Exemple at {url[-3:]}", "engine": "one"} for url in urls]


def searxng(*urls: str) -> httpx.Response:
    return httpx.Response(200, json={"results": hits(*urls), "unresponsive_engines": []})


def brave(*urls: str) -> httpx.Response:
    return httpx.Response(
        200, json={"query": {"more_results_available": False}, "web": {"results": hits(*urls)}}
    )


def web(answer: httpx.Response) -> Mapping[str, httpx.Response]:
    """The same answer at either service, of which one only is asked."""
    return {
        "https://search.example.org/search": answer,
        "https://api.search.brave.com/res/v1/web/search": answer,
    }


async def checked(config: Config, answer: httpx.Response, day: int) -> Sequence[OwedKind]:
    """The news of one check at noon of that day."""
    async with house(config, start=START + timedelta(days=day)) as home:
        home.web.replies.update(web(answer))
        before = await home.news()
        await home.check()
        return (await home.news())[len(before) :]


async def test_what_was_known_stays_known_and_nothing_old_is_told_as_new(tmp_path: Path) -> None:
    await checked(watched_by(SEARXNG, tmp_path), searxng(OLD), 0)
    told = await checked(watched_by(BRAVE, tmp_path), brave(OLD, NEW), 1)
    assert told == [OwedKind.BASELINE]
    async with house(watched_by(BRAVE, tmp_path), start=START + timedelta(days=1)) as home:
        found = {mention.url: mention.baseline for mention in await home.mentions()}
        assert found == {OLD: True, NEW: True}
        assert [item.detail for item in await home.owed()] == ["1", "1"]


async def test_from_the_second_look_on_the_new_kind_tells_what_is_new(tmp_path: Path) -> None:
    await checked(watched_by(SEARXNG, tmp_path), searxng(OLD), 0)
    await checked(watched_by(BRAVE, tmp_path), brave(OLD), 1)
    assert await checked(watched_by(BRAVE, tmp_path), brave(OLD, NEW), 2) == [OwedKind.MENTION]


async def test_going_back_is_a_first_look_again(tmp_path: Path) -> None:
    await checked(watched_by(SEARXNG, tmp_path), searxng(OLD), 0)
    await checked(watched_by(BRAVE, tmp_path), brave(OLD), 1)
    assert await checked(watched_by(SEARXNG, tmp_path), searxng(OLD, NEW), 2) == [OwedKind.BASELINE]


async def test_the_same_kind_goes_on_where_it_was(tmp_path: Path) -> None:
    await checked(watched_by(BRAVE, tmp_path), brave(OLD), 0)
    assert await checked(watched_by(BRAVE, tmp_path), brave(OLD, NEW), 1) == [OwedKind.MENTION]


async def test_the_rankings_go_on_under_the_same_query(tmp_path: Path) -> None:
    await checked(watched_by(SEARXNG, tmp_path), searxng(NEW, OLD), 0)
    await checked(watched_by(BRAVE, tmp_path), brave(OLD, NEW), 1)
    async with house(watched_by(BRAVE, tmp_path)) as home:
        kept = await home.app.store.read(lambda tx: rankings.latest(tx, "ada"))
    of_old = [(rank.engine, rank.query, rank.locale, rank.position) for _, rank, url in kept if url == OLD]
    assert of_old == [("brave", '"Ada Exemple"', "en-US", 1), ("one", '"Ada Exemple"', "en-US", 2)]
