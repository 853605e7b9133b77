"""GDELT is asked politely, mended where its JSON is broken, and never alarms by shedding load."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, Crowded, Misconfigured, SourceError, Unreadable
from repwatch.model import Outcome, OwedKind, Page, Parsed, Subject
from repwatch.sources.gdelt import Gdelt, mended
from repwatch.sources.options.gdelt import GdeltOptions
from tests.house import configured, house
from tests.recorded import PAGES, expected, page, recorded, shown

ADA = Subject("ada", "Ada Exemple", aliases=("AEF",))
GDELT = Gdelt(GdeltOptions())
API = "https://api.gdeltproject.org/api/v2/doc/doc"
SLOW_DOWN = "Please limit requests to one every 5 seconds or write to us for larger queries."
TOO_SHORT = "The specified phrase is too short."
FOUND = httpx.Response(200, content=(PAGES / "gdelt" / "articles.txt").read_bytes())


def answer(body: str | Path, status: int = 200) -> Page:
    return page(body, GDELT.plan([ADA])[0], url=API, status=status)


@pytest.mark.parametrize("file", recorded("gdelt"), ids=lambda file: file.stem)
def test_a_recorded_answer_gives_what_stands_beside_it(file: Path) -> None:
    assert shown(GDELT.parse(answer(file))) == expected(file)


def test_each_name_is_asked_for_as_a_quoted_phrase() -> None:
    queries = [parse_qs(urlsplit(request.url).query)["query"] for request in GDELT.plan([ADA])]
    assert queries == [['"Ada Exemple"'], ['"AEF"']]


async def test_it_is_asked_every_five_seconds_at_most(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        (watched,) = home.app.watched
        assert watched.policy.interval == 5.0


def test_its_canary_names_nobody() -> None:
    request = GDELT.canary()
    assert request is not None
    assert (request.subject, parse_qs(urlsplit(request.url).query)["query"]) == (None, ['"election"'])
    assert Gdelt(GdeltOptions(canary=False)).canary() is None


@pytest.mark.parametrize("body", ["{}", '{"articles": []}'])
def test_no_articles_are_an_empty_answer(body: str) -> None:
    assert GDELT.parse(answer(body)) == Parsed()


@pytest.mark.parametrize(
    "body", ['{"error": 1}', "[]", "", "null", "Timespan is too odd", '{"articles": [', "{"]
)
def test_anything_else_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        GDELT.parse(answer(body))


def test_a_web_page_with_200_is_named() -> None:
    with pytest.raises(Unreadable, match='the web page "Offline"'):
        GDELT.parse(answer("<!doctype html><title>Offline</title>"))


def test_a_phrase_that_is_too_short_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match=r'"Ada Exemple".*too short.*longer name'):
        GDELT.parse(answer(TOO_SHORT))


@pytest.mark.parametrize(("body", "status"), [(SLOW_DOWN, 200), (SLOW_DOWN, 429), ("", 429)])
def test_shed_load_is_a_refusal_that_passes(body: str, status: int) -> None:
    with pytest.raises(Crowded):
        GDELT.parse(answer(body, status))


def test_mending_leaves_legal_json_alone() -> None:
    legal = rb'{"a": "\\ \" \/ \n \u00e9 \\\\o"}'
    assert mended(legal) == legal


@pytest.mark.parametrize("timespan", ["", "1", "0d", "1y", "soon"])
def test_a_timespan_that_gdelt_does_not_know_is_refused(timespan: str) -> None:
    with pytest.raises(ValidationError):
        GdeltOptions(timespan=timespan)


# --- through the daemon ---------------------------------------------------------------------------

ENTRY = ("{kind: gdelt, id: world, every: 6h}",)


@pytest.mark.parametrize(
    "shed", [httpx.Response(429, content=SLOW_DOWN.encode()), httpx.Response(200, content=SLOW_DOWN.encode())]
)
async def test_a_day_of_shed_load_is_shown_as_blocked_and_alarms_nobody(
    tmp_path: Path, shed: httpx.Response
) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies[API] = FOUND
        await home.check()
        await home.report()
        home.web.replies[API] = shed
        outcomes = [(await home.check(later=6 * 3600))["world"].outcome for _ in range(9)]
        state = await home.state("world")
        assert set(outcomes) == {Outcome.BLOCKED}
        assert await home.news() == []
        assert "no time for us" in state.cause
        assert state.next_due is not None
        assert state.next_due > home.clock.now()


async def test_shed_load_does_not_excuse_a_real_outage(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies[API] = FOUND
        await home.check()
        await home.report()
        home.web.replies[API] = httpx.Response(500)
        for _ in range(3):
            await home.check()
        assert await home.news() == [OwedKind.OUTAGE]


async def test_a_first_look_that_was_turned_away_is_still_to_come(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies[API] = httpx.Response(429)
        await home.check()
        assert not (await home.state("world")).baseline_done


def test_being_crowded_is_a_kind_of_refusal() -> None:
    assert issubclass(Crowded, Blocked)
    assert issubclass(Crowded, SourceError)
