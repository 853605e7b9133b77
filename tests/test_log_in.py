"""A round of a source that logs in first, and of one that is asked for peace in a good answer."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_plus

import httpx
import pytest

from repwatch.model import Outcome
from repwatch.store import hosts, queries
from tests.fakes import START
from tests.house import House, configured, house

PASSWORD, TOKEN, REFRESH = "planted-app-password", "planted-access-token", "planted-refresh-token"
LOG_IN = "https://pds.example/xrpc/com.atproto.server.createSession"
SEARCH = "https://pds.example/xrpc/app.bsky.feed.searchPosts"
QUESTIONS = "https://api.example/2.3/search/advanced"
SKY = (
    '{kind: bluesky, id: sky, handle: ada.example.org, app_password: "env:PLANTED", canary: false,'
    ' pds: "https://pds.example", every: 1h}'
)
STACK = '{kind: stackexchange, id: stack, base_url: "https://api.example", canary: false, every: 1h}'
SUBJECTS = """
language: en
timezone: Europe/Paris
contact: ada@example.org
database: sqlite:///house.db
subjects:
  - {id: ada, name: Ada Exemple, aliases: [Ada E. Exemple], relation: self}
"""


def post(number: int, text: str = "Ada Exemple, again") -> dict[str, object]:
    uri = f"at://did:plc:invented/app.bsky.feed.post/{number}"
    return {
        "uri": uri,
        "author": {"handle": "a.example"},
        "record": {"text": text},
        "indexedAt": "2026-11-20",
    }


class Sessions:
    """Grants one session after the other, each with a token of its own."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.count += 1
        return httpx.Response(200, json={"accessJwt": f"{TOKEN}-{self.count}", "refreshJwt": REFRESH})


@pytest.fixture
async def sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setenv("PLANTED", PASSWORD)
    async with house(configured(tmp_path, [SKY], subjects=SUBJECTS)) as home:
        home.web.replies = {LOG_IN: Sessions(), SEARCH: httpx.Response(200, json={"posts": [post(1)]})}
        yield home


def sent(home: House) -> list[str]:
    return [request.url.path.rpartition(".")[2] for request in home.web.requests]


async def test_one_log_in_serves_every_name(sky: House) -> None:
    run = (await sky.check())["sky"]
    assert (run.outcome, run.read) == (Outcome.OK, 2)
    assert sent(sky) == ["createSession", "searchPosts", "searchPosts"]
    (session, *searches) = sky.web.requests
    assert json.loads(session.content) == {"identifier": "ada.example.org", "password": PASSWORD}
    assert all(request.headers["authorization"].startswith(f"Bearer {TOKEN}") for request in searches)


async def test_an_unchanged_round_logs_in_all_the_same(sky: House) -> None:
    await sky.check()
    run = (await sky.check())["sky"]
    assert (run.outcome, run.new) == (Outcome.OK, 0)
    assert sent(sky).count("createSession") == 2


async def test_a_log_in_whose_searches_are_refused_is_no_part_of_an_answer(sky: House) -> None:
    sky.web.replies[SEARCH] = httpx.Response(403, html="<html><title>403</title>Forbidden</html>")
    run = (await sky.check())["sky"]
    assert run.outcome is Outcome.BLOCKED
    assert "nothing about the password" in run.cause


async def test_a_wrong_password_is_the_owners_to_mend_and_nothing_more_is_asked(sky: House) -> None:
    sky.web.replies[LOG_IN] = httpx.Response(401, json={"error": "AuthenticationRequired", "message": "no"})
    run = (await sky.check())["sky"]
    assert run.outcome is Outcome.MISCONFIGURED
    assert "app password" in run.cause
    assert sent(sky) == ["createSession"]


async def test_the_query_log_has_the_searches_and_not_the_log_in(sky: House) -> None:
    await sky.check()
    asked = await sky.app.store.read(lambda tx: queries.listed(tx))  # noqa: PLW0108 - a default follows
    assert sorted(query.name for query in asked) == ["Ada E. Exemple", "Ada Exemple"]


async def test_neither_password_nor_token_is_written_down_or_told(
    sky: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def repeats(request: httpx.Request) -> httpx.Response:
        said = f"the token {request.headers['authorization']} and {PASSWORD} are too old"
        return httpx.Response(401, json={"error": "ExpiredToken", "message": said})

    await sky.check()
    sky.web.replies[SEARCH] = httpx.Response(200, json={"posts": [post(2, f"Ada Exemple knows {TOKEN}-2")]})
    await sky.check()
    sky.web.replies[SEARCH] = repeats
    run = (await sky.check())["sky"]
    report = await sky.report() or b""
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    for secret in (PASSWORD, TOKEN, REFRESH):
        assert secret not in run.cause
        assert secret not in caplog.text
        assert secret.encode() not in kept + report
    assert "***" in run.cause


# --- peace in a good answer ---------------------------------------------------------------------


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[House]:
    async with house(configured(tmp_path, [STACK], subjects=SUBJECTS)) as home:
        yield home


def questions(**more: object) -> httpx.Response:
    return httpx.Response(200, json={"items": [], "quota_remaining": 200, **more})


async def test_a_short_back_off_is_waited_for_in_the_same_round(stack: House) -> None:
    at: list[float] = []

    def reply(_: httpx.Request) -> httpx.Response:
        at.append(stack.clock.monotonic())
        return questions(backoff=20)

    stack.web.replies[QUESTIONS] = reply
    run = (await stack.check())["stack"]
    assert run.outcome is Outcome.EMPTY
    assert at[1] - at[0] >= 20


async def test_a_back_off_survives_a_restart(tmp_path: Path) -> None:
    config = configured(tmp_path, [STACK], subjects=SUBJECTS)
    async with house(config) as home:
        home.web.replies[QUESTIONS] = questions(backoff=25)
        await home.check()
        ended = home.clock.now()
        held = await home.app.store.read(lambda tx: hosts.waiting(tx, ended))
        assert held == {"api.example:443": ended + timedelta(seconds=25)}
    async with house(config, start=ended) as again:
        again.web.replies[QUESTIONS] = questions()
        run = (await again.check(later=5))["stack"]
        assert run.outcome is Outcome.EMPTY
        assert again.clock.now() >= ended + timedelta(seconds=25)


async def test_a_quota_that_is_used_up_holds_the_host_until_midnight(stack: House) -> None:
    stack.web.replies[QUESTIONS] = questions(quota_remaining=0)
    run = (await stack.check())["stack"]
    assert run.outcome is Outcome.PARTIAL  # the second name was not asked for
    assert len(stack.web.requests) == 1
    midnight = START.replace(hour=0) + timedelta(days=1)
    assert await stack.app.store.read(lambda tx: hosts.waiting(tx, START)) == {"api.example:443": midnight}
    run = (await stack.check())["stack"]
    assert (run.outcome, len(stack.web.requests)) == (Outcome.BLOCKED, 1)


async def test_the_second_name_is_asked_for_too(stack: House) -> None:
    stack.web.replies[QUESTIONS] = questions()
    await stack.check()
    asked = [unquote_plus(str(request.url)) for request in stack.web.requests]
    assert ['"Ada Exemple"' in url for url in asked] == [True, False]
