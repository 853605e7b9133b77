"""A name is found in all its forms, and near names are told from it."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from repwatch.model import Relation, Subject
from repwatch.rules.names import Names
from repwatch.rules.spelling import split_name


class Pair(NamedTuple):
    """A name, a text, and the form in which the text bears it ("none", "near" ...)."""

    name: str
    text: str
    expected: str


def _pairs() -> list[Pair]:
    with Path(__file__).with_name("names.tsv").open(encoding="utf-8") as lines:
        return [Pair(*row) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


PAIRS = _pairs()


def person(name: str, relation: Relation = Relation.SELF, aliases: tuple[str, ...] = ()) -> Subject:
    """A subject; a slash in the name parts the given from the family name."""
    given, slash, family = name.partition("/")
    parts = (given, family) if slash else ("", "")
    return Subject("x", name.replace("/", " "), relation, *parts, aliases=aliases)


def form(subject: Subject, text: str) -> str:
    found = Names(subject).find(text)
    return found.form if found else "none"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}: {pair.text}")
def test_a_name_is_found_in_its_form(pair: Pair) -> None:
    assert form(person(pair.name), pair.text) == pair.expected


def test_names_are_found_precisely_and_wholly(capsys: pytest.CaptureFixture[str]) -> None:
    said = [(form(person(pair.name), pair.text), pair.expected) for pair in PAIRS]
    rejected = {"none", "near"}
    right = sum(got not in rejected and want not in rejected for got, want in said)
    precision = right / sum(got not in rejected for got, _ in said)
    recall = right / sum(want not in rejected for _, want in said)
    f1 = 2 * precision * recall / (precision + recall)
    with capsys.disabled():
        print(f"\n{len(PAIRS)} name pairs: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")  # noqa: T201 - the report
    assert len(PAIRS) >= 120
    assert precision >= 0.99
    assert f1 >= 0.97


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}: {pair.text}")
def test_offsets_stand_for_the_text_that_matched(pair: Pair) -> None:
    for found in Names(person(pair.name)).every(pair.text):
        assert pair.text[found.start : found.end] == found.text
        assert found.text.strip()


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ada Exemple", "Ada", "Exemple"),
        ("DUPONT-FICTIF Ada", "Ada", "DUPONT-FICTIF"),
        ("Charles de La Tourelle", "Charles", "de La Tourelle"),
        ("Ludwig von Erfunden", "Ludwig", "von Erfunden"),
        ("Jean Noël Fictif", "Jean Noël", "Fictif"),
        ("Adamantine", "", ""),
    ],
)
def test_a_name_is_parted_with_its_particles(name: str, given: str, family: str) -> None:
    assert split_name(person(name)) == (given, family)


def test_an_organisation_is_matched_as_a_phrase() -> None:
    firm = person("Atelier du Mirage", Relation.OWN_ORGANISATION)
    assert form(firm, "la faillite de l'atelier du Mirage") == "full"
    assert form(firm, "Atelier-du-Mirage recrute") == "full"
    assert form(firm, "l'atelier des Mirages") == "none"


def test_an_organisation_of_one_common_word_needs_its_capital() -> None:
    firm = person("Mirage", Relation.OWN_ORGANISATION)
    assert form(firm, "Le service de Mirage plaît") == "full"
    assert form(firm, "ce n'était qu'un mirage") == "none"


def test_an_alias_is_found_where_the_name_is_not() -> None:
    ada = person("Ada Exemple", aliases=("Ada Fictive", "AE Conseil"))
    assert form(ada, "un livre d'ada fictive") == "alias"
    assert form(ada, "AE Conseil recrute") == "alias"
    assert form(ada, "Ada Exemple, alias Ada Fictive") == "full"


def test_a_name_in_a_script_without_spaces_is_found() -> None:
    assert form(person("架空太郎"), "昨日、架空太郎さんは") == "full"


def test_every_place_is_told_the_best_form_first() -> None:
    found = Names(person("Ada Exemple")).every("EXEMPLE Ada, dite A. Exemple. Ada Exemple, donc.")
    assert [match.form for match in found] == ["full", "inverted"]


def test_a_shortened_name_is_told_where_the_full_one_is_missing() -> None:
    found = Names(person("Ada Exemple")).every("A. Exemple expose à Lyon.")
    assert [match.form for match in found][:1] == ["initial"]


@pytest.mark.parametrize("piece", ["Exemple ", "Ada ", "A. ", "Exemple-", "Ada-Exemple,", '"', "(Ada "])
def test_hostile_repetition_does_not_slow_the_search(piece: str) -> None:
    names = Names(person("Ada Exemple"))
    started = time.process_time()
    names.find((piece * 2300)[:2300])
    assert time.process_time() - started < 1


def test_texts_without_the_name_are_left_at_once() -> None:
    names = Names(person("Ada Exemple"))
    text = "Un texte ordinaire, avec des accents éparpillés. " * 40
    started = time.process_time()
    for _ in range(1000):
        names.find(text)
    assert time.process_time() - started < 2
