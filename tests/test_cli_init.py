"""What ``repwatch init`` says of a pasted address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from repwatch.cli.init import diagnosis, well_formed
from repwatch.clock import SystemClock
from repwatch.config.starter import Answers
from repwatch.demo.web import Web
from repwatch.demo.world import NAME, World
from repwatch.fetch.client import Fetcher
from repwatch.fetch.limits import Policy
from repwatch.model import Page, Request, Validators


async def loopback_glance(url: str, contact: str) -> Page:
    fetcher = Fetcher(SystemClock(), contact=contact)
    try:
        return await fetcher.fetch(Request(url), Policy(allow=(ip_network("127.0.0.1/32"),)), Validators())
    finally:
        await fetcher.close()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr("repwatch.app.glance", loopback_glance)
    with Web(World(datetime.now(UTC))) as web:
        web.advance()
        yield web


@pytest.mark.parametrize(
    ("site", "name", "code"),
    [
        ("alerts", NAME, "ok"),
        ("alerts", "Jean-Noël Fictif", "foreign"),
        ("changed", NAME, "html"),
        ("blog", NAME, "other"),
        ("limited", NAME, "unreachable"),
    ],
)
async def test_a_pasted_address_is_looked_at_in_the_parser_child(
    web: Web, site: str, name: str, code: str
) -> None:
    found, told = await diagnosis(web.urls[site], Answers(name=name, contact="me@example.org"))
    assert found == code, told
    assert told


@pytest.mark.parametrize(
    ("feed", "fits"),
    [
        ("https://www.google.com/alerts/feeds/12345678901234567890/1234567890123456", True),
        ("https://www.google.com/alerts", False),
        ("https://blog.example.org/feed", False),
        (
            "http://127.0.0.1:8080/alerts/feeds/123/456",
            False,
        ),  # takes allow_private, which nobody is asked for
    ],
)
def test_only_an_address_of_an_alerts_form_may_be_taken(feed: str, fits: bool) -> None:
    assert well_formed(feed, Answers(name=NAME, contact="me@example.org")) is fits
