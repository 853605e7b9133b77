"""Our reader against a real SearXNG, whose surprises no recording shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from repwatch.errors import Blocked, Misconfigured, Unreadable
from repwatch.model import Parsed, Request, Subject
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.searxng import Searxng
from tests import searxng_lab as lab
from tests.searxng_lab import ADA, answers, findings

pytestmark = [
    pytest.mark.searxng,
    pytest.mark.skipif(not lab.PYTHON.exists(), reason=f"no SearXNG venv at {lab.PYTHON.parent.parent}"),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with lab.web() as address:
        yield address


@pytest.fixture(scope="module")
def instance(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with lab.searxng(tmp_path_factory.mktemp("searxng"), origin) as address:
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


def test_known_engines_pass_the_check_and_answer(instance: str) -> None:
    found = findings(instance, engines=["lab two"])
    assert [item.rank and item.rank.engine for item in found] == ["lab two", "lab two"]


@pytest.mark.parametrize("wish", [{"engines": ["nosuch"]}, {"categories": ["nosuch"]}])
def test_an_unknown_name_is_found_out_before_the_search(instance: str, wish: dict[str, list[str]]) -> None:
    with pytest.raises(Misconfigured, match="named nosuch"):
        answers(instance, ADA, **wish)


def test_the_default_engines_answer_for_an_unknown_one_and_betray_it(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance, engines=("nosuch",)))
    search = source.plan([ADA])[-1]
    with pytest.raises(Misconfigured, match="did not use the engines nosuch"):
        source.parse(lab.fetch(search))


def test_a_time_range_that_no_engine_supports_is_not_silence(instance: str) -> None:
    with pytest.raises(Misconfigured, match="no engine that is asked can filter by time"):
        answers(instance, time_range="day")


def test_a_second_page_is_asked_for_and_its_lack_is_told(instance: str) -> None:
    read = answers(instance, pages=2)
    assert sum(len(answer.findings) for answer in read) == 2
    assert read[0].missing == ("lab two cannot give a second page",)
    assert read[-1] == Parsed()


def test_engines_that_all_fail_are_a_failed_answers(instance: str) -> None:
    with pytest.raises(Blocked, match="lab limited: "):
        answers(instance, categories=["broken"])


def test_answers_without_address_are_no_findings(instance: str) -> None:
    assert findings(instance, categories=["values"]) == []


def test_a_bad_value_is_told_in_the_instances_words(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance))
    search = source.plan([ADA])[0]
    bad = replace(search, url=search.url.replace("safesearch=0", "safesearch=9"))
    with pytest.raises(Misconfigured, match="Invalid value 9 for parameter safesearch"):
        source.parse(lab.fetch(bad))


def test_an_order_in_a_name_does_not_leave_the_instance(instance: str) -> None:
    leaving = lab.fetch(Request(f"{instance}/search?format=json&q={quote_plus('!!g Ada')}"))
    assert leaving.status == 302, "SearXNG no longer obeys !!; the neutralisation can go"
    assert answers(instance, Subject("sly", "!!g Ada Exemple")) is not None


def test_an_instance_without_json_tells_how_to_allow_it(origin: str, tmp_path: Path) -> None:
    with (
        lab.searxng(tmp_path, origin, ["html"]) as address,
        pytest.raises(Misconfigured, match=r"search\.formats"),
    ):
        answers(address)


def test_a_date_is_kept_and_never_taken_for_the_pages_own(instance: str) -> None:
    (story,) = findings(instance, categories=["dated"])
    assert story.published is not None
    assert abs(story.published - datetime(2026, 11, 20, 10, 0, tzinfo=UTC)) < timedelta(days=1)
    assert not story.published_is_page_date


def test_a_page_in_place_of_json_is_not_an_empty_answer(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance))
    search = source.plan([ADA])[0]
    with pytest.raises(Unreadable, match="web page"):
        source.parse(lab.fetch(replace(search, url=search.url.replace("format=json", "format=xml"))))


def test_the_search_itself_is_asked_and_no_redirect_to_it(instance: str) -> None:
    led = lab.fetch(Request(f"{instance}/?format=json&q=Ada"))
    assert (led.status, lab.fetch(Searxng(SearxngOptions(url=instance)).plan([ADA])[0]).status) == (308, 200)


@pytest.mark.skipif(not Path(lab.STRACE).exists(), reason="Debian's strace is missing")
def test_the_server_calls_for_nothing_but_loopback(origin: str, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    with lab.searxng(tmp_path, origin, under=lab.traced(calls)) as address:
        assert findings(address)
    assert lab.addresses(calls) == {"127.0.0.1"}
