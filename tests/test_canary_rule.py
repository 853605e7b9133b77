"""What a canary proves of a round that found nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from repwatch.model import Outcome
from repwatch.rules.canary import Heard, is_due, proven

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def heard(outcome: Outcome | None, ago: timedelta = HOUR) -> Heard:
    return Heard("Paris", NOW - ago, outcome, "429")


def test_a_silent_one_makes_an_empty_round_unreadable() -> None:
    outcome, cause = proven(Outcome.EMPTY, "", heard(Outcome.EMPTY))
    assert (outcome, cause) == (Outcome.UNREADABLE, "finds nothing even for “Paris”")


@pytest.mark.parametrize("canary", [heard(Outcome.OK), heard(None), None])
def test_one_that_sang_or_was_not_asked_keeps_it_empty(canary: Heard | None) -> None:
    assert proven(Outcome.EMPTY, "", canary) == (Outcome.EMPTY, "")


def test_one_that_could_not_be_asked_proves_nothing() -> None:
    outcome, cause = proven(Outcome.EMPTY, "", heard(Outcome.BLOCKED))
    assert outcome is Outcome.PARTIAL
    assert "429" in cause


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.PARTIAL, Outcome.BLOCKED])
def test_a_round_that_was_not_empty_needs_none(outcome: Outcome) -> None:
    assert proven(outcome, "why", heard(Outcome.EMPTY)) == (outcome, "why")


@pytest.mark.parametrize(
    ("outcome", "hours", "due"),
    [(Outcome.OK, 5.9, False), (Outcome.OK, 6, True), (Outcome.EMPTY, 0.5, False), (Outcome.EMPTY, 1, True)],
)
def test_one_that_sang_is_believed_for_longer(outcome: Outcome, hours: float, *, due: bool) -> None:
    assert is_due(heard(outcome, hours * HOUR), NOW) is due


def test_one_that_was_never_asked_is_due_and_so_is_one_of_tomorrow() -> None:
    assert is_due(Heard("Paris"), NOW)
    assert is_due(heard(Outcome.OK, -24 * HOUR), NOW)
