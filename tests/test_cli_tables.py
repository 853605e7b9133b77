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
