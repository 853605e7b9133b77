"""A change is what two looks in a row agree on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from repwatch.rules.blocks import Blocks
from repwatch.rules.confirm import GONE_AFTER, SECOND_LOOK, Look, look
from repwatch.rules.flapping import comparable

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
A: Blocks = ("Welcome.", "Ada counts beans.")
B: Blocks = (*A, "She won a prize.")
C: Blocks = (*A, "She lost it again.")
GONE: Blocks = ()


def after(*looks: Blocks, apart: timedelta = SECOND_LOOK) -> Look:
    """What is remembered after these looks, the first of which is the baseline."""
    first, *others = looks
    kept = Look(first)
    for number, current in enumerate(others):
        kept = look(kept, current, NOW + number * apart, comparable)
    return kept


def test_the_same_text_needs_nothing() -> None:
    assert after(A, A) == Look(A)


def test_another_order_is_the_same_text() -> None:
    assert after(A, A[::-1]) == Look(A)


def test_one_look_changes_nothing_and_asks_for_another_soon() -> None:
    assert after(A, B) == Look(A, B, NOW, SECOND_LOOK)


def test_a_second_look_confirms() -> None:
    assert after(A, B, B) == Look(B)


def test_a_change_that_is_undone_never_was() -> None:
    assert after(A, B, A) == Look(A)


def test_two_looks_that_differ_confirm_nothing_and_do_not_hurry() -> None:
    assert after(A, B, C) == Look(A, C, NOW + SECOND_LOOK)


def test_what_two_looks_share_is_told_and_the_rest_waits() -> None:
    kept = after(A, (*B, "Buy shoes."), (*B, "Buy hats."))
    assert kept.told == B
    assert kept.pending == (*B, "Buy hats.")


def test_a_corner_that_rotates_is_learned() -> None:
    ads = [(*A, f"Buy {thing}.") for thing in ("shoes", "hats", "gloves", "coats", "scarves")]
    assert after(*ads).told == A


def test_what_is_missing_from_one_look_alone_stays() -> None:
    kept = after(B, (A[0], "Something new.", B[2]), (*A, "Something new.", B[2]))
    assert set(kept.told) == {*B, "Something new."}


def test_a_page_of_which_nothing_stays_is_taken_as_it_is() -> None:
    assert after(("One thing.",), ("Another thing.",), ("A third thing.",)).told == ("A third thing.",)


def test_a_page_is_gone_once_it_was_so_for_long_enough() -> None:
    assert after(A, GONE).again == GONE_AFTER
    assert after(A, GONE, GONE).told == A
    assert after(A, GONE, GONE, apart=GONE_AFTER) == Look(GONE)


def test_a_look_at_nothing_confirms_no_words_and_words_confirm_no_nothing() -> None:
    assert after(A, GONE, B) == Look(A, B, NOW + SECOND_LOOK, SECOND_LOOK)
    assert after(A, B, GONE).told == A


def test_a_page_that_comes_back_is_confirmed_too() -> None:
    assert after(GONE, A).told == GONE
    assert after(GONE, A, A) == Look(A)
