"""A check, from the bytes of a page to what is known and what is owed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from repwatch.errors import Unreadable
from repwatch.jobs.check import concerned
from repwatch.model import Change, Label, Outcome, OwedKind, Page, Pair, Parsed
from repwatch.sources.feed import Feed
from repwatch.store.database import Store
from tests.fakes import rss
from tests.house import BLOG, FEEDS, GAZETTE, SUBJECTS, House, article, articles, configured, house

DAY = 86_400


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """Two feeds whose first look is over: the blog showed posts 1 and 2, the gazette has post 9."""
    async with house(configured(tmp_path)) as made:
        made.web.replies = {BLOG: articles(1, 2), GAZETTE: articles(9)}
        await made.check()
        await made.report()
        yield made


async def test_a_first_look_is_one_line_and_no_alerts(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as made:
        made.web.replies[BLOG] = articles(*range(30))
        run = (await made.check())["blog"]
        assert (run.baseline, run.new) == (True, 30)
        (line,) = await made.owed()
        assert (line.kind, line.detail) == (OwedKind.BASELINE, "30")
        assert all(mention.baseline for mention in await made.mentions())


async def test_what_was_not_there_before_is_new(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    run = (await home.check())["blog"]
    assert (run.outcome, run.read, run.new) == (Outcome.OK, 3, 1)
    assert [line.mention and line.mention.title for line in await home.owed()] == [article(3)[0]]


async def test_what_is_known_is_not_told_again(home: House) -> None:
    home.web.replies[BLOG] = articles(2, 1)
    assert (await home.check())["blog"].new == 0
    assert await home.owed() == []


async def test_an_edited_title_is_taken_over_and_told_as_an_edit(home: House) -> None:
    home.web.replies[BLOG] = rss(article(1, "Ada Exemple has closed her bakery for good"), article(2))
    await home.check("blog")
    (line,) = await home.owed()
    assert (line.kind, line.detail) == (OwedKind.EDITED, article(1)[0])
    assert line.mention
    assert line.mention.previous_title == article(1)[0]


async def test_the_same_page_in_two_sources_is_one_mention(home: House) -> None:
    home.web.replies = {BLOG: articles(3, 1), GAZETTE: articles(9, 3)}
    await home.check()
    (line,) = await home.owed()
    assert line.mention
    assert sorted(line.mention.sources) == ["blog", "gazette"]


async def test_a_homonym_is_kept_and_not_told(home: House) -> None:
    home.web.replies[BLOG] = rss(article(3, "Ada Exemple wins on ice", about="patinage"), article(1))
    await home.check("blog")
    assert await home.owed() == []
    assert (await home.mentions())[0].label is Label.NOT_ME


async def test_an_old_page_met_for_the_first_time_is_resurfaced(home: House) -> None:
    dated = articles(3).content.replace(
        b"</item>", b"<pubDate>Mon, 02 Mar 2020 08:00:00 GMT</pubDate></item>"
    )
    home.web.replies[BLOG] = httpx.Response(200, content=dated)
    await home.check("blog")
    (line,) = await home.owed()
    assert line.mention
    assert line.mention.change is Change.RESURFACED


async def test_a_page_that_names_nobody_we_watch_brings_no_mention(home: House) -> None:
    home.web.replies[BLOG] = rss(("Someone else", "https://blog.example/x", "nobody"), article(1))
    assert (await home.check())["blog"].new == 0


async def test_a_failing_source_does_not_stop_another(home: House) -> None:
    home.web.replies = {BLOG: httpx.Response(500), GAZETTE: articles(10, 9)}
    ended = await home.check()
    assert ended["blog"].outcome is Outcome.UNREACHABLE
    assert (ended["gazette"].outcome, ended["gazette"].new) == (Outcome.OK, 1)


async def test_a_failure_keeps_every_known_thing_as_it_was(home: House) -> None:
    before, known = await home.state("blog"), await home.mentions()
    home.web.replies[BLOG] = httpx.Response(503)
    await home.check("blog")
    after = await home.state("blog")
    assert (after.window, after.pages) == (before.window, before.pages)
    assert after.last_answer == before.last_answer
    assert await home.mentions() == known


async def test_an_unexpected_error_in_a_source_is_told_as_its_failure(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> Parsed:
        raise ZeroDivisionError

    monkeypatch.setattr("repwatch.parsing.handle.InlineParser.parse", broken)
    home.web.replies = {BLOG: articles(3), GAZETTE: httpx.Response(503)}
    ended = await home.check()
    assert ended["blog"].outcome is Outcome.UNREADABLE
    assert "ZeroDivisionError" in ended["blog"].cause
    assert ended["gazette"].outcome is Outcome.UNREACHABLE


async def test_a_parser_that_crashes_is_an_unreadable_page(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_feed: Feed, _page: Page) -> Parsed:
        raise RecursionError("too deep")

    monkeypatch.setattr(Feed, "parse", broken)
    home.web.replies[BLOG] = articles(3)
    run = (await home.check("blog"))["blog"]
    assert run.outcome is Outcome.UNREADABLE
    assert "too deep" in run.cause


async def test_unchanged_pages_are_not_parsed_and_share_one_transaction(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[object] = []
    write = Store.write

    async def counted(store: Store, function: Any) -> Any:
        writes.append(function)
        return await write(store, function)

    monkeypatch.setattr(Store, "write", counted)
    monkeypatch.setattr(Feed, "parse", lambda *_: pytest.fail("parsed again"))
    ended = await home.check()
    assert all(run.unchanged and run.outcome is Outcome.OK for run in ended.values())
    assert len(writes) == 1


async def test_the_validators_of_a_page_that_was_read_are_sent_back(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(200, headers={"etag": '"v1"'}, content=articles(3, 1).content)
    await home.check("blog")
    home.web.replies[BLOG] = httpx.Response(304)
    assert (await home.check("blog"))["blog"].unchanged
    assert home.web.requests[-1].headers["if-none-match"] == '"v1"'


async def test_the_validators_of_a_page_that_could_not_be_read_are_forgotten(home: House) -> None:
    page = articles(3, 1)
    page.headers["etag"] = '"v2"'
    home.web.replies[BLOG] = page

    def broken(_feed: Feed, _page: Page) -> Parsed:
        raise Unreadable("the layout changed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Feed, "parse", broken)
        assert (await home.check("blog"))["blog"].outcome is Outcome.UNREADABLE
    assert (await home.check("blog"))["blog"].new == 1
    assert home.web.requests[-1].headers.get("if-none-match") != '"v2"'


async def test_a_page_that_lacked_something_is_read_again_though_unchanged(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = Feed.parse
    monkeypatch.setattr(
        Feed, "parse", lambda feed, page: replace(parse(feed, page), missing=("an engine was silent",))
    )
    home.web.replies[BLOG] = articles(3, 1)
    assert (await home.check("blog"))["blog"].outcome is Outcome.PARTIAL
    assert (await home.check("blog"))["blog"].outcome is Outcome.PARTIAL


async def test_a_window_that_is_all_new_is_partial_and_told(home: House) -> None:
    home.web.replies[BLOG] = articles(*range(10, 16))
    run = (await home.check("blog"))["blog"]
    assert run.outcome is Outcome.PARTIAL
    assert "may have missed" in run.cause
    assert OwedKind.GAP in await home.news()


async def test_one_lone_failure_is_not_told(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(503)
    await home.check("blog")
    assert await home.news() == []


async def test_an_outage_and_its_end_are_told_once_each(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(503)
    for _ in range(5):
        await home.check("blog")
    assert await home.news() == [OwedKind.OUTAGE]
    home.web.replies[BLOG] = articles(1, 2)
    for _ in range(3):
        await home.check("blog")
    assert await home.news() == [OwedKind.OUTAGE, OwedKind.RECOVERED]


async def test_a_source_that_is_gone_for_good_is_paused_and_told(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(410)
    await home.check("blog")
    assert await home.news() == [OwedKind.PAUSED]
    home.clock.advance(30 * DAY)
    assert await home.due() == {Pair("gazette")}


async def test_a_permanent_move_is_proposed_once_it_has_worked_for_seven_days(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(301, headers={"location": "http://blog.example/new"})
    home.web.replies["http://blog.example/new"] = articles(1, 2)
    for _ in range(7):
        await home.check("blog", later=DAY)
    assert await home.news() == []
    for _ in range(3):
        await home.check("blog", later=DAY)
    assert [(line.kind, line.detail) for line in await home.owed()] == [
        (OwedKind.MOVED, "http://blog.example/new")
    ]


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_passing_redirect_is_never_proposed(home: House, status: int) -> None:
    home.web.replies[BLOG] = httpx.Response(status, headers={"location": "http://blog.example/new"})
    home.web.replies["http://blog.example/new"] = articles(1, 2)
    for _ in range(10):
        await home.check("blog", later=DAY)
    assert await home.news() == []


async def test_a_permanent_redirect_to_a_login_page_is_a_refusal_and_never_proposed(home: House) -> None:
    login = b"<!doctype html><html><title>Log in</title><form><input type=password></form></html>"
    home.web.replies[BLOG] = httpx.Response(301, headers={"location": "http://blog.example/login"})
    home.web.replies["http://blog.example/login"] = httpx.Response(
        200, headers={"content-type": "text/html"}, content=login
    )
    for _ in range(10):
        run = (await home.check("blog", later=DAY))["blog"]
        assert run.outcome is Outcome.BLOCKED
    assert OwedKind.MOVED not in await home.news()


async def test_a_retry_after_holds_the_host_for_its_other_sources(tmp_path: Path) -> None:
    other = "http://blog.example/comments"
    feeds = (FEEDS[0], f'{{kind: feed, id: comments, url: "{other}", every: 1h}}')
    async with house(configured(tmp_path, feeds)) as made:
        made.web.replies = {
            BLOG: httpx.Response(429, headers={"retry-after": "7200"}),
            other: articles(1),
        }
        await made.check("blog")
        run = (await made.check("comments"))["comments"]
        assert run.outcome is Outcome.BLOCKED
        assert [str(request.url) for request in made.web.requests] == [BLOG]
        assert (await made.check("comments", later=7200))["comments"].outcome is Outcome.OK


async def test_a_source_is_due_again_after_its_cadence(home: House) -> None:
    assert await home.due() == set()
    home.clock.advance(3601)
    assert await home.due() == {Pair("blog"), Pair("gazette")}


async def test_a_people_finder_asks_for_each_subject_by_name(tmp_path: Path) -> None:
    two = SUBJECTS + "  - {id: jean, name: Jean-Noël Fictif, relation: consenting}\n"
    finders = ("{kind: people, finders: [orcid, github], every: 1d}",)
    async with house(configured(tmp_path, finders, subjects=two)) as made:
        asked = {(pair.source.rpartition("-")[2], pair.subject) for pair in made.app.check.pairs}
        assert asked == {(name, who) for name in ("orcid", "github") for who in ("ada", "jean")}
        assert {pair.subject for pair in concerned(made.app.watched, subject="jean")} == {"jean"}


async def test_a_dry_run_writes_nothing(home: House) -> None:
    before = await home.state("blog")
    home.web.replies[BLOG] = articles(3, 1, 2)
    (ended,) = await home.app.check.look([Pair("blog")])
    assert len(list(ended.candidates)) == 3
    assert (await home.state("blog"), await home.owed()) == (before, [])


@pytest.mark.parametrize(
    "seam", ["repwatch.rules.assess.Assessor._identify", "repwatch.rules.assess.Assessor.candidate"]
)
async def test_a_defect_in_a_decision_fails_its_source_and_no_other(
    home: House, monkeypatch: pytest.MonkeyPatch, seam: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    home.web.replies = {BLOG: articles(3), GAZETTE: rss()}
    monkeypatch.setattr(seam, broken)
    ended = await home.check()
    assert (ended["blog"].outcome, ended["gazette"].outcome) == (Outcome.UNREADABLE, Outcome.EMPTY)
    monkeypatch.undo()
    assert (await home.check())["blog"].outcome is Outcome.OK


async def test_a_check_that_breaks_off_lets_the_round_end_and_the_others_be_written(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = home.app.check._one

    async def broken(pair: Pair, known: Any) -> Any:
        if pair.source == "blog":
            raise KeyError(pair)
        return await one(pair, known)

    monkeypatch.setattr(home.app.check, "_one", broken)
    home.web.replies[GAZETTE] = articles(10, 9)
    async with asyncio.timeout(20):
        with pytest.raises(KeyError):
            await home.check()
    assert (await home.state("gazette")).last_run == home.clock.now()
