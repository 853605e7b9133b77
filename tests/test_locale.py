"""The catalogues are complete, and the words they make read well in both languages."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest

from repwatch.model import Outcome, OwedKind, Priority, Reason, Turn
from repwatch.report.words import LANGUAGES, Words, catalogue
from repwatch.rules.reasons import CODES

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def without_plurals(language: str) -> dict[str, set[str]]:
    entries: dict[str, set[str]] = {}
    for key, text in catalogue(language).items():
        stem = key.removesuffix(".one").removesuffix(".other")
        entries.setdefault(stem if catalogue(language).get(f"{stem}.one") else key, set()).update(
            placeholders(text)
        )
    return entries


def test_both_languages_have_the_same_keys_with_the_same_placeholders() -> None:
    assert without_plurals("en") == without_plurals("fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words(language: str, code: str) -> None:
    assert Words(language).has(f"reason.{code}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_priority_and_news_has_words(language: str) -> None:
    words = Words(language)
    assert all(words.has(f"outcome.{outcome}") for outcome in Outcome)
    assert all(words.has(f"priority.{priority}") for priority in Priority)
    of_mentions = {"mention", "edited", "changed", "baseline"}
    assert all(words.has(f"news.{kind}") for kind in set(OwedKind) - of_mentions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_turn_of_a_watched_page_has_words(language: str) -> None:
    assert all(Words(language).has(f"turn.{turn}") for turn in Turn)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_an_ascii_apostrophe(language: str) -> None:
    assert [key for key, text in catalogue(language).items() if "'" in text] == []


def test_french_punctuation_never_starts_a_line() -> None:
    for text in catalogue("fr").values():
        assert not any(f" {mark}" in text for mark in ":;?!»%")
        assert "« " not in text


def test_french_zero_is_singular_and_english_zero_is_plural() -> None:
    assert Words("fr").count("headline.new", 0) == "0 nouvelle mention"
    assert Words("en").count("headline.new", 0) == "0 new mentions"


def test_a_million_has_its_french_form() -> None:
    assert Words("fr").count("headline.new", 1_000_000).endswith("nouvelles mentions")


def test_elapsed_time_is_said_in_the_language() -> None:
    assert Words("fr", now=NOW).ago(NOW - timedelta(hours=3)) == "il y a 3 heures"
    assert Words("en", now=NOW).ago(NOW - timedelta(hours=3)) == "3 hours ago"


def test_a_moment_is_told_in_the_readers_timezone_and_without_the_current_year() -> None:
    assert Words("en", "Europe/Paris", NOW).moment(NOW) == "23 Nov, 08:00"
    assert Words("fr", "Europe/Paris", NOW).moment(NOW) == "23 nov. à 08:00"
    assert Words("en", "Europe/Paris", NOW).moment(NOW - timedelta(days=365)) == "23 Nov 2025, 08:00"


def test_a_probability_is_never_told_as_a_certainty() -> None:
    assert Words("en").percent(1.0) == "99%"
    assert Words("fr").percent(0.0) == f"1{NBSP}%"


def test_an_unknown_reason_is_named_rather_than_lost() -> None:
    assert Words("en").reason(Reason("brand_new", "Lyon")) == "a sign called brand_new (Lyon)"


def test_braces_of_a_reason_stay_text() -> None:
    assert "{0.__class__}" in Words("en").reason(Reason("context_place", "{0.__class__}"))


def test_an_unknown_language_falls_back_to_english() -> None:
    assert Words("tlh").say("section.new") == "New"
