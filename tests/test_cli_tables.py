from __future__ import annotations

import pytest

from repwatch.cli.tables import print_runs
from repwatch.model import Outcome, Run
from tests.recorded import NOW


def test_an_answer_that_is_as_before_is_not_told_as_one_that_held_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    same = Run("blog", "", NOW, NOW, Outcome.OK, unchanged=True)
    print_runs([same, Run("press", "", NOW, NOW, Outcome.EMPTY)], {"blog": "A blog"})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:3]]
    assert rows == [["A", "blog", "all", "ok", "as", "before", "0"], ["press", "all", "empty", "0", "0"]]


def test_what_changed_stands_beside_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    print_runs([Run("team", "", NOW, NOW, Outcome.OK, read=1, changed=1)], {"team": "Our team"})
    said = capsys.readouterr().out
    assert "0, 1 changed" in said
    assert "1 check: 0 new, 1 changed" in said


def test_of_a_long_round_the_most_telling_runs_have_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = [Run(f"quiet-{number}", "", NOW, NOW, Outcome.EMPTY) for number in range(100)]
    loud = [Run("loud", "", NOW, NOW, Outcome.OK, read=3, new=3), Run("shut", "", NOW, NOW, Outcome.BLOCKED)]
    print_runs([*quiet, *loud], {})
    said = capsys.readouterr().out
    assert "loud" in said
    assert "shut" in said
    assert "and 42 more (--json lists all)" in said
