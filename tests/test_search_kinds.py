"""The search engines of the catalog: what each is asked, what its errors mean, where its pages rank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, ConfigError, Misconfigured, SourceError, Unreadable
from repwatch.masking import mask
from repwatch.model import Parsed, Request, Subject
from repwatch.plugins import from_catalog
from repwatch.rules.assess import Assessor
from repwatch.sources.declarative import Declarative
from repwatch.sources.options.declarative import DeclarativeOptions
from repwatch.sources.read_catalog import load_catalog
from tests.recorded import NOW, page, recorded

ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple")
CATALOG = load_catalog()
KINDS = ["brave", "brave_news", "exa", "kagi", "marginalia", "mojeek", "serpapi", "serper", "tavily"]
KEY = "lab-key-0123456789"
IN_THE_ADDRESS = ["mojeek", "serpapi"]  # these take the key nowhere else


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPWATCH_LAB_KEY", KEY)


def source(kind: str, **options: object) -> Declarative:
    given = {"key": "env:REPWATCH_LAB_KEY", **options}
    return Declarative(CATALOG[kind], DeclarativeOptions.model_validate(given))


def request(kind: str, **options: object) -> Request:
    return source(kind, **options).plan([ADA])[0]


def params(asked: Request) -> Mapping[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(asked.url).query).items()}


def body(asked: Request) -> Any:
    return json.loads(asked.body or b"")


def read(
    kind: str, answer: object, status: int = 200, asked: Request | None = None, **options: object
) -> Parsed:
    asked = asked or request(kind, **options)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return source(kind, **options).parse(page(text, asked, url=asked.url, status=status))


def failure(kind: str, answer: object, status: int) -> SourceError:
    with pytest.raises(SourceError) as raised:
        read(kind, answer, status)
    return raised.value


# --- asking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_asked_for_the_name_as_a_phrase(kind: str) -> None:
    asked = request(kind)
    said = json.dumps(body(asked)) if asked.body else json.dumps(params(asked))
    assert r"\"Ada Exemple\"" in said


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_asked_twice_a_day_at_most_and_wants_a_key(kind: str) -> None:
    plugin = from_catalog(CATALOG[kind])
    assert plugin.every in ("12h", "1d")
    assert not plugin.keyless
    with pytest.raises(ValidationError, match="key"):
        plugin.options.model_validate({})


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_is_in_no_address_that_can_do_without(kind: str) -> None:
    asked = request(kind)
    assert (KEY in asked.url) is (kind in IN_THE_ADDRESS)
    assert any(KEY in value for value in asked.headers.values()) is (kind not in IN_THE_ADDRESS)


@pytest.mark.parametrize("kind", IN_THE_ADDRESS)
def test_a_key_in_an_address_is_masked_wherever_that_is_shown(kind: str) -> None:
    assert KEY not in mask(request(kind).url)


def test_brave_counts_pages_and_not_results() -> None:
    answer = {
        "query": {"more_results_available": True},
        "web": {"results": [{"title": "T", "url": "https://e.example"}]},
    }
    (following,) = read("brave", answer).follow
    assert (params(request("brave"))["offset"], params(following)["offset"]) == ("0", "1")


def test_brave_is_asked_for_no_more_once_it_has_no_more() -> None:
    answer = {
        "query": {"more_results_available": False},
        "web": {"results": [{"title": "T", "url": "https://e.example"}]},
    }
    assert read("brave", answer).follow == ()


def test_mojeek_counts_results_from_one() -> None:
    hit = {"title": "T", "url": "https://e.example"}
    (following,) = read("mojeek", {"response": {"status": "OK", "results": [hit]}}, pages=2).follow
    assert (params(request("mojeek"))["s"], params(following)["s"]) == ("1", "11")


def test_a_page_of_a_posted_search_is_asked_for_in_its_body() -> None:
    (following,) = read("serper", {"organic": [{"title": "T", "link": "https://e.example"}]}).follow
    assert (body(request("serper"))["page"], body(following)["page"]) == (1, 2)


def test_the_owner_says_how_many_pages_are_paid_for() -> None:
    answer = {"organic": [{"title": "T", "link": "https://e.example"}]}
    assert read("serper", answer, pages=1).follow == ()
    with pytest.raises(ConfigError, match="one page of results"):
        source("tavily", pages=2)


@pytest.mark.parametrize("kind", ["serpapi", "serper"])
def test_google_is_asked_for_a_country_in_small_letters(kind: str) -> None:
    asked = request(kind, language="fr", country="FR")
    said = body(asked) if asked.body else params(asked)
    assert (said["hl"], said["gl"]) == ("fr", "fr")


# --- ranking ------------------------------------------------------------------------------------


def test_positions_go_on_over_the_pages_and_skip_what_has_no_address() -> None:
    first = read("serper", {"organic": [{"title": "A", "link": "https://e.example/1"}, {"title": "B"}]})
    second = read(
        "serper", {"organic": [{"title": "C", "link": "https://e.example/2"}]}, asked=first.follow[0]
    )
    ranks = [item.rank and item.rank.position for item in (*first.findings, *second.findings)]
    assert ranks == [1, None, 2]


@pytest.mark.parametrize(
    ("kind", "engine", "locale"),
    [
        ("brave", "brave", "fr-FR"),
        ("serper", "google", "fr-FR"),
        ("serpapi", "google", "fr-FR"),
        ("tavily", "tavily", "all"),
    ],
)
def test_a_rank_says_whose_page_it_was_and_for_whom(kind: str, engine: str, locale: str) -> None:
    options = {"language": "fr", "country": "FR"}
    asked = request(kind, **options)
    (file,) = recorded(kind)
    found = source(kind, **options).parse(page(file, asked, url=asked.url)).findings[0]
    assert found.rank is not None
    assert (found.rank.query, found.rank.engine, found.rank.locale) == ('"Ada Exemple"', engine, locale)


@pytest.mark.parametrize("kind", ["exa", "tavily"])
def test_what_only_means_the_same_is_no_mention(kind: str) -> None:
    (file,) = recorded(kind)
    asked = request(kind)
    findings = source(kind).parse(page(file, asked, url=asked.url)).findings
    assessor = Assessor((ADA,), "web")
    named = [
        assessor.candidate(item, "ada") is not None for item in assessor.identified(findings, NOW, guids=True)
    ]
    assert named == [True, False]


# --- what errors mean ---------------------------------------------------------------------------


def test_no_results_of_google_are_no_error() -> None:
    error = "Google hasn't returned any results for this query."
    assert read("serpapi", {"search_metadata": {"status": "Success"}, "error": error}) == Parsed()


def test_another_error_of_serpapi_is_not_silence() -> None:
    assert isinstance(failure("serpapi", {"error": "We couldn't get valid results."}, 200), Unreadable)


def test_no_hits_at_kagi_lack_their_key() -> None:
    assert read("kagi", {"meta": {}, "data": {"related_search": [{"title": "x"}]}}) == Parsed()


def test_no_hits_at_brave_lack_their_key() -> None:
    assert read("brave", {"type": "search", "query": {"more_results_available": False}}) == Parsed()


def test_mojeeks_daily_limit_comes_with_status_200() -> None:
    error = failure("mojeek", {"response": {"status": "ERROR: Daily Limit Reached"}}, 200)
    assert isinstance(error, Blocked)
    assert "Daily Limit Reached" in error.cause


def test_an_unknown_error_of_mojeek_is_not_understood() -> None:
    error = failure("mojeek", {"response": {"status": "ERROR: Elephant", "results": []}}, 200)
    assert isinstance(error, Unreadable)


def test_a_date_without_zone_or_in_words_is_read_as_far_as_it_can_be() -> None:
    dates = ["2 hours ago", "a day ago", "3 weeks ago", "Mar 1, 2026", "il y a 2 heures", "Monday", 7, None]
    hits = [{"title": "T", "link": f"https://e.example/{n}", "date": date} for n, date in enumerate(dates)]
    found = [
        item.published and f"{item.published:%m-%d %H:%M}"
        for item in read("serper", {"organic": hits}).findings
    ]
    assert found == ["11-23 07:00", "11-22 09:00", "11-02 09:00", "03-01 00:00", None, None, None, None]


@pytest.mark.parametrize(
    ("kind", "status", "answer", "wait"),
    [
        ("brave", 402, {}, 86_400), ("brave", 429, {"error": {"code": "QUOTA_LIMITED"}}, 86_400),
        ("brave", 429, {"error": {"code": "RATE_LIMITED"}}, None), ("brave_news", 402, {}, 86_400),
        ("serper", 400, {"message": "Not enough credits", "statusCode": 400}, 86_400),
        ("serpapi", 429, {"error": "Your account has run out of searches."}, 86_400),
        ("serpapi", 429, {"error": "Too many requests this hour."}, 3_600),
        ("kagi", 402, {}, 86_400), ("mojeek", 402, {}, 86_400), ("marginalia", 503, {}, None),
        ("tavily", 432, {"detail": {"error": "usage limit"}}, 86_400), ("tavily", 433, {}, 86_400),
        ("exa", 402, {"tag": "NO_MORE_CREDITS", "error": "x"}, 86_400), ("exa", 429, {}, None),
    ],
)  # fmt: skip
def test_what_is_used_up_is_a_refusal_with_a_wait(
    kind: str, status: int, answer: object, wait: float | None
) -> None:
    error = failure(kind, answer, status)
    assert isinstance(error, Blocked)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("kind", "status", "answer"),
    [
        ("brave", 422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID"}}),
        ("brave", 401, {}), ("brave", 403, {}),
        ("brave_news", 422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID"}}),
        ("serper", 403, {"message": "Unauthorized.", "statusCode": 403}),
        ("serpapi", 401, {"error": "Invalid API key."}), ("kagi", 401, {}),
        ("kagi", 400, {"data": None, "errors": [{"code": "general.invalid_token"}]}),
        ("mojeek", 401, {}), ("marginalia", 401, {}), ("marginalia", 403, {}),
        ("tavily", 401, {"detail": {"error": "Unauthorized"}}), ("exa", 401, {"tag": "INVALID_API_KEY"}),
    ],
)  # fmt: skip
def test_a_bad_key_is_the_owners_to_mend_and_how(kind: str, status: int, answer: object) -> None:
    error = failure(kind, answer, status)
    assert isinstance(error, Misconfigured)
    assert error.next_step


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 422, 429])
def test_no_status_is_read_as_nothing_new(kind: str, status: int) -> None:
    assert status in request(kind).expects
    assert isinstance(failure(kind, "{}", status), Blocked | Misconfigured)


def test_a_422_with_an_accepted_key_is_about_the_search() -> None:
    assert "language" in failure("brave", {"error": {"code": "VALIDATION"}}, 422).cause
