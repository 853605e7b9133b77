"""A finding is new, resurfaced, edited or merely seen again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.model import Change, Finding, Rank
from repwatch.rules.novelty import OLD, Known, compare, gap, plausible_date

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SUMMARY = "La peintre présente trente toiles dans la grande salle du musée jusqu'au printemps prochain"
FINDING = Finding("Ada Exemple expose ses toiles à Lyon", "https://journal.example/ada", SUMMARY)
KNOWN = Known(1, FINDING.url, FINDING.title, FINDING.summary)


def change(now: datetime = NOW, known: Known | None = KNOWN, **parts: object) -> Change:
    return compare(replace(FINDING, **parts), known, now)  # type: ignore[arg-type]  # free fields


def test_what_is_unknown_is_new() -> None:
    assert change(known=None) is Change.NEW


def test_an_old_page_that_is_met_for_the_first_time_resurfaced() -> None:
    old = NOW - OLD - timedelta(days=1)
    assert change(known=None, published=old, published_is_page_date=True) is Change.RESURFACED


def test_a_feeds_date_does_not_make_a_page_old() -> None:
    assert change(known=None, published=NOW - timedelta(days=900)) is Change.NEW


def test_a_page_of_ninety_days_is_still_new() -> None:
    assert change(known=None, published=NOW - OLD, published_is_page_date=True) is Change.NEW


def test_a_finding_of_an_old_story_resurfaced() -> None:
    assert compare(FINDING, None, NOW, NOW - timedelta(days=400)) is Change.RESURFACED


def test_the_same_again_is_known() -> None:
    assert change() is Change.KNOWN


@pytest.mark.parametrize(
    "title",
    [
        "  Ada  Exemple expose ses toiles à LYON ",
        "Ada Exemple expose ses toiles...",
        "Ada Exemple expose ses toiles à Lyon - Le Journal",
        "Ada Exemple expose ses toiles à Lyon (mis à jour)",
        "12 mars 2026 Ada Exemple expose ses toiles à Lyon",
    ],
)
def test_cuts_dates_and_site_names_are_no_edit(title: str) -> None:
    assert change(title=title) is Change.KNOWN


def test_another_title_is_an_edit() -> None:
    assert change(title="Ada Exemple renonce à exposer à Lyon") is Change.EDITED


def test_a_title_that_was_seen_before_is_no_edit() -> None:
    known = replace(KNOWN, title="Ada Exemple, ses toiles et Lyon", previous_title=FINDING.title)
    assert change(known=known) is Change.KNOWN


def test_a_rewritten_summary_is_an_edit() -> None:
    summary = "La peintre présente trente toiles dans la grande salle du musée mais accuse la ville de mépris"
    assert change(summary=summary) is Change.EDITED


@pytest.mark.parametrize(
    "summary",
    [
        SUMMARY[:70] + "…",
        "Un tout autre passage que le moteur préfère montrer cette fois, sans rapport avec le premier",
        "",
    ],
)
def test_another_excerpt_is_no_edit(summary: str) -> None:
    assert change(summary=summary) is Change.KNOWN


def test_a_search_engines_excerpt_is_never_an_edit() -> None:
    summary = "La peintre présente trente toiles dans la grande salle du musée mais accuse la ville de mépris"
    assert change(summary=summary, rank=Rank("ada", "web", "fr", 1)) is Change.KNOWN


def test_a_guid_that_is_used_again_years_later_is_another_article() -> None:
    known = replace(KNOWN, published=NOW - timedelta(days=800))
    title = "Le vélo de Bob Fictif vendu cher"
    assert change(known=known, url="https://journal.example/velo", title=title, published=NOW) is Change.NEW


def test_a_bumped_date_is_no_news() -> None:
    known = replace(KNOWN, published=NOW - timedelta(days=800))
    assert change(known=known, published=NOW) is Change.KNOWN


def test_a_window_without_any_known_item_is_a_gap() -> None:
    assert gap(["a", "b"], ["c", "d", "e", "f", "g"])


@pytest.mark.parametrize(
    ("previous", "current"),
    [([], list("cdefg")), (["a"], list("cdef")), (["c", "x"], list("abcde")), (["a"], [])],
)
def test_first_short_or_overlapping_windows_are_no_gap(previous: list[str], current: list[str]) -> None:
    assert not gap(previous, current)


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (None, None),
        (datetime(1763, 1, 1, tzinfo=UTC), None),
        (datetime(1990, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)),
        (NOW + timedelta(days=1), NOW),
        (NOW + timedelta(days=3), None),
        (datetime(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)),  # noqa: DTZ001 - a naive date is the point
        (datetime.max.replace(tzinfo=UTC), None),
    ],
)
def test_a_date_is_believed_within_reason(said: datetime | None, believed: datetime | None) -> None:
    assert plausible_date(said, NOW) == believed


@given(st.text(), st.text(), st.text())
def test_whatever_is_read_twice_is_known(title: str, summary: str, url: str) -> None:
    finding = Finding(title, url, summary)
    assert compare(finding, Known(1, url, title, summary), NOW) is Change.KNOWN
