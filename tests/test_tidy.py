"""Retention: what is past its time goes, and nothing that is pruned makes repwatch lie or tell twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from repwatch.errors import ConfigError, DeliveryError
from repwatch.jobs.tidy import BATCH, Tidy
from repwatch.model import Finding, Outcome, OwedKind, Pair, Query, Rank, Run
from repwatch.rules import url
from repwatch.store import mentions, queries, rankings, retention, runs
from repwatch.store.database import Tx
from tests.fakes import START, rss
from tests.house import BLOG, FEEDS, SUBJECTS, House, article, articles, configured, house

DAY = 86_400
RETENTION = "retention: {runs: 2d, queries: 2d, reports: 2d, rankings: 2d, snapshots: 2d, mentions: 3d}\n"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """A blog whose first look is over and told; since then post 3, which is not told yet."""
    async with house(configured(tmp_path, FEEDS[:1], subjects=RETENTION + SUBJECTS)) as made:
        made.web.replies[BLOG] = articles(1, 2)
        await made.check()
        await made.report()
        await made.app.deliver.run()
        made.web.replies[BLOG] = articles(3, 2, 1)
        await made.check()
        yield made


async def rows(home: House, sql: str) -> list[tuple[Any, ...]]:
    return await home.app.store.read(lambda tx: [tuple(row) for row in tx.execute(text(sql))])


async def tidied(home: House, days: float) -> dict[str, int]:
    home.clock.advance(days * DAY)
    return await home.app.tidy.run()


async def test_the_last_run_of_each_pair_stays(home: House) -> None:
    assert (await tidied(home, 10))["runs"] == 1
    last = await home.app.store.read(runs.last)
    assert last[Pair("blog")].new == 1
    assert (await tidied(home, 10))["runs"] == 0


async def test_the_query_log_and_the_rankings_go_with_their_time(home: House) -> None:
    old, new = START - timedelta(days=3), START

    def fill(tx: Tx) -> None:
        for at in (old, new):
            queries.add(tx, [Query(at, "wikidata", "ada", "wiki.example", "Ada Exemple")])
            found = Finding("x", "http://x.example/", rank=Rank("Ada", "engine", "all", 1))
            rankings.add(tx, Pair("search", "ada"), [found], at)

    await home.app.store.write(fill)
    done = await home.app.tidy.run()
    assert (done["queries"], done["rankings"]) == (1, 1)
    assert [query.at for query in await home.app.store.read(queries.listed)] == [new]
    assert [at for at, *_ in await home.app.store.read(lambda tx: rankings.latest(tx, "ada"))] == [new]


async def test_a_sent_report_keeps_its_message_id_and_loses_its_body(home: House) -> None:
    ((before, body),) = await rows(home, "SELECT message_id, length(raw) FROM report")
    assert body > 1000
    assert (await tidied(home, 3))["reports"] == 1
    assert await rows(home, "SELECT message_id, html, text, raw, subject_line FROM report") == [
        (before, "", "", b"", "")
    ]


@pytest.mark.parametrize("permanent", [False, True])
async def test_a_report_that_waits_or_is_parked_keeps_its_body(tmp_path: Path, permanent: bool) -> None:
    failures = [DeliveryError("no", permanent=permanent)]
    config = configured(tmp_path, FEEDS[:1], subjects=RETENTION + SUBJECTS)
    async with house(config, failures=failures) as home:
        home.web.replies[BLOG] = articles(1)
        await home.check()
        await home.report()
        await home.app.deliver.run()
        assert (await tidied(home, 30))["reports"] == 0
        assert (await rows(home, "SELECT length(raw) > 1000 FROM report")) == [(1,)]


async def test_a_mention_loses_its_words_and_is_still_known(home: House) -> None:
    await home.report()
    assert (await tidied(home, 10))["mentions"] == 3
    found = await home.mentions()
    assert {(item.title, item.summary, item.verdict.reasons) for item in found} == {("", "", ())}
    home.web.replies[BLOG] = articles(3, 2, 1)
    assert (await home.check())["blog"].new == 0
    assert await home.owed() == []


async def test_a_mention_without_words_that_comes_back_reworded_is_not_told_as_edited(home: House) -> None:
    await home.report()
    await tidied(home, 10)
    home.web.replies[BLOG] = rss(article(3, "Ada Exemple closes the workshop"), article(2), article(1))
    await home.check()
    assert await home.news() == []


async def test_what_is_still_owed_keeps_its_words(home: House) -> None:
    assert [line.mention.title for line in await home.owed() if line.mention] == [article(3)[0]]
    assert (await tidied(home, 10))["mentions"] == 2
    (line,) = await home.owed()
    assert line.mention
    assert line.mention.title == article(3)[0]
    raw = await home.report()
    assert raw
    assert b"workshop number 3" in raw


async def test_a_first_look_that_is_still_owed_keeps_its_words(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1], subjects=RETENTION + SUBJECTS)) as home:
        home.web.replies[BLOG] = articles(1, 2)
        await home.check()
        assert await home.news() == [OwedKind.BASELINE]
        assert (await tidied(home, 10))["mentions"] == 0


async def test_a_mention_that_still_stands_there_keeps_its_words(home: House) -> None:
    await home.report()
    for day in range(10):
        home.web.replies[BLOG] = httpx.Response(200, content=articles(2).content + b"\n" * day)
        await home.check(later=DAY)
    assert (await home.app.tidy.run())["mentions"] == 2
    assert [item.title for item in await home.mentions() if item.title] == [article(2)[0]]


async def test_an_edit_goes_with_the_words(home: House) -> None:
    (made, *_) = [item.id for item in await home.mentions()]
    edited = Finding("Ada Exemple resigns", "https://blog.example/posts/3", "Another summary altogether.")
    await home.app.store.write(lambda tx: mentions.edit(tx, made, edited, home.clock.now()))
    await home.report()
    await tidied(home, 10)
    assert await rows(home, "SELECT count(*) FROM edit") == [(0,)]


async def test_nothing_goes_that_is_kept_forever(tmp_path: Path) -> None:
    forever = RETENTION.replace("2d", "forever").replace("3d", "forever")
    async with house(configured(tmp_path, FEEDS[:1], subjects=forever + SUBJECTS)) as home:
        home.web.replies[BLOG] = articles(1)
        await home.check()
        assert await tidied(home, 20 * 365) == {}


async def test_a_large_heap_goes_in_short_transactions(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    old = START - timedelta(days=30)
    one = Run("blog", "", old, old, Outcome.OK)
    await home.app.store.write(lambda tx: runs.add(tx, [one] * (2 * BATCH)))
    swept: list[int] = []
    prune = retention.prune

    def noted(tx: Tx, noun: str, before: datetime, most: int) -> int:
        swept.append(prune(tx, noun, before, most))
        return swept[-1]

    monkeypatch.setattr(retention, "prune", noted)
    assert (await home.app.tidy.run())["runs"] == 2 * BATCH - 1
    assert max(swept) == BATCH


async def test_counting_prunes_nothing(home: House) -> None:
    home.clock.advance(10 * DAY)
    would = await home.app.tidy.would()
    assert would["runs"] == 1
    assert await home.app.tidy.run() == would


async def test_it_is_due_once_a_day_and_remembers_across_a_restart(home: House) -> None:
    tidy = home.app.tidy
    assert await tidy.due()
    await tidy.run()
    again = Tidy(home.app.store, home.clock, home.app.config.retention)
    assert (await tidy.due(), await again.due()) == (False, False)
    home.clock.advance(DAY)
    assert (await tidy.due(), await again.due()) == (True, True)


async def test_a_clock_that_was_set_back_does_not_put_it_off(home: House) -> None:
    await home.app.tidy.run()
    home.clock.advance(-400 * DAY)
    assert await home.app.tidy.due()


@pytest.mark.parametrize("written", ["12h", "0d", "soon", "90", "-3d"])
def test_a_retention_that_is_none_is_refused_at_its_place(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"retention\.runs"):
        configured(tmp_path, subjects=f"retention: {{runs: {written}}}\n{SUBJECTS}")


def test_the_defaults_forget_no_mention(tmp_path: Path) -> None:
    kept = configured(tmp_path).retention
    assert {name: str(value) for name, value in kept} == {
        "runs": "90d",
        "queries": "365d",
        "reports": "365d",
        "rankings": "730d",
        "snapshots": "90d",
        "mentions": "forever",
    }


async def test_what_the_rules_keep_to_be_quick_goes_once_a_day(home: House) -> None:
    url.canonical("https://blog.example/posts/1")
    await tidied(home, 1)
    assert url.canonical.cache_info().currsize == 0
