"""The same headline on ten sites is one story."""

from __future__ import annotations

import pytest

from repwatch.model import Finding, Kind
from repwatch.rules.headline import folded_headline, headline
from repwatch.rules.story import story_key

TITLE = "Ada Exemple reçoit le grand prix du mirage à Lyon samedi soir"


def story(title: str, url: str = "https://a.example/1", site: str = "", subject: str = "ada") -> str:
    return story_key(Finding(title, url, site=site), subject)


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        TITLE.upper(),
        f"{TITLE} - Le Journal",
        f"{TITLE} | La Gazette des Rives",
        f"{TITLE} \u2013 journal.example",
        "Ada Exemple recoit le grand prix du mirage à Lyon ...",
        "Ada Exemple reçoit le grand prix du mirage à Lyon… - Ouest Fictif",
    ],
)
def test_one_headline_is_one_story(title: str) -> None:
    assert story(title, "https://www.journal.example/9") == story(TITLE)


def test_other_headlines_are_other_stories() -> None:
    assert story("Ada Exemple perd le grand prix du mirage à Lyon") != story(TITLE)


def test_two_subjects_have_two_stories() -> None:
    assert story(TITLE, subject="bob") != story(TITLE)


def test_titles_of_a_name_alone_do_not_make_a_story() -> None:
    assert story("Ada Exemple", "https://a.example/") != story("Ada Exemple", "https://b.example/")


def test_each_profile_is_its_own_story() -> None:
    one, two = (Finding(TITLE, f"https://{name}.example/", kind=Kind.PROFILE) for name in ("a", "b"))
    assert story_key(one, "ada") != story_key(two, "ada")


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("Ada Exemple - avocate", "", "Ada Exemple - avocate"),
        ("Ada Exemple - Le Journal", "Le Journal", "Ada Exemple"),
        ("Le duel Exemple - Fictif tourne court", "", "Le duel Exemple - Fictif tourne court"),
        ("Les mots de la semaine : ce qui change", "", "Les mots de la semaine : ce qui change"),
        ("Un titre coupé par le moteur ...", "", "Un titre coupé par le moteur"),
    ],
)
def test_only_what_is_a_site_name_is_taken_off(title: str, site: str, expected: str) -> None:
    assert headline(title, site) == expected


def test_a_folded_headline_is_words_only() -> None:
    assert folded_headline("« L\u2019Été » : Ada, 3 prix !") == "l ete ada 3 prix"
