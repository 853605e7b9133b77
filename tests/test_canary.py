"""A round that finds nothing is believed only when the source finds what must be there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest

from repwatch.config.cadence import Cadence
from repwatch.errors import ConfigError
from repwatch.fetch.limits import Policy
from repwatch.jobs.canary import listen
from repwatch.jobs.watched import Watched
from repwatch.model import Finding, Outcome, OwedKind, Page, Parsed, Request, Subject
from repwatch.parsing.handle import InlineParser
from repwatch.sources.base import Canary
from tests.every_kind import kinds, made
from tests.fakes import START, FakeWeb
from tests.house import House, configured, house

HN = "https://hn.example/api/v1/search_by_date"
SEARX = "http://search.example/search"
HOUR = 3600.0
# Nobody knows what a channel of Telegram must hold.
SEARCHES = ("search", "news", "people", "forum")
ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple", aliases=("A. Exemple",))
SUBJECTS = """
language: en
timezone: Europe/Paris
contact: ada@example.org
database: sqlite:///house.db
subjects:
  - {id: ada, name: Ada Exemple, relation: self}
  - {id: jean, name: Jean-Noël Fictif, relation: consenting}
"""
SOURCES = (
    '{kind: hackernews, id: hn, base_url: "https://hn.example", every: 1h, subject: ada}',
    '{kind: searxng, id: search, url: "http://search.example", every: 1h}',
)
HIT = {"objectID": "1", "title": "Linux turns 40", "created_at_i": 1_790_000_000, "author": "ada"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(configured(tmp_path, SOURCES, subjects=SUBJECTS)) as opened:
        opened.web.replies = {HN: answering(HIT), SEARX: results("wikipedia")}
        yield opened


def asked(web: FakeWeb, word: str) -> int:
    """How many requests held the word."""
    return sum(word in unquote_plus(str(request.url)) for request in web.requests)


def answering(*hits: dict[str, Any]) -> Any:
    """Hacker News, which knows nothing but what its canary asks for."""

    def reply(request: httpx.Request) -> httpx.Response:
        found = hits if "Linux" in request.url.params["query"] else ()
        return httpx.Response(200, json={"hits": list(found), "nbPages": 1, "page": 0})

    return reply


def results(*known: str) -> Any:
    """A SearXNG that finds something for these words alone."""

    def reply(request: httpx.Request) -> httpx.Response:
        found = [word for word in known if word in request.url.params["q"]]
        hits = [{"url": f"https://{word}.example/", "title": word, "engine": "one"} for word in found]
        return httpx.Response(200, json={"results": hits, "unresponsive_engines": []})

    return reply


async def test_an_empty_round_stays_empty_when_the_canary_sings(home: House) -> None:
    runs = await home.check()
    assert {run.outcome for run in runs.values()} == {Outcome.EMPTY}
    assert (await home.state("hn")).canary is Outcome.OK


async def test_an_empty_round_is_unreadable_when_the_canary_is_silent(home: House) -> None:
    home.web.replies = {HN: answering(), SEARX: results()}
    runs = await home.check()
    assert {run.outcome for run in runs.values()} == {Outcome.UNREADABLE}
    assert runs["hn"].cause == "finds nothing even for “Linux”"
    assert not (await home.state("hn")).baseline_done


async def test_a_source_that_stays_silent_is_an_outage_and_its_end_is_told(home: House) -> None:
    await home.check("hn")
    home.web.replies[HN] = answering()
    for _ in range(5):
        await home.check("hn", later=7 * HOUR)
    home.web.replies[HN] = answering(HIT)
    await home.check("hn", later=7 * HOUR)
    told = [kind for kind in await home.news() if kind is not OwedKind.BASELINE]
    assert told == [OwedKind.OUTAGE, OwedKind.RECOVERED]


async def test_a_canary_that_sang_is_believed_for_hours_and_for_every_subject(home: House) -> None:
    for _ in range(5):
        await home.check()
    assert (asked(home.web, "Linux"), asked(home.web, "wikipedia")) == (1, 1)
    await home.check(later=6 * HOUR)
    assert (asked(home.web, "Linux"), asked(home.web, "wikipedia")) == (2, 2)


TWO_NAMES = SUBJECTS.replace("relation: self", "relation: self, aliases: [A. Exemple]")
SILENT = httpx.Response(200, json={"hits": []})


def of_ada(request: httpx.Request) -> httpx.Response:
    """Hacker News, which knows Ada under her name alone, byte for byte the same each time."""
    hits = {
        "Ada": {"objectID": "2", "title": "Ada Exemple opens", "created_at_i": 1_790_000_000},
        "Linux": HIT,
    }
    words = unquote_plus(str(request.url))
    return httpx.Response(200, json={"hits": [hit for word, hit in hits.items() if word in words]})


async def test_a_name_that_never_had_a_hit_hides_no_silence_of_the_others(tmp_path: Path) -> None:
    async with house(configured(tmp_path, SOURCES[:1], subjects=TWO_NAMES)) as home:
        home.web.replies = {HN: of_ada}
        assert (await home.check(later=7 * HOUR))["hn"].outcome is Outcome.OK
        home.web.replies = {HN: SILENT}
        for _ in range(2):
            assert (await home.check(later=7 * HOUR))["hn"].outcome is Outcome.UNREADABLE


async def test_a_silence_that_begins_while_the_canary_is_believed_is_found_out(tmp_path: Path) -> None:
    source = SOURCES[0].replace("subject: ada", "subject: [ada, jean]")
    async with house(configured(tmp_path, [source], subjects=TWO_NAMES)) as home:
        home.web.replies = {HN: of_ada}
        await home.check()  # nothing about Jean, so that the canary is asked
        home.web.replies = {HN: SILENT}
        assert await outcome_for_ada(home) is Outcome.EMPTY
        for _ in range(6):
            last = await outcome_for_ada(home)
        assert last is Outcome.UNREADABLE


async def outcome_for_ada(home: House) -> Outcome:
    """How her part of a further round ends."""
    home.clock.advance(HOUR)
    runs = await home.app.check.run(home.app.check.pairs)
    return next(run.outcome for run in runs if run.subject == "ada")


async def test_it_is_believed_after_a_restart_too(tmp_path: Path) -> None:
    config = configured(tmp_path, SOURCES[:1], subjects=SUBJECTS)
    for _ in range(2):
        async with house(config) as home:
            home.web.replies = {HN: answering(HIT)}
            await home.check()
    assert asked(home.web, "Linux") == 0


async def test_a_silent_one_is_not_asked_again_within_the_hour(home: House) -> None:
    home.web.replies[HN] = answering()
    await home.check("hn", later=60)
    run = (await home.check("hn", later=60))["hn"]
    assert (run.outcome, asked(home.web, "Linux")) == (Outcome.UNREADABLE, 1)


async def test_one_that_is_refused_proves_nothing(home: House) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        refused = "Linux" in request.url.params["query"]
        return httpx.Response(429) if refused else answering()(request)

    home.web.replies[HN] = reply
    run = (await home.check("hn"))["hn"]
    assert run.outcome is Outcome.PARTIAL
    assert "429" in run.cause


async def test_it_sends_nobodys_name_and_is_nobodys_mention(home: House) -> None:
    home.web.replies[HN] = answering(HIT | {"title": "Ada Exemple writes Linux"})
    await home.check("hn")
    (request,) = [each for each in home.web.requests if "Linux" in unquote_plus(str(each.url))]
    assert "Exemple" not in str(request.url)
    assert await home.mentions() == []


async def test_a_round_that_found_something_asks_for_nothing_more(home: House) -> None:
    home.web.replies[SEARX] = results("Ada", "Jean")
    await home.check("search")
    assert asked(home.web, "wikipedia") == 0


async def test_it_can_be_switched_off_and_have_other_words(tmp_path: Path) -> None:
    sources = (
        SOURCES[0].replace("every", "canary: false, every"),
        SOURCES[1].replace("every", "canary: Lyon, every"),
    )
    async with house(configured(tmp_path, sources, subjects=SUBJECTS)) as home:
        home.web.replies = {HN: answering(), SEARX: results("Lyon")}
        runs = await home.check()
        assert {run.outcome for run in runs.values()} == {Outcome.EMPTY}
        assert (asked(home.web, "Linux"), asked(home.web, "Lyon")) == (0, 1)


@pytest.mark.parametrize("wrong", ["true", "a", "''", "[Paris]"])
def test_other_values_are_errors_that_name_the_option(tmp_path: Path, wrong: str) -> None:
    source = SOURCES[0].replace("every", f"canary: {wrong}, every")
    with pytest.raises(ConfigError, match=r"sources\[0\]\.canary: expected words .*, or false"):
        configured(tmp_path, [source], subjects=SUBJECTS)


@pytest.mark.parametrize("kind", kinds())
def test_no_canary_names_a_subject_and_each_says_its_words(kind: str) -> None:
    source = made(kind)
    request = source.canary() if isinstance(source, Canary) else None
    if request is not None:
        assert request.subject is None
        assert request.context["canary"]


@pytest.mark.parametrize("kind", [name for name, plugin in kinds().items() if plugin.group in SEARCHES])
def test_every_kind_that_sends_names_has_one(kind: str) -> None:
    source = made(kind)
    if kind != "telegram" and any(request.subject for request in source.plan([ADA])):
        assert isinstance(source, Canary)


class LogIn:
    """A kind whose search is two requests away."""

    def plan(self, _: Sequence[Subject]) -> Sequence[Request]:
        return []

    def parse(self, page: Page) -> Parsed:
        if page.request.url.endswith("login"):
            return Parsed(follow=(Request("https://a.example/search"),))
        return Parsed(findings=(Finding("Paris"),), follow=(Request("https://a.example/search?page=2"),))

    def canary(self) -> Request | None:
        return Request("https://a.example/login", context={"canary": "Paris"})


class Door:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, request: Request, *_: object) -> Page:
        self.asked.append(request.url.rpartition("/")[2])
        return Page(request, 200, request.url, {}, b"", START)

    def rest(self, url: str, seconds: float) -> None:
        raise AssertionError(f"nobody asked for {seconds} s of peace at {url}")


async def test_it_follows_a_log_in_to_the_search_and_no_further_once_it_found_something() -> None:
    source, door = LogIn(), Door()
    watched = Watched("one", "One", source, Cadence.parse("1h"), (), Policy())
    request = source.canary()
    assert request is not None
    heard = await listen(watched, request, {}, now=START, door=door, parser=InlineParser())
    assert (heard.outcome, door.asked) == (Outcome.OK, ["login", "search"])


async def test_a_host_that_asked_to_be_left_alone_is() -> None:
    source, door = LogIn(), Door()
    watched = Watched("one", "One", source, Cadence.parse("1h"), (), Policy())
    holds = {"a.example:443": START + timedelta(hours=1)}
    request = source.canary()
    assert request is not None
    heard = await listen(watched, request, holds, now=START, door=door, parser=InlineParser())
    assert (heard.outcome, door.asked) == (Outcome.BLOCKED, [])


async def test_a_host_whose_wait_ended_during_the_round_is_asked() -> None:
    source, door = LogIn(), Door()
    watched = Watched("one", "One", source, Cadence.parse("1h"), (), Policy())
    holds = {"a.example:443": START - timedelta(seconds=1)}
    request = source.canary()
    assert request is not None
    heard = await listen(watched, request, holds, now=START, door=door, parser=InlineParser())
    assert (heard.outcome, heard.cause) == (Outcome.OK, "")


async def test_a_key_that_its_refusal_repeats_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAVE_KEY", "sesame-of-the-canary")
    source = '{kind: brave, id: web, base_url: "https://brave.example", key: env:BRAVE_KEY, subject: ada}'

    def refuses_the_canary(request: httpx.Request) -> httpx.Response:
        if "Ada" in str(request.url):
            return httpx.Response(200, json={"type": "search", "query": {"original": "x"}})
        return httpx.Response(200, json={"error": {"code": "X", "detail": "sesame-of-the-canary is odd"}})

    async with house(configured(tmp_path, [source], subjects=SUBJECTS)) as home:
        home.web.replies = {"https://brave.example/res/v1/web/search": refuses_the_canary}
        run = (await home.check())["web"]
        assert "is odd" in run.cause
        assert "sesame" not in run.cause


async def test_it_is_paid_out_of_the_budget_and_when_that_is_spent_it_is_not_asked(tmp_path: Path) -> None:
    source = SOURCES[0].replace("every", "budget: 3/day, every")
    async with house(configured(tmp_path, [source], subjects=SUBJECTS)) as home:
        home.web.replies = {HN: answering()}
        await home.check()
        assert (len(home.web.requests), asked(home.web, "Linux")) == (2, 1)
        run = (await home.check(later=2 * HOUR))["hn"]
        assert (run.outcome, len(home.web.requests)) == (Outcome.EMPTY, 3)
