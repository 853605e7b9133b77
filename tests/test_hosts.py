"""No kind of source asks a host that its definition or its options do not name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from repwatch.model import Outcome
from repwatch.sources.read_catalog import load_catalog
from tests.house import SUBJECTS, configured, house
from tests.recorded import recorded

CATALOG = load_catalog()
ALERT = "https://alerts.example/alerts/feeds/1/2"
OWN = {
    "feed": ("url: https://blog.example/feed", "blog.example"),
    "google_alerts": (f"feed: {ALERT}", "alerts.example"),
    "searxng": ("url: https://search.example, pages: 3", "search.example"),
}
ELSEWHERE = ("base_url: https://elsewhere.example", "elsewhere.example")
CASES = [
    *(
        (kind, "language: fr", urlsplit(definition.base.format(language="fr", country="FR")).hostname)
        for kind, definition in CATALOG.items()
    ),
    *((kind, *ELSEWHERE) for kind in CATALOG),
    *((kind, *wanted) for kind, wanted in OWN.items()),
]


class Everywhere(dict[str, object]):
    """Every address of the web, whatever it is, has this page."""

    def __init__(self, page: bytes) -> None:
        self._page = page

    def get(self, key: str, default: object = None) -> object:
        del key, default
        return httpx.Response(200, content=self._page)


@pytest.mark.parametrize(("kind", "option", "host"), CASES)
async def test_a_kind_asks_the_host_that_is_named_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, option: str, host: str
) -> None:
    if kind in CATALOG and not CATALOG[kind].keyless:
        monkeypatch.setenv("REPWATCH_LAB_KEY", "lab-key")
        option += ", key: env:REPWATCH_LAB_KEY"
    config = configured(tmp_path, (f"{{kind: {kind}, {option}, interval: 0}}",), subjects=SUBJECTS)
    async with house(config) as home:
        home.web.replies = Everywhere(recorded(kind)[-1].read_bytes())  # type: ignore[assignment] # its get() is all that is used
        (run,) = (await home.check()).values()
        assert not run.outcome.failed or run.outcome is Outcome.UNREADABLE
        assert run.read or kind == "searxng", run.cause
        assert {request.url.host for request in home.web.requests} == {host}
