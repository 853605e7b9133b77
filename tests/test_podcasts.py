"""Podcast Index is asked with a signature of the moment; a wrong clock is told from a wrong key."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from repwatch.errors import Misconfigured, Unreadable
from repwatch.model import Outcome, Parsed, Request, Subject
from repwatch.sources.base import Signs
from repwatch.sources.options.podcasts import PodcastsOptions
from repwatch.sources.podcasts import Podcasts
from tests.house import configured, house
from tests.recorded import NOW, expected, page, recorded, shown

ADA = Subject("ada", "Ada Exemple", aliases=("AEF Conseil",))
KEY, SECRET = "KEYOFEXEMPLE", "s3cret-of-exemple"
API = "https://api.podcastindex.org/api/1.0/search"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTINDEX_KEY", KEY)
    monkeypatch.setenv("PODCASTINDEX_SECRET", SECRET)


def podcasts(**options: object) -> Podcasts:
    secrets = {"key": "env:PODCASTINDEX_KEY", "secret": "env:PODCASTINDEX_SECRET"}
    return Podcasts(PodcastsOptions.model_validate({**secrets, **options}))


def asking(search: str) -> Request:
    return podcasts(searches=[search]).plan([ADA])[0]


def answer(
    body: object, search: str = "person", status: int = 200, headers: dict[str, str] | None = None
) -> Parsed:
    return podcasts().parse(page(json.dumps(body), asking(search), status=status, headers=headers))


@pytest.mark.parametrize("file", recorded("podcasts"), ids=lambda file: file.stem)
def test_a_recorded_answer_gives_what_stands_beside_it(file: Path) -> None:
    assert shown(podcasts().parse(page(file, asking(file.stem)))) == expected(file)


def test_each_name_is_looked_for_among_people_and_among_shows() -> None:
    requests = podcasts().plan([ADA])
    asked = [
        (urlsplit(r.url).path.rpartition("/")[2], parse_qs(urlsplit(r.url).query)["q"][0]) for r in requests
    ]
    assert asked == [(how, name) for name in ADA.names for how in ("byperson", "byterm")]
    assert {request.subject for request in requests} == {"ada"}


def test_a_request_is_signed_with_the_moment_it_leaves_and_shows_no_secret() -> None:
    source = podcasts()
    assert isinstance(source, Signs)
    (plain, *_) = source.plan([ADA])
    signed = source.sign(plain, NOW)
    date = str(int(NOW.timestamp()))
    assert signed.headers == {
        "x-auth-key": KEY,
        "x-auth-date": date,
        "authorization": hashlib.sha1(f"{KEY}{SECRET}{date}".encode()).hexdigest(),
    }
    assert signed.url == plain.url
    assert not any(secret in f"{plain.url}{plain.headers}" for secret in (KEY, SECRET))


@pytest.mark.parametrize(("search", "hits"), [("person", "items"), ("term", "feeds")])
def test_no_hits_are_an_empty_answer(search: str, hits: str) -> None:
    assert answer({"status": "true", hits: [], "count": 0}, search) == Parsed()


@pytest.mark.parametrize("body", [{}, [], {"status": "true"}, {"items": None}, {"feeds": []}])
def test_json_of_another_kind_is_unreadable(body: object) -> None:
    with pytest.raises(Unreadable, match="expected the JSON of Podcast Index"):
        answer(body)


def test_an_error_with_status_200_is_no_empty_answer() -> None:
    with pytest.raises(Unreadable, match="out of order"):
        answer({"status": "false", "items": [], "description": "The index is out of order"})


def test_a_web_page_is_unreadable() -> None:
    with pytest.raises(Unreadable, match='the web page "Hello"'):
        podcasts().parse(page("<!doctype html><title>Hello</title>", asking("person")))


def test_hits_that_are_null_throughout_do_no_harm() -> None:
    assert all(item.url == "" for item in answer({"items": [None, {}, "text", 7]}).findings)


def test_episodes_that_share_one_page_are_told_apart_by_their_sound() -> None:
    episodes = [
        {
            "title": f"Episode {n}",
            "link": "https://show.example.org/",
            "enclosureUrl": f"https://cdn.example.org/{n}.mp3",
        }
        for n in (1, 2)
    ]
    urls = [item.url for item in answer({"items": episodes}).findings]
    assert urls == ["https://cdn.example.org/1.mp3", "https://cdn.example.org/2.mp3"]


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(9, "clock is 9 minutes ahead"), (-42, "clock is 42 minutes behind"), (1, "accept the key")],
)
def test_a_401_names_the_clock_where_it_is_the_clock(minutes: int, told: str) -> None:
    theirs = format_datetime(NOW - timedelta(minutes=minutes), usegmt=True)
    with pytest.raises(Misconfigured, match=told):
        answer({"status": "false"}, status=401, headers={"date": theirs})


def test_a_401_without_a_date_names_both() -> None:
    with pytest.raises(Misconfigured, match=r"key and the secret.*clock"):
        answer({"status": "false"}, status=401)


async def test_the_daemon_asks_signed_and_writes_no_secret_down(tmp_path: Path) -> None:
    entry = (
        "{kind: podcasts, id: radio, key: env:PODCASTINDEX_KEY, secret: env:PODCASTINDEX_SECRET, every: 12h}"
    )
    async with house(configured(tmp_path, (entry,))) as home:
        home.web.replies[f"{API}/byperson"] = httpx.Response(200, json={"status": "true", "items": []})
        home.web.replies[f"{API}/byterm"] = httpx.Response(401, json={"description": f"{KEY} {SECRET} no"})
        run = (await home.check())["radio"]
        assert run.outcome is Outcome.PARTIAL
        assert "does not accept the key" in run.cause
        assert all(request.headers["x-auth-key"] == KEY for request in home.web.requests)
        assert all(request.headers["user-agent"].startswith("repwatch/") for request in home.web.requests)
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in written
    assert SECRET.encode() not in written
