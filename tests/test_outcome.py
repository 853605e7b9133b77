"""How a run ended, from what its requests brought."""

from __future__ import annotations

import pytest

from repwatch.errors import Blocked, Gone, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Outcome
from repwatch.rules.outcome import conclude


def test_findings_without_a_flaw_are_ok() -> None:
    assert conclude(answered=1, findings=3, missing=(), errors=(), gap=False) == (Outcome.OK, "")


def test_an_answer_that_has_nothing_is_empty() -> None:
    assert conclude(answered=1, findings=0, missing=(), errors=(), gap=False) == (Outcome.EMPTY, "")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Blocked("429"), Outcome.BLOCKED),
        (Unreachable("no answer"), Outcome.UNREACHABLE),
        (Unreadable("changed"), Outcome.UNREADABLE),
        (Misconfigured("key"), Outcome.MISCONFIGURED),
        (Gone("410"), Outcome.MISCONFIGURED),
    ],
)
def test_a_run_without_an_answer_ends_as_its_error_says(error: SourceError, outcome: Outcome) -> None:
    assert conclude(answered=0, findings=0, missing=(), errors=[error], gap=False) == (outcome, str(error))


def test_an_answer_beside_a_failure_is_partial_and_names_it() -> None:
    errors = [Unreachable("page 2 is away")]
    assert conclude(answered=1, findings=3, missing=(), errors=errors, gap=False) == (
        Outcome.PARTIAL,
        "page 2 is away",
    )


def test_missing_parts_make_a_run_partial_even_without_findings() -> None:
    found = conclude(answered=1, findings=0, missing=["engine a", "engine a"], errors=(), gap=False)
    assert found == (Outcome.PARTIAL, "engine a")


def test_a_window_that_is_all_new_is_partial() -> None:
    outcome, cause = conclude(answered=1, findings=9, missing=(), errors=(), gap=True)
    assert outcome is Outcome.PARTIAL
    assert "may have missed" in cause


def test_what_only_the_owner_can_mend_does_not_hide_behind_a_passing_fault() -> None:
    errors = [Unreachable("away"), Misconfigured("wrong key"), Blocked("429")]
    assert conclude(answered=0, findings=0, missing=(), errors=errors, gap=False) == (
        Outcome.MISCONFIGURED,
        "wrong key",
    )
