"""The query log: every request that carries a name and left, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote_plus

import httpx
import pytest
from click.testing import CliRunner

from repwatch.cli.group import repwatch
from repwatch.jobs.witness import Witness
from repwatch.model import Outcome, Parsed, Query, Request, Subject
from repwatch.rules.asked import is_bare, name_sent
from repwatch.store import queries
from tests.house import BLOG, FEEDS, SUBJECTS, House, articles, configured, house

WIKIDATA, ORCID, HN = "http://wiki.example/w/api.php", "http://orcid.example/v3.0/expanded-search/", ""
SEARCH = "http://search.example/search"
JEAN = Subject("jean", "Jean-Noël Fictif", given="Jean-Noël", family="Fictif", aliases=("J. N. Fictif",))
TWO = SUBJECTS.replace("relation: self", "relation: self\n    aliases: [Ada E. Fictif]") + (
    "  - {id: jean, name: Jean-Noël Fictif, relation: consenting}\n"
)
SOURCES = (
    FEEDS[0],
    '{kind: wikidata, base_url: "http://wiki.example", interval: 0}',
    '{kind: orcid, base_url: "http://orcid.example", interval: 0}',
    '{kind: searxng, id: search, url: "http://search.example", pages: 2, method: POST, interval: 0}',
)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(configured(tmp_path, SOURCES, subjects=TWO)) as made:
        made.web.replies = {BLOG: articles(1)}
        yield made


async def logged(home: House) -> list[Query]:
    return await home.app.store.read(queries.listed)


def carries_a_name(request: httpx.Request) -> bool:
    said = unquote_plus(f"{request.url} {request.content.decode()}")
    return any(word in said for word in ("Ada", "Jean-Noël"))


async def test_every_request_with_a_name_is_in_the_log_and_no_other(home: House) -> None:
    home.web.replies |= {
        WIKIDATA: httpx.Response(200, json={"search": []}),
        ORCID: httpx.Response(503),  # it saw the name all the same
        "http://search.example/config": httpx.Response(200, json={}),
        SEARCH: httpx.ConnectError("cut"),
    }
    await home.check()
    sent = [request.url.host for request in home.web.requests if carries_a_name(request)]
    assert sorted(query.host for query in await logged(home)) == sorted(sent)
    assert set(sent) == {"wiki.example", "orcid.example", "search.example"}
    others = 4  # the blog, twice what the instance can do, and once what Wikidata must find
    assert len(home.web.requests) == len(sent) + others


async def test_the_form_that_was_sent_is_logged(home: House) -> None:
    home.web.replies[WIKIDATA] = httpx.Response(200, json={"search": []})
    await home.check("wikidata")
    told = [(query.source, query.subject, query.host, query.name) for query in await logged(home)]
    assert told == [
        ("wikidata", "ada", "wiki.example", "Ada Exemple"),
        ("wikidata", "ada", "wiki.example", "Ada E. Fictif"),
        ("wikidata", "jean", "wiki.example", "Jean-Noël Fictif"),
    ]
    assert all(query.at == home.clock.now() for query in await logged(home))


async def test_a_redirect_that_carries_the_name_on_tells_a_second_service(home: House) -> None:
    home.web.replies |= {
        WIKIDATA: lambda request: httpx.Response(
            302, headers={"location": f"http://other.example/?back={request.url}"}
        ),
        "http://other.example/": httpx.Response(302, headers={"location": "http://last.example/hello"}),
        "http://last.example/hello": httpx.Response(404),
    }
    await home.check("wikidata")
    assert {query.host for query in await logged(home)} == {"wiki.example", "other.example"}


async def test_what_never_left_is_not_logged(home: House) -> None:
    home.web.replies[WIKIDATA] = httpx.Response(429, headers={"retry-after": "86400"})
    await home.check("wikidata")
    before = await logged(home)
    assert (await home.check("wikidata"))["wikidata"].outcome is Outcome.BLOCKED
    assert await logged(home) == before != []


async def test_a_defect_does_not_hide_what_was_sent(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> Parsed:
        raise ZeroDivisionError

    home.web.replies[WIKIDATA] = httpx.Response(200, json={"search": []})
    monkeypatch.setattr("repwatch.parsing.handle.InlineParser.parse", broken)
    await home.check("wikidata")
    assert len(await logged(home)) == 2  # one for each subject, whose turn a defect ended


async def test_a_run_that_cannot_be_written_still_logs_what_was_sent(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    home.web.replies[WIKIDATA] = httpx.Response(200, json={"search": [{"id": "Q1", "label": "Ada Exemple"}]})
    monkeypatch.setattr("repwatch.rules.assess.Assessor.candidate", broken)
    await home.check("wikidata")
    assert len(await logged(home)) == 3


async def test_a_dry_run_logs_the_names_it_sends(home: House) -> None:
    home.web.replies[WIKIDATA] = httpx.Response(200, json={"search": []})
    await home.app.check.look([pair for pair in home.app.check.pairs if pair.source == "wikidata"])
    assert len(await logged(home)) == 3


@pytest.mark.parametrize(
    ("url", "body", "name"),
    [
        ("http://x.example/?q=%22Jean-No%C3%ABl+Fictif%22+when:30d", None, "Jean-Noël Fictif"),
        ("http://x.example/?q=J.+N.+Fictif", None, "J. N. Fictif"),
        ("http://x.example/people/jean_noel_fictif", None, "Jean-Noël Fictif"),
        ("http://x.example/?family=Fictif&given=Jean-No%C3%ABl", None, "Jean-Noël Fictif"),
        ("http://x.example/", b"q=Jean-No%C3%ABl%20Fictif", "Jean-Noël Fictif"),
        ("http://x.example/", b'{"name": "Jean-No\\u00ebl Fictif"}', "Jean-Noël Fictif"),
        ("http://x.example/?q=Fictif", None, ""),
        ("http://x.example/config", None, ""),
    ],
)
def test_the_form_is_read_from_the_request(url: str, body: bytes | None, name: str) -> None:
    assert name_sent(url, body, JEAN) == name


def test_only_an_address_alone_is_sure_to_carry_nothing() -> None:
    assert is_bare("http://x.example/config", None)
    assert not is_bare("http://x.example/?q=SmVhbg", None)
    assert not is_bare("http://x.example/", b"q=SmVhbg")


async def test_the_command_shows_a_line_for_each_day_service_and_name(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.web.replies[WIKIDATA] = httpx.Response(200, json={"search": []})
    await home.check("wikidata")
    await home.check("wikidata")
    path = home.app.config.path
    path.write_text(config_of(home), "utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(repwatch, ["--config", str(path), "queries", "--since", "forever"])
    assert shown.exit_code == 0, shown.output
    assert "2026-11-23  wiki.example  wikidata  Ada E. Fictif     2" in shown.stdout
    assert "6 requests with a name, to 1 service." in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    jean = CliRunner().invoke(repwatch, ["--config", str(path), "queries", "--subject", "jean", "--json"])
    assert jean.stdout.count("Jean-Noël Fictif") in (0, 2)  # within the week, or not, of the real clock


def config_of(home: House) -> str:
    return f"""{TWO}
sources: [{", ".join(SOURCES)}]
""".replace("house.db", str(home.app.config.database_path))


def test_a_time_that_is_none_is_told_in_one_line() -> None:
    result = CliRunner().invoke(repwatch, ["queries", "--since", "yesterday"])
    assert result.exit_code == 2
    assert "12h, 90d, 8w, 2y or forever" in result.stderr


async def test_a_spelling_that_we_do_not_recognise_is_believed_to_be_the_name(home: House) -> None:
    told: list[Query] = []
    witness = Witness(home.app.watched[0], told.append)
    sent = witness.of(Request("http://x.example/?q=QWRhIEV4ZW1wbGU", subject="ada"))
    assert sent
    sent("http://x.example/?q=QWRhIEV4ZW1wbGU", None, home.clock.now())
    sent("http://y.example/elsewhere", None, home.clock.now())
    assert [(query.host, query.name) for query in told] == [("x.example", "Ada Exemple")]
