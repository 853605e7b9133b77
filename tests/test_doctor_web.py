"""The doctor on the clock, the names and the sources: one round of questions, each asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from repwatch.config.settings import Config
from repwatch.doctor import clockwork, names, probes, sources
from repwatch.doctor.probes import Probe
from repwatch.errors import Unreachable
from repwatch.jobs.ask import Answer
from repwatch.model import Outcome, Pair, Snapshot, SourceState
from repwatch.store import hosts
from repwatch.store import sources as stored
from repwatch.store.database import Store
from tests.clinic import BLOG, configured, made, one, visited
from tests.fakes import START, FakeClock, FakeWeb, Reply, rss
from tests.hostile import Names

FEED = rss(("Ada Exemple opens", "https://blog.example/1", "news"))
ODD = "http://odd.example/"
SEARCH = "http://search.example"
NAMED = f'[{{kind: searxng, id: search, url: "{SEARCH}"}}, {{kind: feed, id: blog, url: "{BLOG}"}}]'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


def dated(at: datetime, **headers: str) -> httpx.Response:
    return httpx.Response(
        200, headers={"date": format_datetime(at, usegmt=True), **headers}, content=FEED.content
    )


# --- the clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(3, "good"), (-100, "good"), (300, "warn"), (-300, "warn"), (7_200, "bad"), (-7_200, "bad")],
)
async def test_the_clock_is_held_against_the_web(config: Config, seconds: int, state: str) -> None:
    web = FakeWeb({BLOG: dated(START - timedelta(seconds=seconds))})
    sign = one(await clockwork.agreement(visited(config, web=web)))
    assert (sign.state, "timedatectl" in sign.advice) == (state, state != "good")
    assert ("ahead of" in sign.seen) == (seconds > 0)


async def test_an_answer_from_a_cache_is_older_by_its_age(config: Config) -> None:
    web = FakeWeb({BLOG: dated(START - timedelta(seconds=5_000), age="5000")})
    assert one(await clockwork.agreement(visited(config, web=web))).state == "good"


async def test_one_host_with_a_wrong_clock_is_outvoted(tmp_path: Path) -> None:
    urls = [f"http://{host}.example/feed" for host in ("one", "two", "three")]
    config = configured(
        tmp_path, sources=str([f'{{kind: feed, url: "{url}"}}' for url in urls]).replace("'", "")
    )
    late = START - timedelta(days=3)
    web = FakeWeb({url: dated(late if "two" in url else START) for url in urls})
    sign = one(await clockwork.agreement(visited(config, web=web)))
    assert (sign.state, "3 hosts" in sign.seen) == ("good", True)


@pytest.mark.parametrize(
    "answer", [FEED, httpx.Response(200, headers={"date": "yesterday"}, content=FEED.content)]
)
async def test_without_a_date_nothing_is_said(config: Config, answer: httpx.Response) -> None:
    sign = one(await clockwork.agreement(visited(config, web=FakeWeb({BLOG: answer}))))
    assert sign.state == "skipped"


async def test_this_machine_is_no_witness_of_its_own_clock(tmp_path: Path) -> None:
    here = "http://127.0.0.1/feed"
    config = configured(tmp_path, sources=f'[{{kind: feed, url: "{here}", allow_private: [loopback]}}]')
    web = FakeWeb({here: dated(START - timedelta(days=1))})
    assert one(await clockwork.agreement(visited(config, web=web))).state == "skipped"


@pytest.mark.parametrize(("year", "state"), [(2026, "good"), (1970, "bad")])
def test_a_time_before_the_program_cannot_be(config: Config, year: int, state: str) -> None:
    clock = FakeClock(datetime(year, 12, 1, tzinfo=UTC))
    assert one(clockwork.now(visited(config, clock=clock))).state == state


def test_the_zone_tells_its_time_and_its_next_change(config: Config) -> None:
    seen = one(clockwork.zone(visited(config))).seen
    assert seen == "Europe/Paris, where it is 10:00 now; the clocks change on 2027-03-28"


def test_a_zone_without_summer_has_no_change() -> None:
    assert clockwork.next_change(ZoneInfo("UTC"), START) is None


# --- the names --------------------------------------------------------------------------------


class Resolver(Names):
    """Fails for some names, hangs for others."""

    def __init__(self, *failing: str, hanging: Sequence[str] = (), clock: FakeClock | None = None) -> None:
        super().__init__(blog_example=["93.184.215.14"], smtp_firm_fr=["93.184.215.15"])
        self.failing, self.hanging, self.clock = failing, hanging, clock

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        if host in self.failing:
            raise Unreachable("DNS: no such name", "check the address")
        if host in self.hanging:
            await asyncio.Event().wait()
        if self.clock:
            self.clock.advance(3.0)
        return await super().resolve(host, port)


async def test_names_that_are_known_make_one_line(config: Config) -> None:
    sign = one(await names.resolved(visited(config, names=Resolver())))
    assert (sign.state, "2 names" in sign.seen) == ("good", True)


async def test_an_unknown_name_is_told_with_who_uses_it(config: Config) -> None:
    signs = await names.resolved(visited(config, names=Resolver("blog.example")))
    assert [sign.state for sign in signs] == ["bad", "good"]
    assert "blog.example: DNS: no such name" in signs[0].seen
    assert "'blog'" in signs[0].advice


async def test_when_no_name_is_known_the_network_is_to_blame(config: Config) -> None:
    sign = one(await names.resolved(visited(config, names=Resolver("blog.example", "smtp.firm.fr"))))
    assert (sign.state, "resolv.conf" in sign.advice) == ("bad", True)


async def test_a_slow_resolver_is_a_warning(config: Config) -> None:
    clock = FakeClock()
    sign = one(await names.resolved(visited(config, clock=clock, names=Resolver(clock=clock))))
    assert (sign.state, "slow resolver" in sign.advice) == ("warn", True)


async def test_a_resolver_that_hangs_holds_up_nothing(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SECONDS", 0.01)
    signs = await names.resolved(visited(config, names=Resolver(hanging=["blog.example"])))
    assert "no answer within" in signs[0].seen


async def test_a_private_answer_is_what_a_check_would_refuse(config: Config) -> None:
    resolver = Names(blog_example=["10.0.0.7"], smtp_firm_fr=["10.0.0.8"])
    signs = await names.resolved(visited(config, names=resolver))
    assert [sign.state for sign in signs] == ["bad", "good"]
    assert "allow_private: [10.0.0.7/32]" in signs[0].advice


async def test_addresses_need_no_resolver(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        sources='[{kind: feed, url: "http://127.0.0.1/feed", allow_private: [loopback]}]',
        channels="{mail: {kind: email, host: localhost, security: none, from: r@firm.fr}}",
    )
    assert (
        one(await names.resolved(visited(config, names=Resolver("127.0.0.1", "localhost")))).state
        == "skipped"
    )


async def test_behind_a_proxy_its_name_is_the_one_that_counts(tmp_path: Path) -> None:
    config = configured(
        tmp_path, sources=f'[{{kind: feed, url: "{BLOG}", proxy: "http://proxy.example:3128"}}]'
    )
    assert [(name.host, name.port) for name in names.names(visited(config))] == [
        ("smtp.firm.fr", 587),
        ("proxy.example", 3128),
    ]


# --- the sources ------------------------------------------------------------------------------


async def test_a_source_that_answers_is_good(config: Config) -> None:
    sign = one(await sources.answers(visited(config, web=FakeWeb({BLOG: FEED}))), "blog")
    assert (sign.state, sign.seen) == ("good", "answered with 1 item")


@pytest.mark.parametrize(
    ("answer", "state", "seen", "advice"),
    [
        (httpx.ConnectError("refused"), "bad", "unreachable: no answer", "check the address"),
        (httpx.Response(403), "bad", "blocked: refused: 403", "watch it through a search source"),
        (httpx.Response(429, headers={"retry-after": "60"}), "warn", "blocked: refused: 429", "wait"),
        (httpx.Response(410), "bad", "misconfigured: gone for good", "off the list"),
        (httpx.Response(200, content=b"<html><p>hello"), "bad", "unreadable:", ""),
        (httpx.Response(503), "bad", "unreachable:", "tries again by itself"),
    ],
)
async def test_a_failure_is_told_apart_with_what_to_do(
    config: Config, answer: Reply, state: str, seen: str, advice: str
) -> None:
    sign = one(await sources.answers(visited(config, web=FakeWeb({BLOG: answer}))), "blog")
    assert sign.state == state
    assert sign.seen.startswith(seen)
    assert advice in sign.advice
    assert sign.advice


async def test_each_source_is_asked_once_and_nothing_is_stored(tmp_path: Path) -> None:
    config = configured(tmp_path, sources=NAMED)
    path = await made(config)
    before = path.read_bytes()
    web = FakeWeb({BLOG: FEED})
    visit = visited(config, web=web)
    await asyncio.gather(sources.answers(visit), clockwork.agreement(visit), sources.answers(visit))
    assert len(web.requests) == 2
    assert path.read_bytes() == before


async def test_who_was_sent_a_name_is_told(tmp_path: Path) -> None:
    signs = await sources.answers(visited(configured(tmp_path, sources=NAMED), web=FakeWeb({BLOG: FEED})))
    assert "1 request just told Ada Exemple to search.example" in one(signs, "names sent").seen


async def test_that_nobody_was_sent_a_name_is_told(config: Config) -> None:
    signs = await sources.answers(visited(config, web=FakeWeb({BLOG: FEED})))
    assert one(signs, "names sent").seen == "no service was sent a name"


async def test_a_paused_source_is_left_alone(config: Config) -> None:
    store = Store(config.database_path)
    await store.open()
    await store.write(lambda tx: stored.save(tx, [SourceState(Pair("blog", ""), paused="on holiday")]))
    await store.close()
    web = FakeWeb({BLOG: FEED})
    sign = one(await sources.answers(visited(config, web=web)), "blog")
    assert (sign.state, sign.advice) == ("skipped", "repwatch source resume blog")
    assert web.requests == []


async def test_a_host_that_asked_for_peace_is_left_alone(config: Config) -> None:
    store = Store(config.database_path)
    await store.open()
    await store.write(lambda tx: hosts.hold(tx, "blog.example:80", START + timedelta(hours=1)))
    await store.close()
    web = FakeWeb({BLOG: FEED})
    sign = one(await sources.answers(visited(config, web=web)), "blog")
    assert (sign.state, "asked us to wait until" in sign.seen) == ("warn", True)
    assert web.requests == []


async def test_a_defect_in_one_source_hides_no_other(tmp_path: Path) -> None:
    def defect(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    config = configured(
        tmp_path,
        sources=f'[{{kind: feed, id: odd, url: "{ODD}"}}, {{kind: feed, id: blog, url: "{BLOG}"}}]',
    )
    signs = await sources.answers(visited(config, web=FakeWeb({BLOG: FEED, ODD: defect})))
    assert (one(signs, "odd").seen, one(signs, "blog").state) == (
        "unreadable: unexpected error: ZeroDivisionError",
        "good",
    )


async def test_a_source_that_never_ends_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(probes, "PATIENCE", 0.01)
    visit = visited(configured(tmp_path, fetch="{total: 0.01, interval: 0}"), web=FakeWeb({BLOG: FEED}))
    monkeypatch.setattr(visit.parser, "parse", endless)
    sign = one(await sources.answers(visit), "blog")
    assert (sign.state, "not asked and read within" in sign.seen) == ("bad", True)


async def test_a_source_that_cannot_plan_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = visited(config, web=FakeWeb({BLOG: FEED}))
    monkeypatch.setattr(type(visit.watched[0].source), "plan", lambda *_: 1 / 0)
    sign = one(await sources.answers(visit), "blog")
    assert (sign.state, "cannot plan its requests: ZeroDivisionError" in sign.seen) == ("bad", True)


def test_a_partial_answer_is_a_warning() -> None:
    sign = sources.told(Probe("search", outcome=Outcome.PARTIAL, cause="google did not answer"))
    assert (sign.state, "--dry-run --source search" in sign.advice) == ("warn", True)


async def test_without_a_source_it_says_how_to_add_one(tmp_path: Path) -> None:
    sign = one(await sources.answers(visited(configured(tmp_path, sources="[]"))))
    assert (sign.state, "repwatch source add" in sign.advice) == ("skipped", True)


def test_a_watched_page_that_was_read_had_something() -> None:
    page = Snapshot("The team", "https://club.example.org/team", ("Ada Exemple founded it.",))
    probe = probes.concluded(Probe("team"), Answer(answered=1, snapshots=[("key", page)]))
    assert sources.told(probe).seen == "answered with 1 item"
