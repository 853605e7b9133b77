"""Watched pages, the whole way: from what a server says to what the owner is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from repwatch.model import Difference, Label, Outcome, OwedKind, Turn
from repwatch.rules.difference import read
from repwatch.store import mentions, snapshots
from tests.house import DAILY, SUBJECTS, House, configured, house

TEAM = "http://aef.example/team"
SOURCE = f'{{kind: page, id: team, url: "{TEAM}", every: 6h}}'
HOUR, SECOND_LOOK = 3600, 600

WELCOME = "Welcome to the pages of our small and invented firm."
ADA = "Ada Exemple has counted beans for the Atelier Fictif since 2012."
PRIZE = "She won the prize of the Académie imaginaire."
FRAUD = "She was accused of fraud by nobody in particular."


def web_page(*paragraphs: str, title: str = "Our team") -> httpx.Response:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = f"<!doctype html><html><head><title>{title}</title></head><body><main>{body}</main></body></html>"
    return httpx.Response(200, headers={"content-type": "text/html", "etag": f'"{hash(html)}"'}, text=html)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as found:
        found.web.replies[TEAM] = web_page(WELCOME, ADA)
        await found.check()
        yield found


def opened(folder: Path, *sources: str, subjects: str = SUBJECTS) -> AbstractAsyncContextManager[House]:
    return house(configured(folder, sources or (SOURCE,), subjects=subjects))


async def shows(home: House, *paragraphs: str, later: float = 6 * HOUR) -> None:
    """The page says this from now on, and is looked at."""
    home.web.replies[TEAM] = web_page(*paragraphs)
    await home.check(later=later)


async def told(home: House) -> list[Difference]:
    lines = [line for line in await home.owed() if line.kind is OwedKind.CHANGED]
    return [found for line in lines if (found := read(line.detail))]


async def turns(home: House) -> list[Turn]:
    return [each.turn for each in await told(home)]


def words(found: Difference, sign: str) -> list[str]:
    return [text for passage in found.passages for kind, text in passage.pieces if kind == sign]


# --- first look -------------------------------------------------------------------------------


async def test_the_first_look_is_told_as_one(home: House) -> None:
    assert await home.news() == [OwedKind.BASELINE]
    (mention,) = await home.mentions()
    assert (mention.title, mention.url, mention.baseline) == ("Our team", TEAM, True)
    assert mention.summary == ADA
    assert mention.verdict.reasons[0].code == "watched_page"


async def test_a_page_that_stays_as_it_is_tells_nothing(home: House) -> None:
    runs = await home.check()
    assert runs["team"].outcome is Outcome.OK
    assert await home.news() == [OwedKind.BASELINE]


# --- a change, confirmed ----------------------------------------------------------------------


async def test_a_change_is_told_once_a_second_look_has_confirmed_it(home: House) -> None:
    await shows(home, WELCOME, ADA, PRIZE)
    assert await told(home) == []
    await home.check(later=SECOND_LOOK)
    (found,) = await told(home)
    assert words(found, "+") == [PRIZE]
    assert found.turn is Turn.CHANGED


async def test_the_run_that_confirms_a_change_counts_it(home: House) -> None:
    await shows(home, WELCOME, ADA, PRIZE)
    run = (await home.check(later=SECOND_LOOK))["team"]
    assert (run.new, run.changed) == (0, 1)
    assert (await home.check())["team"].changed == 0


async def test_a_change_is_told_no_second_time(home: House) -> None:
    await shows(home, WELCOME, ADA, PRIZE)
    await home.check(later=SECOND_LOOK)
    await home.check()
    assert len(await told(home)) == 1


async def test_the_second_look_comes_soon(home: House) -> None:
    await shows(home, WELCOME, ADA, PRIZE)
    state = await home.state("team")
    assert state.next_due is not None
    assert (state.next_due - home.clock.now()).total_seconds() == SECOND_LOOK
    await home.check(later=SECOND_LOOK)
    state = await home.state("team")
    assert state.next_due is not None
    assert (state.next_due - home.clock.now()).total_seconds() == 6 * HOUR


async def test_what_a_vandal_wrote_and_somebody_undid_is_not_told(home: House) -> None:
    await shows(home, WELCOME, FRAUD)
    await shows(home, WELCOME, ADA, later=SECOND_LOOK)
    await home.check()
    assert await home.news() == [OwedKind.BASELINE]
    assert (await home.state("team")).outcome is Outcome.OK


async def test_a_corner_that_rotates_hides_no_change_elsewhere(home: House) -> None:
    await shows(home, WELCOME, ADA, "An advertisement for shoes.")
    await shows(home, WELCOME, ADA, PRIZE, "An advertisement for hats.")
    await shows(home, WELCOME, ADA, PRIZE, "An advertisement for gloves.")
    (found,) = await told(home)
    assert words(found, "+") == [PRIZE]


async def test_words_that_went_and_words_that_came_are_told_apart(home: House) -> None:
    await shows(home, WELCOME, ADA.replace("counted", "miscounted"))
    await home.check(later=SECOND_LOOK)
    (found,) = await told(home)
    assert (words(found, "-"), words(found, "+")) == (["counted"], ["miscounted"])


async def test_a_grave_change_is_of_high_priority(home: House) -> None:
    await shows(home, WELCOME, ADA, FRAUD)
    await home.check(later=SECOND_LOOK)
    (mention,) = await home.mentions()
    assert (mention.priority, mention.priority_reasons[0].code) == ("high", "cue_accused")


async def test_counters_and_dates_of_update_are_no_change(home: House) -> None:
    await shows(home, WELCOME, ADA, "Last updated: 23 November 2026", "1,204 views")
    await home.check(later=SECOND_LOOK)
    await shows(home, WELCOME, ADA, "Last updated: 24 November 2026", "1,377 views")
    await home.check(later=SECOND_LOOK)
    assert await told(home) == []


# --- names ------------------------------------------------------------------------------------


async def test_a_page_that_loses_the_name_says_so(home: House) -> None:
    await shows(home, WELCOME)
    await home.check(later=SECOND_LOOK)
    assert await turns(home) == [Turn.UNNAMED]


async def test_a_page_that_names_nobody_is_told_to_whom_it_is_watched_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as home:
        await shows(home, WELCOME)
        await shows(home, WELCOME, PRIZE)
        await home.check(later=SECOND_LOOK)
        assert await turns(home) == [Turn.CHANGED]
        await shows(home, WELCOME, PRIZE, ADA)
        await home.check(later=SECOND_LOOK)
        assert await turns(home) == [Turn.CHANGED, Turn.NAMED]


async def test_a_page_that_begins_to_name_another_subject_is_news_to_them(tmp_path: Path) -> None:
    other = "  - {id: bob, name: Bob Fictif, relation: consenting}\n"
    async with opened(tmp_path, subjects=SUBJECTS + other) as home:
        await shows(home, WELCOME, ADA)
        assert [mention.subject for mention in await home.mentions()] == ["ada"]
        await shows(home, WELCOME, ADA, "Bob Fictif joins us.")
        await home.check(later=SECOND_LOOK)
        assert [(line.kind, line.subject) for line in await home.owed()][1:] == [
            (OwedKind.CHANGED, "ada"),
            (OwedKind.MENTION, "bob"),
        ]


# --- pages that are not there, or cannot be read ----------------------------------------------


async def test_a_page_that_is_gone_is_told_once_it_is_sure(home: House) -> None:
    home.web.replies[TEAM] = httpx.Response(404)
    runs = await home.check()
    assert runs["team"].outcome is Outcome.UNREACHABLE
    await home.check(later=HOUR / 2)
    assert await turns(home) == []
    await home.check(later=HOUR / 2)
    assert await turns(home) == [Turn.GONE]
    await home.check()
    assert await turns(home) == [Turn.GONE]
    assert (await home.mentions())[0].title == "Our team"


async def test_a_page_that_was_gone_and_came_back_says_so(home: House) -> None:
    home.web.replies[TEAM] = httpx.Response(404)
    await home.check()
    await home.check()
    await shows(home, WELCOME, ADA)
    await home.check(later=SECOND_LOOK)
    assert await turns(home) == [Turn.GONE, Turn.APPEARED]


async def test_a_404_that_passes_is_not_told(home: House) -> None:
    home.web.replies[TEAM] = httpx.Response(404)
    await home.check()
    await shows(home, WELCOME, ADA, later=SECOND_LOOK)
    assert await turns(home) == []
    home.web.replies[TEAM] = httpx.Response(404)
    await home.check()
    assert await turns(home) == []


async def test_an_address_that_never_was_a_page_is_never_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as home:
        home.web.replies[TEAM] = httpx.Response(404)
        for _ in range(4):
            await home.check()
        assert await home.news() == [OwedKind.OUTAGE]
        assert not (await home.state("team")).baseline_done


async def test_a_410_is_looked_at_again_before_the_source_rests(home: House) -> None:
    home.web.replies[TEAM] = httpx.Response(410)
    await home.check()
    assert (await home.state("team")).paused == ""
    await home.check()
    assert await home.news() == [OwedKind.BASELINE, OwedKind.PAUSED, OwedKind.CHANGED]
    assert await turns(home) == [Turn.GONE]


BLOCKED = {
    "challenge": httpx.Response(403, headers={"cf-mitigated": "challenge"}, text="<html>wait</html>"),
    "login": httpx.Response(
        200,
        headers={"content-type": "text/html"},
        text="<html><head><title>Log in</title></head><body><form><input type=password></form></body></html>",
    ),
    "nothing": httpx.Response(200, headers={"content-type": "text/html"}, text="<html><body></body></html>"),
    "scripts": httpx.Response(
        200, headers={"content-type": "text/html"}, text="<html><body>Please enable JavaScript</body></html>"
    ),
    "server": httpx.Response(503),
}


@pytest.mark.parametrize("answer", BLOCKED.values(), ids=BLOCKED)
async def test_what_is_not_the_page_changes_nothing(home: House, answer: httpx.Response) -> None:
    home.web.replies[TEAM] = answer
    for _ in range(3):
        assert (await home.check())["team"].outcome.failed
    assert await home.news() == [OwedKind.BASELINE, OwedKind.OUTAGE]
    await shows(home, WELCOME, ADA)
    await home.check(later=SECOND_LOOK)
    assert await turns(home) == []


async def test_another_selector_is_another_page_and_no_change(tmp_path: Path) -> None:
    async with opened(tmp_path) as home:
        await shows(home, WELCOME, ADA)
    narrow = SOURCE.replace("every", 'selector: "p:first-of-type", every')
    async with opened(tmp_path, narrow) as home:
        await shows(home, WELCOME, ADA)
        await shows(home, WELCOME, ADA, PRIZE)
        await home.check(later=SECOND_LOOK)
        assert await turns(home) == []
        pair = home.app.check.pairs[0]
        (kept,) = (await home.app.store.read(lambda tx: snapshots.of(tx, pair))).values()
        assert kept.look.told == (WELCOME,)


# --- what a report and the command line make of it ---------------------------------------------


async def test_the_report_shows_the_words_that_came_and_went(home: House) -> None:
    await home.report()
    await shows(home, WELCOME, ADA.replace("counted", "<i>mis</i>counted"), "1 &lt; 2 &amp; <b>fine</b>")
    await home.check(later=SECOND_LOOK)
    message = await home.app.digest.send(home.app.route())
    assert message is not None
    assert "[-counted-] [+miscounted+]" in " ".join(message.text.split())
    assert ">miscounted</ins>" in message.html
    assert ">counted</del>" in message.html
    assert ">1 &lt; 2 &amp; fine</ins>" in message.html
    assert await home.report() is None


async def test_an_urgent_change_cannot_wait(tmp_path: Path) -> None:
    instant = DAILY.replace('07:00"', '07:00", instant: {priority: high}')
    async with house(configured(tmp_path, (SOURCE,), instant)) as home:
        await shows(home, WELCOME, ADA)
        await shows(home, WELCOME, ADA, FRAUD)
        await home.check(later=SECOND_LOOK)
        message = await home.app.digest.send_instant(home.app.route())
        assert message is not None
        assert FRAUD in " ".join(message.text.split())


async def test_a_page_that_was_rejected_is_told_no_more(home: House) -> None:
    (mention,) = await home.mentions()
    await home.app.store.write(lambda tx: mentions.decide(tx, mention.id, Label.NOT_ME, home.clock.now()))
    await home.report()
    await shows(home, WELCOME, ADA, PRIZE)
    await home.check(later=SECOND_LOOK)
    assert await home.report() is None


async def test_a_dry_run_shows_the_page_and_keeps_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as home:
        home.web.replies[TEAM] = web_page(WELCOME, ADA)
        (look,) = await home.app.check.look(home.app.check.pairs)
        assert [candidate.finding.title for candidate in look.candidates] == ["Our team"]
        assert await home.mentions() == []


async def test_a_text_that_was_forgotten_is_read_anew(home: House) -> None:
    pair = home.app.check.pairs[0]
    known = await home.app.store.read(lambda tx: snapshots.of(tx, pair))
    await home.app.store.write(lambda tx: snapshots.forget(tx, pair, list(known)))
    await home.check()
    await home.check()
    assert await home.app.store.read(lambda tx: snapshots.of(tx, pair)) == known
    assert await home.news() == [OwedKind.BASELINE]


async def test_pages_that_are_watched_no_more_lose_their_text_in_time(home: House) -> None:
    pair = home.app.check.pairs[0]
    home.clock.advance(91 * 24 * HOUR)
    assert (await home.app.tidy.would())["snapshots"] == 1
    await home.check()
    assert (await home.app.tidy.run())["snapshots"] == 0
    home.clock.advance(91 * 24 * HOUR)
    assert (await home.app.tidy.run())["snapshots"] == 1
    assert await home.app.store.read(lambda tx: snapshots.of(tx, pair)) == {}
