from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from repwatch.config.planted import PLANTED
from repwatch.errors import Blocked, ConfigError, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Page, Parsed, Relation, Subject
from repwatch.sources.declarative import Declarative
from repwatch.sources.definition import Ask, Definition, Errors, Refusal, Rule
from repwatch.sources.options.declarative import DeclarativeOptions
from repwatch.sources.read_catalog import load_catalog, load_definition
from tests.recorded import expected, page, recorded, shown

ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple", aliases=("A. Exemple",))
CATALOG = load_catalog()
JSON_KINDS = [name for name, definition in CATALOG.items() if definition.format == "json"]
RECORDED = [(kind, file) for kind in CATALOG for file in recorded(kind)]
KEYED = [name for name, definition in CATALOG.items() if not definition.keyless]
RANKED = [name for name, definition in CATALOG.items() if definition.engine]
LAB_KEY = "env:REPWATCH_LAB_KEY"


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPWATCH_LAB_KEY", PLANTED)


def source(kind: str, **options: object) -> Declarative:
    key = {} if CATALOG[kind].keyless else {"key": LAB_KEY}
    return Declarative(CATALOG[kind], DeclarativeOptions.model_validate({**key, **options}))


def holding(kind: str, hits: object) -> object:
    """The least answer of a kind: what it requires, with these hits in it."""
    answer = hits
    for key in reversed(CATALOG[kind].required.split(".")):
        answer = {key: answer}
    return answer


