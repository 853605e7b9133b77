"""Questions to a name server, over a real socket."""

from __future__ import annotations

import pytest

from repwatch.errors import Unreachable
from repwatch.fetch.records import SystemRecords
from tests.name_server import name_server

ZONE = {
    ("firm.example", "MX"): ["10 mx.firm.example."],
    ("firm.example", "TXT"): ['"v=spf1 include:" "mail.example -all"', '"other"'],
    ("mute.example", "MX"): ["0 ."],
}


async def test_a_text_in_pieces_is_one_text() -> None:
    async with name_server(ZONE) as resolver:
        found = await SystemRecords(resolver).ask("firm.example", "TXT")
    assert sorted(found) == ["other", "v=spf1 include:mail.example -all"]


async def test_a_mail_server_is_its_name_and_none_is_empty() -> None:
    async with name_server(ZONE) as resolver:
        records = SystemRecords(resolver)
        assert await records.ask("firm.example", "MX") == ("mx.firm.example",)
        assert await records.ask("mute.example", "MX") == ("",)


@pytest.mark.parametrize("name", ["nobody.example", "mute.example"])
async def test_a_name_without_records_has_none(name: str) -> None:
    async with name_server(ZONE) as resolver:
        assert await SystemRecords(resolver).ask(name, "TXT") == ()


async def test_a_name_server_that_says_nothing_is_unreachable() -> None:
    async with name_server(None) as resolver:
        with pytest.raises(Unreachable, match=r"no answer about firm\.example"):
            await SystemRecords(resolver, seconds=0.2).ask("firm.example", "TXT")


async def test_an_impossible_name_is_told() -> None:
    async with name_server(ZONE) as resolver:
        with pytest.raises(Unreachable):
            await SystemRecords(resolver).ask("a..example", "TXT")
