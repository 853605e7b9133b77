"""Our reader against a real SearXNG, whose surprises no recording shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from repwatch.errors import Blocked, Misconfigured
from repwatch.model import Finding, Parsed, Request, Subject
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.searxng import Searxng
from tests import searxng_lab as lab

pytestmark = [
    pytest.mark.searxng,
    pytest.mark.skipif(not lab.PYTHON.exists(), reason=f"no SearXNG venv at {lab.PYTHON.parent.parent}"),
]

ADA = Subject("ada", "Ada Exemple")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with lab.web() as address:
        yield address


@pytest.fixture(scope="module")
def instance(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with lab.searxng(tmp_path_factory.mktemp("searxng"), origin) as address:
        yield address


def run(url: str, subject: Subject = ADA, **options: object) -> list[Parsed]:
    """Each answer to the plan, and to what it asks to follow."""
    source = Searxng(SearxngOptions.model_validate({"url": url, **options}))
    waiting: list[Request] = list(source.plan([subject]))
    answers: list[Parsed] = []
    while waiting:
        answers.append(source.parse(lab.fetch(waiting.pop(0))))
        waiting.extend(answers[-1].follow)
    return answers


def findings(answers: list[Parsed]) -> list[Finding]:
    return [item for answer in answers for item in answer.findings]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_results_of_two_engines_come_merged_and_ranked(instance: str, method: str) -> None:
    found = findings(run(instance, method=method))
    assert [(item.url, item.rank and (item.rank.position, item.rank.engine)) for item in found] == [
        ("https://press.example.org/school?id=7", (1, "lab one, lab two")),
        ("https://blog.example.net/botanist", (2, "lab one, lab two")),
    ]


def test_a_name_that_nobody_has_is_an_empty_answer(instance: str) -> None:
    assert run(instance, Subject("nobody", "Zoltan Inexistant")) == [Parsed()]


def test_known_engines_pass_the_check_and_answer(instance: str) -> None:
    found = findings(run(instance, engines=["lab two"]))
    assert [item.rank and item.rank.engine for item in found] == ["lab two", "lab two"]


@pytest.mark.parametrize("wish", [{"engines": ["nosuch"]}, {"categories": ["nosuch"]}])
def test_an_unknown_name_is_found_out_before_the_search(instance: str, wish: dict[str, list[str]]) -> None:
    with pytest.raises(Misconfigured, match="named nosuch"):
        run(instance, ADA, **wish)


def test_the_default_engines_answer_for_an_unknown_one_and_betray_it(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance, engines=("nosuch",)))
    search = source.plan([ADA])[-1]
    with pytest.raises(Misconfigured, match="did not use the engines nosuch"):
        source.parse(lab.fetch(search))


def test_a_time_range_that_no_engine_supports_is_not_silence(instance: str) -> None:
    with pytest.raises(Misconfigured, match="no engine that is asked can filter by time"):
        run(instance, time_range="day")


def test_a_second_page_is_asked_for_and_its_lack_is_told(instance: str) -> None:
    answers = run(instance, pages=2)
    assert len(findings(answers)) == 2
    assert answers[0].missing == ("lab two cannot give a second page",)
    assert answers[-1] == Parsed()


def test_engines_that_all_fail_are_a_failed_run(instance: str) -> None:
    with pytest.raises(Blocked, match="lab limited: "):
        run(instance, categories=["broken"])


def test_answers_without_address_are_no_findings(instance: str) -> None:
    assert findings(run(instance, categories=["values"])) == []


def test_a_bad_value_is_told_in_the_instances_words(instance: str) -> None:
    source = Searxng(SearxngOptions(url=instance))
    search = source.plan([ADA])[0]
    bad = replace(search, url=search.url.replace("safesearch=0", "safesearch=9"))
    with pytest.raises(Misconfigured, match="Invalid value 9 for parameter safesearch"):
        source.parse(lab.fetch(bad))


def test_an_order_in_a_name_does_not_leave_the_instance(instance: str) -> None:
    leaving = lab.fetch(Request(f"{instance}/search?format=json&q={quote_plus('!!g Ada')}"))
    assert leaving.status == 302, "SearXNG no longer obeys !!; the neutralisation can go"
    assert run(instance, Subject("sly", "!!g Ada Exemple")) is not None


def test_an_instance_without_json_tells_how_to_allow_it(origin: str, tmp_path: Path) -> None:
    with (
        lab.searxng(tmp_path, origin, ["html"]) as address,
        pytest.raises(Misconfigured, match=r"search\.formats"),
    ):
        run(address)