def answered(kind: str, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Page:
    request = source(kind).plan([ADA])[0]
    text = body if isinstance(body, str) else json.dumps(body)
    return page(text, request, url=request.url, status=status, headers=headers)


def read(kind: str, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Parsed:
    return source(kind).parse(answered(kind, body, status, headers))


def asked(kind: str, **options: object) -> Mapping[str, list[str]]:
    return parse_qs(urlsplit(source(kind, **options).plan([ADA])[0].url).query)


# --- the catalog --------------------------------------------------------------------------------


def test_every_entry_of_the_catalog_has_a_recorded_page() -> None:
    assert {kind for kind, _ in RECORDED} == set(CATALOG)


@pytest.mark.parametrize(("kind", "file"), RECORDED, ids=[kind for kind, _ in RECORDED])
def test_a_recorded_page_gives_what_stands_beside_it(kind: str, file: Path) -> None:
    request = source(kind).plan([ADA])[0]
    assert shown(source(kind).parse(page(file, request, url=request.url))) == expected(file)


@pytest.mark.parametrize("kind", CATALOG)
def test_an_entry_says_what_it_is_and_what_it_sends(kind: str) -> None:
    assert CATALOG[kind].title
    assert "sent" in CATALOG[kind].about


@pytest.mark.parametrize("kind", CATALOG)
def test_every_request_names_its_subject_and_can_be_sent_elsewhere(kind: str) -> None:
    requests = source(kind, base_url="http://127.0.0.1:8000/lab/").plan([ADA])
    assert requests
    assert all(r.subject == "ada" and r.url.startswith("http://127.0.0.1:8000/lab/") for r in requests)


@pytest.mark.parametrize("kind", CATALOG)
def test_a_web_page_in_place_of_an_answer_is_unreadable(kind: str) -> None:
    with pytest.raises(Unreadable, match='the web page "Hello"'):
        read(kind, "<!doctype html><html><title>Hello</title></html>")


@pytest.mark.parametrize("kind", CATALOG)
def test_a_login_page_in_place_of_an_answer_is_a_refusal(kind: str) -> None:
    with pytest.raises(Blocked, match="login"):
        read(kind, "<html><title>Log in</title><form><input type=password></form></html>")


@pytest.mark.parametrize("kind", JSON_KINDS)
@pytest.mark.parametrize("body", ["{}", "[]", "null", '{"other": 1}', ""])
def test_json_of_another_kind_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(Unreadable, match="expected the JSON of"):
        read(kind, body)


@pytest.mark.parametrize("kind", JSON_KINDS)
def test_an_answer_cut_in_the_middle_is_unreadable(kind: str) -> None:
    (file,) = recorded(kind)
    with pytest.raises(Unreadable, match="cannot be read"):
        read(kind, file.read_text("utf-8").rstrip()[:-5])


@pytest.mark.parametrize("kind", JSON_KINDS)
@pytest.mark.parametrize("value", [None, []])
def test_no_hits_are_an_empty_answer(kind: str, value: object) -> None:
    assert read(kind, holding(kind, value)) == Parsed()


@pytest.mark.parametrize("kind", JSON_KINDS)
def test_hits_that_are_null_throughout_do_no_harm(kind: str) -> None:
    hits = holding(kind, [None, {}, "text", 7, [[]]])
    assert all(item.url == "" for item in read(kind, hits).findings)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("kind", JSON_KINDS)
def test_a_denial_is_a_refusal(kind: str, status: int) -> None:
    with pytest.raises((Blocked, Misconfigured)):
        read(kind, "{}", status)


# --- single services ----------------------------------------------------------------------------


def test_hacker_news_is_asked_for_the_exact_phrase() -> None:
    params = asked("hackernews")
    assert (params["query"], params["typoTolerance"]) == (['"Ada Exemple"'], ["false"])


def test_hacker_news_is_asked_only_for_what_is_newer() -> None:
    (request, _) = source("hackernews").plan_since([ADA], datetime(2026, 11, 1, tzinfo=UTC))
    assert parse_qs(urlsplit(request.url).query)["numericFilters"] == ["created_at_i>1793491200"]


def test_paging_ends_with_the_pages_that_the_service_has() -> None:
    hits = {"hits": [{"objectID": "1", "title": "T"}], "nbPages": 2}
    first = read("hackernews", hits)
    second = source("hackernews").parse(page(json.dumps(hits), first.follow[0]))
    assert parse_qs(urlsplit(first.follow[0].url).query)["page"] == ["1"]
    assert second.follow == ()


def test_google_news_is_asked_for_one_place_in_three_parameters() -> None:
    params = asked("google_news", language="fr", country="CA")
    assert (params["hl"], params["gl"], params["ceid"]) == (["fr-CA"], ["CA"], ["CA:fr"])


@pytest.mark.parametrize("kind", ["google_news", "bing_news"])
def test_a_consent_page_in_place_of_the_news_is_a_refusal(kind: str) -> None:
    form = '<html><form action="https://consent.google.com/save"><input type=submit></form></html>'
    with pytest.raises(Blocked, match="consent"):
        read(kind, form)


def test_bing_news_is_read_whatever_query_its_namespace_is_made_of() -> None:
    feed = (
        recorded("bing_news")[0]
        .read_text("utf-8")
        .replace("q=%22Ada+Exemple%22&amp;format", "q=AEF&amp;x=1&amp;format")
    )
    (item,) = read("bing_news", feed).findings
    assert (item.site, item.guid, item.url) == ("Garden Example", "", "https://garden.example.net/tree?n=1")


def test_a_lagging_wikidata_is_unreachable_for_now() -> None:
    with pytest.raises(Unreachable, match="3 seconds lagged"):
        read("wikidata", {"error": {"code": "maxlag", "info": "Waiting for a replica: 3 seconds lagged"}})


def test_an_error_of_unknown_meaning_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no-such-module"):
        read("wikidata", {"error": {"code": "no-such-module"}})


@pytest.mark.parametrize("kind", ["orcid", "recherche_entreprises"])
def test_an_organisation_is_not_looked_for_among_people(kind: str) -> None:
    firm = Subject("firm", "MI Conseil", Relation.OWN_ORGANISATION)
    assert source(kind).plan([firm]) == []


def test_quotes_in_a_name_do_not_leave_the_phrase() -> None:
    sly = replace(ADA, family='Ex" OR orcid:"0')
    (request,) = source("orcid").plan([sly])
    assert parse_qs(urlsplit(request.url).query)["q"] == [
        'given-names:"Ada" AND family-name:"Ex OR orcid: 0"'
    ]


def test_githubs_used_up_limit_is_a_refusal_with_its_name() -> None:
    with pytest.raises(Blocked, match="rate limit"):
        read("github", {"message": "x"}, 403, {"x-ratelimit-remaining": "0", "retry-after": "30"})


def test_a_search_that_github_cannot_do_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match="too long"):
        read("github", {"message": "Validation Failed"}, 422)


def test_a_key_is_sent_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPWATCH_TEST_KEY", "s3cret")
    assert "authorization" not in source("github").plan([ADA])[0].headers
    assert (
        source("github", key="env:REPWATCH_TEST_KEY").plan([ADA])[0].headers["authorization"]
        == "Bearer s3cret"
    )


@pytest.mark.parametrize(
    ("nom", "prenoms", "kept"),
    [
        ("EXEMPLE", "ADA", True), ("Éxemple", "Marie Ada", True), ("NEUVE (EXEMPLE)", "ADA", True),
        ("EXEMPLES", "ADA", False), ("EXEMPLE", "ADA-LOUISE", False), ("EXEMPLE-NEUVE", "ADA", False),
        ("[NON-DIFFUSIBLE]", "ADA", False), (None, None, False),
    ],
)  # fmt: skip
def test_the_register_gives_directors_of_exactly_the_name(
    nom: str | None, prenoms: str | None, *, kept: bool
) -> None:
    firm = {"siren": "000000001", "nom_complet": "F", "dirigeants": [{"nom": nom, "prenoms": prenoms}]}
    assert bool(read("recherche_entreprises", {"results": [firm]}).findings) is kept


def test_a_compound_name_is_found_without_its_hyphen() -> None:
    jean = Subject("jn", "Jean-Noël Fictif", given="Jean-Noël", family="Fictif")
    finder = source("recherche_entreprises")
    firm = {"siren": "1", "nom_complet": "F", "dirigeants": [{"nom": "FICTIF", "prenoms": "JEAN NOEL PAUL"}]}
    assert finder.parse(page(json.dumps({"results": [firm]}), finder.plan([jean])[0])).findings


# --- the machine --------------------------------------------------------------------------------


def test_a_source_travels_to_the_parser_child() -> None:
    copy = pickle.loads(pickle.dumps(source("github")))
    assert copy.definition == CATALOG["github"]


def test_a_service_that_wants_a_key_is_not_asked_without() -> None:
    definition = replace(CATALOG["github"], keyless=False)
    with pytest.raises(Misconfigured, match="wants a key"):
        Declarative(definition, DeclarativeOptions()).plan([ADA])


def test_a_body_is_filled_and_sent_as_json() -> None:
    ask = Ask("/search", "POST", json={"query": '"{name}"', "deep": [{"lang": "{language}"}], "n": 5})
    definition = Definition(
        "S", "A", "https://api.example.org", ask, items="r[]", fields={"title": "t"}, per="subject"
    )
    (request,) = Declarative(definition, DeclarativeOptions(language="fr")).plan([ADA])
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(request.body or b"") == {"query": '"Ada Exemple"', "deep": [{"lang": "fr"}], "n": 5}


LAB = Definition(
    "Lab",
    "A",
    "https://{language}.lab.example.org",
    Ask("/{sort}", params={"q": "{name}"}),
    each={"sort": ("posts", "notes")},
    items=("posts[]", "notes[]"),
    fields={"title": "t"},
    drop=(Rule("gone", equals="true"),),
    errors=Errors("error", blocked=("slow_down",), misconfigured=("closed",)),
    refusals=(Refusal(400, "error", "the lab refuses"),),
    canary="Lyon",
)


def lab(**options: object) -> Declarative:
    return Declarative(LAB, DeclarativeOptions.model_validate(options))


def test_each_of_several_values_is_asked_for_at_the_address_in_the_sources_language() -> None:
    urls = [request.url for request in lab(language="fr").plan([replace(ADA, aliases=())])]
    assert urls == [f"https://fr.lab.example.org/{sort}?q=Ada+Exemple" for sort in ("posts", "notes")]


def test_a_canary_is_asked_with_the_first_of_several_values() -> None:
    request = lab().canary()
    assert request is not None
    assert request.url == "https://en.lab.example.org/posts?q=Lyon"


def test_items_may_stand_in_several_places_and_be_dropped_by_a_truth() -> None:
    body = {"notes": [{"t": "a note"}, {"t": "b", "gone": True}], "posts": [{"t": "a post", "gone": False}]}
    found = lab().parse(page(json.dumps(body), lab().plan([ADA])[0])).findings
    assert [item.title for item in found] == ["a post", "a note"]


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ('{"error": "slow_down"}', Blocked),
        ('{"error": "closed"}', Misconfigured),
        ("{}", Unreadable),
        ("", Unreadable),
    ],
)
def test_a_status_may_leave_the_word_to_the_error_inside(body: str, meaning: type[SourceError]) -> None:
    with pytest.raises(SourceError) as raised:
        lab().parse(page(body, lab().plan([ADA])[0], status=400))
    assert type(raised.value) is meaning


