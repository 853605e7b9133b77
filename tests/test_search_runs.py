"""Whole checks of a search engine: what leaves, what is kept, and what never shows."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from repwatch.model import Outcome
from tests.house import configured, house

KEY = "planted-0123456789-abcdef"
SERPAPI = "https://serpapi.com/search.json"
HIT = {"title": "Ada Exemple", "link": f"https://press.example.org/?seen=api_key%3D{KEY}"}
SEARXNG = "https://search.example.org/search"


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPWATCH_LAB_KEY", KEY)


def kept_in(folder: Path) -> bytes:
    """All that the database holds."""
    return b"".join(file.read_bytes() for file in folder.glob("house.db*"))


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (httpx.Response(200, json={"organic_results": [HIT]}), Outcome.OK),
        (httpx.Response(200, json={"error": f"no such key: {KEY}"}), Outcome.UNREADABLE),
        (httpx.Response(401, json={"error": f"Invalid API key {KEY}"}), Outcome.MISCONFIGURED),
        (httpx.Response(302, headers={"location": f"http://127.0.0.1/?api_key={KEY}"}), Outcome.UNREACHABLE),
        (httpx.ConnectError(f"cannot reach {SERPAPI}?api_key={KEY}"), Outcome.UNREACHABLE),
    ],
    ids=["found", "error", "refused", "led astray", "unreachable"],
)  # fmt: skip
async def test_a_key_that_goes_into_the_address_shows_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, reply: httpx.Response | Exception, outcome: Outcome
) -> None:
    caplog.set_level(logging.DEBUG)
    line = "{kind: serpapi, id: web, key: env:REPWATCH_LAB_KEY}"
    async with house(configured(tmp_path, [line])) as home:
        home.web.replies[SERPAPI] = reply
        run = (await home.check())["web"]
        raw = await home.report() or b""
        assert run.outcome is outcome
        assert KEY in str(home.web.requests[0].url)
        assert KEY not in run.cause + caplog.text + raw.decode("utf-8", "replace")
        assert KEY.encode() not in kept_in(tmp_path)


async def test_a_search_is_not_led_off_its_host_with_the_name(tmp_path: Path) -> None:
    line = "{kind: searxng, id: web, url: 'https://search.example.org'}"
    async with house(configured(tmp_path, [line])) as home:
        home.web.replies[SEARXNG] = httpx.Response(
            302, headers={"location": "https://www.google.com/search?q=Ada"}
        )
        run = (await home.check())["web"]
        assert run.outcome.failed
        assert {request.url.host for request in home.web.requests} == {"search.example.org"}


async def test_a_used_up_quota_leaves_the_service_alone_for_its_time(tmp_path: Path) -> None:
    line = "{kind: serpapi, id: web, key: env:REPWATCH_LAB_KEY, every: 1h}"
    async with house(configured(tmp_path, [line])) as home:
        home.web.replies[SERPAPI] = httpx.Response(429, json={"error": "You have run out of searches."})
        first, second = (await home.check())["web"], (await home.check())["web"]
        assert (first.outcome, second.outcome) == (Outcome.BLOCKED, Outcome.BLOCKED)
        assert "asked us to wait until" in second.cause
        assert len(home.web.requests) == 1
