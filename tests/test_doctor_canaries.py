"""The doctor asks each source that searches for something that it must find."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_plus

import httpx
import pytest

from repwatch.doctor.canaries import sung
from repwatch.doctor.sign import Sign
from repwatch.doctor.visit import Visit
from repwatch.model import Pair, SourceState
from repwatch.store import sources
from repwatch.store.database import Store
from tests.clinic import BLOG, configured, made, one, visited
from tests.fakes import FakeWeb, Reply

WIKI = "https://wiki.example/w/api.php"
FOUND = httpx.Response(200, json={"search": [{"id": "Q1", "label": "Sherlock Holmes"}]})
NOTHING = httpx.Response(200, json={"search": []})
SOURCES = f'[{{kind: wikidata, base_url: "https://wiki.example"}}, {{kind: feed, id: blog, url: "{BLOG}"}}]'


def visit(folder: Path, reply: Reply = FOUND, listed: str = SOURCES) -> Visit:
    return visited(configured(folder, sources=listed), web=FakeWeb({WIKI: reply}))


async def signs(folder: Path, reply: Reply = FOUND, listed: str = SOURCES) -> list[Sign]:
    return await sung(visit(folder, reply, listed))


@pytest.mark.parametrize(
    ("reply", "state", "seen"),
    [
        (FOUND, "good", "finds something for “Sherlock Holmes”"),
        (NOTHING, "bad", "finds nothing even for “Sherlock Holmes”"),
        (httpx.Response(429), "warn", "could not be asked for “Sherlock Holmes”: blocked, refused: 429"),
        (httpx.Response(200, content=b"{]"), "warn", "unreadable"),
        (ZeroDivisionError(), "bad", "unexpected error: ZeroDivisionError"),
    ],
)
async def test_what_each_canary_did_is_told(tmp_path: Path, reply: Reply, state: str, seen: str) -> None:
    sign = one(await signs(tmp_path, reply), "wikidata")
    assert sign.state == state
    assert seen in sign.seen
    assert bool(sign.advice) == (state != "good")


async def test_a_source_without_one_is_named_as_such(tmp_path: Path) -> None:
    sign = one(await signs(tmp_path), "blog")
    assert (sign.state, "has no canary" in sign.seen) == ("skipped", True)


async def test_one_that_is_switched_off_is_not_asked(tmp_path: Path) -> None:
    off = '[{kind: wikidata, base_url: "https://wiki.example", canary: false}]'
    sign = one(await signs(tmp_path, listed=off))
    assert sign.state == "skipped"


async def test_no_name_is_sent(tmp_path: Path) -> None:
    web = FakeWeb({WIKI: FOUND})
    await sung(visited(configured(tmp_path, sources=SOURCES), web=web))
    (request,) = web.requests
    assert "Exemple" not in unquote_plus(str(request.url))


async def test_a_paused_source_is_left_alone(tmp_path: Path) -> None:
    store = Store(await made(configured(tmp_path, sources=SOURCES)))
    await store.open()
    state = SourceState(Pair("wikidata", "ada"), paused="on holiday")
    await store.write(lambda tx: sources.save(tx, [state]))
    await store.close()
    sign = one(await signs(tmp_path, NOTHING), "wikidata")
    assert (sign.state, "on holiday" in sign.seen) == ("skipped", True)


async def test_without_sources_that_is_said(tmp_path: Path) -> None:
    assert one(await signs(tmp_path, listed="[]")).state == "skipped"
