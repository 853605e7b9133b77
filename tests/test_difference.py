"""What is told of a page that changed: passages, word by word, what names the subject first."""

from __future__ import annotations

import time

import pytest

from repwatch.model import Difference, Passage, Piece, Turn
from repwatch.rules.blocks import LONGEST, Blocks, bounded, headed, joined, split
from repwatch.rules.difference import SHOWN, come, difference, read, written
from repwatch.rules.flapping import comparable
from repwatch.rules.names import Names
from repwatch.rules.wording import compared
from tests.samples import ADA

NAMES = Names(ADA)
HOME: Blocks = ("# Team", "Welcome to all of you.", "Ada Exemple counts beans for the Atelier Fictif.")


def told(before: Blocks, after: Blocks) -> Difference:
    return difference(before, after, NAMES, comparable)


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("a b c", "a x c", (("=", "a"), ("-", "b"), ("+", "x"), ("=", "c"))),
        ("a b", "a b c", (("=", "a b"), ("+", "c"))),
        ("a b c", "b c", (("-", "a"), ("=", "b c"))),
        ("a b c d", "a y z d", (("=", "a"), ("-", "b c"), ("+", "y z"), ("=", "d"))),
        ("a", "b", (("-", "a"), ("+", "b"))),
        ("a  b", "a b", (("=", "a b"),)),
    ],
)
def test_words_are_compared_one_by_one(before: str, after: str, pieces: tuple[Piece, ...]) -> None:
    assert compared(before, after) == pieces


def test_far_words_are_elided() -> None:
    row = " ".join(f"w{number}" for number in range(60))
    pieces = compared(row, row.replace("w30", "other"))
    assert [sign for sign, _ in pieces] == ["=", "-", "+", "="]
    assert pieces[0][1] == "… w22 w23 w24 w25 w26 w27 w28 w29"
    assert pieces[3][1] == "w31 w32 w33 w34 w35 w36 w37 w38 …"


def test_no_two_texts_make_it_slow() -> None:
    began = time.process_time()
    compared("a b " * 1000, "b c a " * 700)
    compared(" ".join(f"a{n}" for n in range(399)), " ".join(f"b{n}" for n in range(399)))
    assert time.process_time() - began < 1


# --- passages ---------------------------------------------------------------------------------


def test_a_changed_paragraph_is_set_beside_its_earlier_wording() -> None:
    after = (*HOME[:2], "Ada Exemple miscounts beans for the Atelier Fictif.")
    (passage,) = told(HOME, after).passages
    assert passage.heading == "Team"
    assert [piece for piece in passage.pieces if piece[0] != "="] == [("-", "counts"), ("+", "miscounts")]


def test_what_names_the_subject_comes_first() -> None:
    after = ("# Team", "Hello there, everybody.", "A dog.", "Ada Exemple left.", HOME[2])
    assert told(HOME, after).passages[0].pieces == (("+", "Ada Exemple left."),)


def test_what_merely_went_is_told() -> None:
    found = told(HOME, (HOME[0], HOME[2]))
    assert found.passages == (Passage("Team", (("-", "Welcome to all of you."),)),)
    assert come(found) == ""


def test_a_long_list_of_changes_is_counted() -> None:
    found = told(HOME, (*HOME, *(f"Entirely fresh sentence {word * 4}" for word in "abcdefghijklmnopqrst")))
    assert (len(found.passages), found.more) == (SHOWN, 20 - SHOWN)


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        (HOME, (*HOME, "More."), Turn.CHANGED),
        (HOME, HOME[:2], Turn.UNNAMED),
        (HOME[:2], HOME, Turn.NAMED),
        (HOME, (), Turn.GONE),
        ((), HOME, Turn.APPEARED),
    ],
)
def test_what_a_change_comes_to(before: Blocks, after: Blocks, turn: Turn) -> None:
    assert told(before, after).turn is turn


def test_a_namesake_is_not_the_name() -> None:
    assert told(HOME[:2], (*HOME[:2], "Adam Exemple joins us.")).turn is Turn.CHANGED


def test_a_difference_is_kept_and_read_again() -> None:
    found = told(HOME, (*HOME[:2], 'Ada "Exemple" counts <b>beans</b>.'))
    assert read(written(found)) == found


def test_a_difference_stays_small_enough_to_keep_and_to_export() -> None:
    fresh = [f'"{word}" ' * 900 for word in "abcdefghijklmnopqrst"]
    assert len(written(told(HOME, (*HOME, *fresh)))) < 20_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada Exemple joins the board",
        "{}",
        '{"turn": "changed", "passages": [["", [["?", "x"]]]], "more": 0}',
    ],
)
def test_any_other_text_is_no_difference(text: str) -> None:
    assert read(text) is None


def test_a_whole_page_that_is_new_is_compared_quickly() -> None:
    before = tuple(f"The old paragraph number {n} says {'this ' * 20}" for n in range(1500))
    after = tuple(f"A new paragraph number {n} tells {'that ' * 20}" for n in range(1500))
    began = time.process_time()
    told(before, after)
    assert time.process_time() - began < 3


# --- blocks -----------------------------------------------------------------------------------


def test_blocks_know_their_heading() -> None:
    assert list(headed(("a", "# H", "b", "c"))) == [("", "a"), ("H", "# H"), ("H", "b"), ("H", "c")]


@pytest.mark.parametrize("blocks", [(), ("a",), ("# H", "a", "b")])
def test_blocks_are_kept_as_one_text(blocks: Blocks) -> None:
    assert split(joined(blocks)) == blocks


def test_a_page_without_end_is_cut_and_says_so() -> None:
    kept, whole = bounded(["x" * 1000] * 500)
    assert (sum(map(len, kept)), whole) == (LONGEST, False)
    assert bounded(["x"]) == (("x",), True)
