from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, Misconfigured, Unreachable, Unreadable
from repwatch.model import Parsed, Request, Subject
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.searxng import Searxng, phrase
from tests.recorded import expected, page, recorded, shown

ADA = Subject("ada", "Ada Exemple", aliases=("AE Conseil", "ada  exemple"))
FORBIDDEN = "<!doctype html><html lang=en><title>403 Forbidden</title><h1>Forbidden</h1></html>"


def searxng(**options: object) -> Searxng:
    return Searxng(SearxngOptions.model_validate({"url": "https://search.example.org/", **options}))


def first(source: Searxng) -> Request:
    """The first search of the plan."""
    return next(request for request in source.plan([ADA]) if "query" in request.context)


def answer(source: Searxng, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Parsed:
    request = first(source)
    text = body if isinstance(body, str) else json.dumps(body)
    return source.parse(page(text, request, url=request.url, status=status, headers=headers))


def found(engine: str = "one", url: str = "https://e.example/1") -> Mapping[str, object]:
    return {"url": url, "title": "T", "content": "", "engine": engine, "engines": [engine]}


@pytest.mark.parametrize("file", recorded("searxng"), ids=lambda file: file.stem)
def test_a_recorded_answer_gives_what_stands_beside_it(file: Path) -> None:
    source = searxng()
    assert shown(source.parse(page(file, first(source)))) == expected(file)


# --- asking -------------------------------------------------------------------------------------


def test_each_different_name_is_one_quoted_search() -> None:
    queries = [parse_qs(urlsplit(request.url).query)["q"][0] for request in searxng().plan([ADA])]
    assert sorted(queries) == ['"AE Conseil"', '"Ada Exemple"']


def test_a_search_names_its_subject_and_stays_on_its_host() -> None:
    request = first(searxng())
    assert (request.subject, request.follow_off_host) == ("ada", False)
    assert urlsplit(request.url).path == "/search"


def test_the_headers_are_those_that_the_limiter_wants() -> None:
    headers = first(searxng(language="fr-FR")).headers
    assert (headers["accept"], headers["accept-language"]) == (
        "application/json, text/html",
        "fr-FR,en;q=0.5",
    )


def test_a_form_keeps_the_name_out_of_the_address() -> None:
    request = first(searxng(method="POST"))
    assert (request.url, request.method) == ("https://search.example.org/search", "POST")
    assert request.body is not None
    assert "Exemple" in request.body.decode()


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("!!g Ada", '"g Ada"'), ("!images Ada", '"images Ada"'),
        (":fr Ada", '"fr Ada"'), ("<3 Ada", '"3 Ada"'),
        ("? Ada", '"Ada"'), ('Ada "!!g" Exemple', '"Ada g Exemple"'), ("Ada Exemple !", '"Ada Exemple"'),
        ("Yahoo! Ada", '"Yahoo! Ada"'),
    ],
)  # fmt: skip
def test_no_word_of_a_name_is_an_order_to_the_instance(name: str, harmless: str) -> None:
    assert phrase(name) == harmless


@pytest.mark.parametrize(
    "wish", [{"engines": ["one"]}, {"categories": ["news"]}, {"time_range": "day"}, {"pages": 2}]
)
def test_a_choice_is_checked_against_the_instance_first(wish: dict[str, object]) -> None:
    asked = searxng(**wish).plan([ADA])[0]
    assert (asked.url, asked.subject) == ("https://search.example.org/config", "ada")


def test_without_a_choice_there_is_nothing_to_check() -> None:
    assert all("/config" not in request.url for request in searxng().plan([ADA]))


@pytest.mark.parametrize(
    "option", [{"pages": 0}, {"time_range": "hour"}, {"safesearch": 9}, {"language": "xx_!"}]
)
def test_an_option_the_instance_would_refuse_is_refused_here(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        searxng(**option)


# --- the instance's configuration ---------------------------------------------------------------

CONFIG = {
    "engines": [
        {
            "name": "one",
            "categories": ["general"],
            "enabled": True,
            "paging": True,
            "time_range_support": True,
        },
        {
            "name": "two",
            "categories": ["general"],
            "enabled": True,
            "paging": False,
            "time_range_support": False,
        },
        {
            "name": "three",
            "categories": ["news"],
            "enabled": False,
            "paging": False,
            "time_range_support": False,
        },
    ]
}


def configured(body: object, status: int = 200, **options: object) -> Parsed:
    source = searxng(**options)
    request = source.plan([ADA])[0]
    return source.parse(page(body if isinstance(body, str) else json.dumps(body), request, status=status))


def test_known_names_pass() -> None:
    assert configured(CONFIG, engines=["one", "two"], categories=["news"]) == Parsed()


@pytest.mark.parametrize("wish", [{"engines": ["one", "nosuch"]}, {"categories": ["nosuch"]}])
def test_an_unknown_name_is_the_owners_to_mend(wish: dict[str, list[str]]) -> None:
    with pytest.raises(Misconfigured, match="named nosuch"):
        configured(CONFIG, 200, **wish)


def test_engines_that_cannot_filter_by_time_are_told() -> None:
    assert configured(CONFIG, time_range="day").missing == ("two cannot filter by time",)


def test_a_time_range_that_no_engine_supports_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="two"):
        configured(CONFIG, time_range="day", engines=["two"])


