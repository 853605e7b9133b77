"""What of a paragraph counts as a change, and what flaps by itself."""

from __future__ import annotations

import time

import pytest

from repwatch.rules.flapping import comparable

SAME = [
    ("Posted 3 hours ago by Ada", "Posted 5 days ago by Ada"),
    ("Publié il y a 3 heures", "Publié il y a 12 jours"),
    ("1 comment", "24 comments"),
    ("1,204 views", "1,377 views"),
    ("12 345 vues", "12 346 vues"),
    ("Vues : 57", "Vues : 58"),
    ("1.2K followers", "1.3K followers"),
    ("Comments (3)", "Comments (14)"),
    ("Last updated: 23 November 2026", "Last updated: 2 December 2026"),
    ("Mis à jour le 23/11/2026 à 14:05", "Mis à jour le 24/11/2026 à 09:12"),
    ("Dernière modification : lundi 3 mars 2025", "Dernière modification : mardi 4 mars 2025"),
    ("mardi 24 novembre 2026", "mercredi 25 novembre 2026"),
    ("Par Ada Exemple, 24 novembre 2026", "Par Ada Exemple, 25 novembre 2026"),
    ("Published 2026-11-23T09:00:00Z", "Published 2026-11-24T10:30:00Z"),
    ("© 2012–2026 AEF Conseil", "© 2012–2027 AEF Conseil"),  # noqa: RUF001 - as it is typeset
    ("It is 09:14 in Lyon", "It is 10:02 in Lyon"),
    ("57", "58"),
    ("Our   team", "Our team"),
]
DIFFERENT = [
    ("She was fined 12 000 euros.", "She was fined 15 000 euros."),
    ("She counted beans for 12 years.", "She counted beans for 15 years."),
    (
        "Ada Exemple, née le 12 mars 1970 à Lyon, est une comptable inventée de toutes pièces.",
        "Ada Exemple, née le 12 mars 1980 à Lyon, est une comptable inventée de toutes pièces.",
    ),
    ("Il a été tue", "Il a été tué"),
    ("Ada Exemple, director", "Ada Exemple, Director emerita"),
    ("Not guilty", "Guilty"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_what_flaps_is_the_same(before: str, after: str) -> None:
    assert comparable(before) == comparable(after)


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_what_says_something_else_is_different(before: str, after: str) -> None:
    assert comparable(before) != comparable(after)


def test_mere_numbers_count_only_where_they_are_wanted() -> None:
    cheap, dear = "An hour costs 80 euros.", "An hour costs 1 200 euros."
    assert comparable(cheap) != comparable(dear)
    assert comparable(cheap, numbers=False) == comparable(dear, numbers=False)


@pytest.mark.parametrize("block", ["", "14:05", "12/11/2026", "3 hours ago", "1,204 views", "…", "57"])
def test_a_line_that_says_nothing_but_when_or_how_often_is_not_compared(block: str) -> None:
    assert comparable(block) == ""


@pytest.mark.parametrize("unit", ["9", "1 ", "updated on ", "il y a 1 ", "(1", "1.1", "mar 1 ", "©1", "12:"])
def test_no_text_makes_it_slow(unit: str) -> None:
    began = time.process_time()
    comparable(unit * (4000 // len(unit)))
    assert time.process_time() - began < 0.2