def test_of_two_equal_keys_the_last_counts() -> None:
    assert read("wikidata", '{"search": 1, "search": []}') == Parsed()


@pytest.mark.parametrize("body", ['{"hits": ' + "[" * 100_000, '{"hits": ' + "9" * 5000 + "}"])
def test_json_that_is_an_attack_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        read("hackernews", body)


# --- definitions with mistakes ------------------------------------------------------------------

GOOD = """
title: Lab
about: The name is sent.
base: https://lab.example.org
request: {path: /s, params: {q: "{name}"}}
items: hits[]
fields: {title: t}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "lab.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_catalog(tmp_path)
    return raised.value.problems


def test_a_small_definition_is_enough(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text(GOOD)
    assert load_definition(tmp_path / "lab.yaml").rate == 1.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("items:", "item:"), "lab.yaml:6:1: item: unknown key 'item' (did you mean 'items'?)"),
        (("title: Lab", ""), "lab.yaml:3:1: title: 'title' is missing"),
        (("lab.example.org", "{name}.example.org"), "lab.yaml:4:1: base: unknown placeholder {name}"),
        (("{name}", "{nmae}"), "lab.yaml:5:1: request: unknown placeholder {nmae}"),
        (("title: t", "titel: t"), "lab.yaml:7:10: fields.titel: expected one of 'title'"),
        (("title: t", "url: t"), "lab.yaml:6:1: items, fields.title: needed"),
        (("hits[]", "hits[*]"), "'hits[*]' is no path"),
        (("path: /s", "path: /s, method: DELETE"), "lab.yaml:5:21: request.method"),
        (("items", "- items"), "lab.yaml:6:1: did not find"),
        (("https://lab.example.org", "lab"), "lab.yaml:4:1: base: 'lab' is no address, expected"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert any(told in problem for problem in problems(tmp_path, GOOD.replace(*change)))


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    names = {"lab.yaml", "other.yaml"}
    (tmp_path / "other.yaml").write_text("title: 1")
    assert {Path(problem.split(":")[0]).name for problem in problems(tmp_path, "[]")} == names


def test_every_failure_is_of_the_tree() -> None:
    with pytest.raises(SourceError):
        read("bluesky_actors", {"error": "InvalidRequest", "message": "q is missing"}, 400)
