"""Our reader against the searx 1.1.0 that Debian ships, which is not the SearXNG of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from repwatch.errors import Blocked, Misconfigured
from repwatch.model import Parsed, Request, Subject
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.searxng import Searxng
from tests import searxng_lab as lab
from tests.searxng_lab import ADA, answers, findings

pytestmark = [
    pytest.mark.searx,
    pytest.mark.skipif(not lab.SEARX.exists(), reason="Debian's searx is missing (make test-deps)"),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with lab.web() as address:
        yield address


@pytest.fixture(scope="module")
def instance(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with lab.searx(tmp_path_factory.mktemp("searx"), origin) as address:
        yield address


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_results_of_two_engines_come_merged_and_ranked(instance: str, method: str) -> None:
    found = findings(instance, method=method)
    assert [(item.url, item.rank and (item.rank.position, item.rank.engine)) for item in found] == [
        ("https://press.example.org/school?id=7", (1, "lab one, lab two")),
        ("https://blog.example.net/botanist", (2, "lab one, lab two")),
    ]


def test_a_name_that_nobody_has_is_an_empty_answer(instance: str) -> None:
    assert answers(instance, Subject("nobody", "Zoltan Inexistant")) == [Parsed()]


def test_its_phrase_for_a_date_is_left_for_the_one_that_machines_read(instance: str) -> None:
    raw = lab.fetch(search_in(instance, "dated")).body.decode()
    assert '"publishedDate": "3 hour(s), ' in raw, "searx no longer writes a phrase"
    fresh, old = findings(instance, categories=["dated"])
    assert fresh.published is not None
    assert abs(fresh.published - datetime.now(UTC) + timedelta(hours=3)) < timedelta(minutes=10)
    assert old.published == datetime(2020, 3, 20, 9, 0, tzinfo=UTC)
    assert not old.published_is_page_date


def test_engines_that_all_fail_are_a_failed_run_in_its_own_words(instance: str) -> None:
    with pytest.raises(Blocked) as raised:
        answers(instance, categories=["broken"])
    for told in ("lab denied: blocked", "lab limited: too many requests", "lab garbled: unexpected crash"):
        assert told in raised.value.cause


def test_a_suspended_engine_is_silent_which_only_a_canary_can_tell(instance: str) -> None:
    with pytest.raises(Blocked, match="lab banned: blocked"):
        answers(instance, categories=["banned"])
    assert answers(instance, categories=["banned"])[-1] == Parsed()


@pytest.mark.parametrize("wish", [{"engines": ["nosuch"]}, {"categories": ["nosuch"]}])
def test_an_unknown_name_is_found_out_before_the_search(instance: str, wish: dict[str, list[str]]) -> None:
    with pytest.raises(Misconfigured, match="named nosuch"):
        answers(instance, ADA, **wish)


def test_the_default_engines_answer_for_an_unknown_one_and_betray_it(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance, engines=("nosuch",)))
    with pytest.raises(Misconfigured, match="did not use the engines nosuch"):
        source.parse(lab.fetch(source.plan([ADA])[-1]))


def test_a_time_range_that_no_engine_supports_is_not_silence(instance: str) -> None:
    with pytest.raises(Misconfigured, match="no engine that is asked can filter by time"):
        answers(instance, time_range="day")


def test_a_second_page_is_asked_for_and_its_lack_is_told(instance: str) -> None:
    read = answers(instance, pages=2)
    assert read[0].missing == ("lab two cannot give a second page",)
    assert [len(answer.findings) for answer in read] == [0, 2, 0]


def test_a_bad_value_is_told_in_the_instances_words(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance))
    search = source.plan([ADA])[0]
    bad = replace(search, url=search.url.replace("pageno=1", "pageno=0"))
    with pytest.raises(Misconfigured, match='Invalid value "0" for parameter pageno'):
        source.parse(lab.fetch(bad))


def test_an_order_in_a_name_does_not_leave_the_instance(instance: str) -> None:
    leaving = lab.fetch(Request(f"{instance}/search?format=json&q={quote_plus('!!g Ada')}"))
    assert leaving.status == 302, "searx no longer obeys !!; the neutralisation can go"
    assert answers(instance, Subject("sly", "!!g Ada Exemple")) is not None


@pytest.mark.skipif(not Path(lab.STRACE).exists(), reason="Debian's strace is missing")
def test_the_server_calls_for_nothing_but_loopback(origin: str, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    with lab.searx(tmp_path, origin, under=lab.traced(calls)) as address:
        assert findings(address)
    assert lab.addresses(calls) == {"127.0.0.1"}


def search_in(instance: str, category: str) -> Request:
    """The search itself, without the question that comes before it."""
    return Searxng(SearxngOptions(url=instance, categories=(category,))).plan([ADA])[-1]
