"""The note about the installation itself: short, in two languages, and past the outbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.errors import DeliveryError
from repwatch.model import Route
from repwatch.report.notice import NOTICES, notice
from repwatch.report.words import LANGUAGES, Words
from tests.house import TO_TWO, configured, house

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def route(language: str) -> Route:
    return Route("daily", "mail", ("ada@example.org",), "repwatch@example.org", language, "Europe/Paris")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", NOTICES)
def test_it_says_what_is_wrong_in_both_forms(code: str, language: str) -> None:
    made = notice(code, route(language), NOW, "house.db: the disk is full")
    title = Words(language).say(f"notice.{code}.title")
    assert title in made.html
    assert title in made.text
    assert title in made.subject
    assert "house.db: the disk is full" in made.text


def test_it_is_no_report_and_says_nothing_of_sources() -> None:
    made = notice("disk_full", route("en"), NOW)
    words = Words("en").labels()
    assert words["checked"] not in made.html
    assert words["checked"].upper() not in made.text


def test_what_the_system_said_is_shown_as_text() -> None:
    assert "<script>" not in notice("disk_full", route("en"), NOW, "<script>x</script>").html


async def test_everybody_gets_it_once_and_a_failure_stops_nobody(tmp_path: Path) -> None:
    config = configured(tmp_path, report=f"{TO_TWO}, {TO_TWO.replace('daily', 'weekly')}")
    async with house(config, failures=[DeliveryError("451 later")]) as home:
        await home.app.notify.run("disk_full", "the disk is full")
        assert [to for _, to in home.channel.attempts] == ["ada@example.org", "mireille@example.net"]
        assert [to for _, to in home.channel.delivered] == ["mireille@example.net"]
