"""No kind of source reads a page that refuses us as "nothing new"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml

from repwatch.errors import SourceError
from repwatch.fetch.client import Fetcher
from repwatch.fetch.limits import Policy
from repwatch.model import Request, Subject, Validators
from repwatch.sources.base import Source
from tests.every_kind import kinds, made
from tests.fakes import FakeClock

FOLDER = Path(__file__).parent / "pages" / "blocked"
TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".txt": "text/plain"}
ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple", aliases=("A. Exemple",))


@dataclass(frozen=True, slots=True)
class Blocked:
    """What a page came with, and what is to be said of it; see the table."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    says: tuple[str, ...] = ("blocked", "misconfigured")
    cause: str = ""


TABLE = {
    name: Blocked(**said) for name, said in yaml.safe_load((FOLDER / "table.yaml").read_text("utf-8")).items()
}


class Wall(httpx.AsyncBaseTransport):
    """Whatever is asked for, this page is what comes."""

    def __init__(self, name: str) -> None:
        self._page = TABLE[name]
        self._body = (FOLDER / name).read_bytes()
        self._type = TYPES[Path(name).suffix]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = str(request.url.join(self._page.at)) if self._page.at else str(request.url)
        if str(request.url) != there:
            return httpx.Response(302, headers={"location": there})
        headers = {"content-type": self._type, **self._page.headers}
        return httpx.Response(self._page.status, headers=headers, content=self._body)


async def outcome(source: Source, request: Request, name: str) -> tuple[str, str]:
    """How a check of this source would end that met the page, and its cause."""
    door = Fetcher(FakeClock(), contact="ada@example.org", transport=Wall(name))
    try:
        parsed = source.parse(await door.fetch(request, Policy(interval=0), Validators()))
    except SourceError as error:
        return error.outcome, error.cause
    return "ok" if parsed.findings or parsed.follow else "empty", str(parsed)


def planned(source: Source) -> list[Request]:
    """What it asks of the web; a mailbox does not speak HTTP."""
    return [request for request in source.plan([ADA]) if request.url.startswith("http")]


def test_the_table_names_every_page_and_there_are_more_than_thirty() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*TABLE, "table.yaml"}
    assert len(TABLE) >= 30


def test_every_kind_that_asks_the_web_is_driven() -> None:
    assert len([kind for kind in kinds() if planned(made(kind))]) >= 30


@pytest.mark.parametrize("name", TABLE)
async def test_no_kind_reads_a_refusal_as_an_answer(name: str) -> None:
    told = {
        f"{kind} {number}": said
        for kind in kinds()
        for number, request in enumerate(planned(made(kind)))
        if (said := await outcome(made(kind), request, name))[0] not in TABLE[name].says
    }
    assert told == {}


@pytest.mark.parametrize("name", [name for name, page in TABLE.items() if page.cause])
async def test_the_owner_is_told_what_stands_in_the_way(name: str) -> None:
    feed = made("feed")
    said, cause = await outcome(feed, planned(feed)[0], name)
    assert said == "blocked"
    assert TABLE[name].cause in cause