def test_engines_without_a_second_page_are_told() -> None:
    assert configured(CONFIG, pages=2).missing == ("two cannot give a second page",)


@pytest.mark.parametrize("status", [403, 404, 429])
def test_a_hidden_configuration_is_no_failure(status: int) -> None:
    assert configured("<html></html>", status=status, engines=["one"]) == Parsed()


# --- reading ------------------------------------------------------------------------------------


def test_positions_go_on_over_the_pages() -> None:
    source = searxng(pages=2)
    one = answer(source, {"results": [found(), found(url="https://e.example/2")]})
    (following,) = one.follow
    two = source.parse(page(json.dumps({"results": [found(url="https://e.example/3")]}), following))
    assert [item.rank.position for item in (*one.findings, *two.findings) if item.rank] == [1, 2, 3]
    assert "pageno=2" in following.url
    assert two.follow == ()


def test_an_empty_page_ends_the_paging() -> None:
    assert answer(searxng(pages=3), {"results": []}) == Parsed()


def test_an_engine_that_failed_makes_the_run_partial() -> None:
    body = {"results": [found()], "unresponsive_engines": [["two", "timeout"]]}
    assert answer(searxng(), body).missing == ("two: timeout",)


def test_no_results_and_refusing_engines_are_a_refusal_not_an_empty_web() -> None:
    body = {"results": [], "unresponsive_engines": [["one", "Suspended: CAPTCHA"], ["two", "timeout"]]}
    with pytest.raises(Blocked, match=r"one: Suspended: CAPTCHA; two: timeout"):
        answer(searxng(), body)


def test_no_results_and_failing_engines_are_unreachable() -> None:
    with pytest.raises(Unreachable, match="timeout"):
        answer(searxng(), {"results": [], "unresponsive_engines": [["one", "timeout"]]})


def test_no_results_with_one_sound_engine_are_partial() -> None:
    body = {"results": [], "unresponsive_engines": [["one", "timeout"]]}
    assert answer(searxng(engines=["one", "two"]), body) == Parsed(missing=("one: timeout",))


def test_results_of_other_engines_betray_an_unknown_name() -> None:
    with pytest.raises(Misconfigured, match="did not use the engines nosuch but one"):
        answer(searxng(engines=["nosuch"]), {"results": [found("one")]})


def test_a_result_without_zone_is_not_dated_by_its_page() -> None:
    (item,) = answer(searxng(), {"results": [{**found(), "publishedDate": "2024-01-02T03:04:05"}]}).findings
    assert (str(item.published), item.published_is_page_date) == ("2024-01-02 03:04:05+00:00", False)


# --- refusals -----------------------------------------------------------------------------------


def test_json_that_is_not_enabled_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match=r"search\.formats"):
        answer(searxng(), FORBIDDEN, 403, {"content-type": "text/html; charset=utf-8"})


def test_a_challenge_before_the_instance_is_a_refusal() -> None:
    with pytest.raises(Blocked, match="Cloudflare"):
        answer(searxng(), "<html><title>Just a moment...</title></html>", 403, {"cf-mitigated": "challenge"})


def test_the_limiter_is_named_with_the_way_round_it() -> None:
    with pytest.raises(Blocked, match="pass_ip") as raised:
        answer(searxng(), "Too Many Requests", 429, {"retry-after": "60"})
    assert raised.value.retry_after == 60


def test_a_bad_value_is_told_in_the_instances_words() -> None:
    with pytest.raises(Misconfigured, match="Invalid value 9 for parameter safesearch"):
        answer(searxng(), {"error": "Invalid value 9 for parameter safesearch"}, 400)


@pytest.mark.parametrize(
    "body", ["<html><title>Hello</title></html>", "[]", '{"query": "x"}', "", '{"results": [']
)
def test_anything_else_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable, match="SearXNG"):
        answer(searxng(), body)
