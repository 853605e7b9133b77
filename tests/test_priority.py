"""Grave news come first, routine and other people last, each with its reason."""

from __future__ import annotations

import pytest

from repwatch.model import Change, Finding, Kind, Label, Priority, Verdict
from repwatch.rules.priority import rate
from repwatch.rules.reasons import CODES, Code

ME = Verdict(Label.ME, 0.95)
LIKELY = Verdict(Label.UNSURE, 0.6)
UNLIKELY = Verdict(Label.UNSURE, 0.3)
OTHER = Verdict(Label.NOT_ME, 0.05)


def priority(title: str, verdict: Verdict = ME, kind: Kind = Kind.LINK) -> Priority:
    return rate(Finding(title, kind=kind), verdict)[0]


@pytest.mark.parametrize(
    "title",
    [
        "Ada Exemple mise en examen",
        "Trente plaintes visent Ada Exemple",
        "Ada Exemple condamnée à Lyon",
        "Soupçons d'escroquerie : Ada Exemple entendue",
        "Ada Exemple charged with fraud",
        "Ada Exemple cleared of all wrongdoing",
        "Harassment allegations against Ada Exemple",
        "Fuite de données chez Mirage",
        "Data breach at Mirage",
        "Mirage rappelle 300 produits dangereux",
        "Un faux profil d'Ada Exemple circule",
    ],
)
def test_grave_news_come_first(title: str) -> None:
    assert priority(title) is Priority.HIGH


@pytest.mark.parametrize(
    "title",
    [
        "Ada Exemple reçoit un prix",
        "Vives critiques contre Ada Exemple",
        "Ada Exemple ouvre un atelier",
        "Le chantier d'Ada Exemple s'arrête",
        "Ada Exemple on sudden cardiac arrest",
    ],
)
def test_other_news_are_normal(title: str) -> None:
    assert priority(title) is Priority.NORMAL


@pytest.mark.parametrize("title", ["Ada Exemple | annuaire des peintres", "Semi-marathon : le classement"])
def test_routine_comes_last(title: str) -> None:
    assert priority(title) is Priority.LOW


def test_grave_news_need_to_be_likely_about_the_subject() -> None:
    title = "Ada Exemple condamnée"
    assert [priority(title, each) for each in (LIKELY, UNLIKELY, OTHER)] == ["high", "normal", "low"]


def test_what_is_about_somebody_else_says_so() -> None:
    assert [reason.code for reason in rate(Finding("Ada Exemple condamnée"), OTHER)[1]] == [Code.NOT_ABOUT_ME]


def test_a_profile_is_worth_a_look_even_when_it_reads_like_routine() -> None:
    assert priority("Ada Exemple - profil, annuaire", kind=Kind.PROFILE) is Priority.NORMAL


def test_the_reasons_show_the_word_and_the_circumstances() -> None:
    finding = Finding("Ada Exemple condamnée", kind=Kind.PROFILE)
    _, reasons = rate(finding, LIKELY, Change.RESURFACED)
    assert [(reason.code, reason.detail) for reason in reasons] == [
        (Code.CUE_ACCUSED, "condamnee"),
        (Code.PROFILE_FOUND, ""),
        (Code.RESURFACED, ""),
        (Code.NOT_SURE, ""),
    ]
    assert {reason.code for reason in reasons} <= set(CODES)


def test_a_site_name_is_no_cue() -> None:
    finding = Finding("Ada Exemple ouvre un nouvel atelier - Prison Hebdo", site="Prison Hebdo")
    assert rate(finding, ME)[0] is Priority.NORMAL
