"""What a line about a source carries is read back as it was written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from repwatch.rules.tidings import read, told

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_a_moment_and_a_number_come_back() -> None:
    assert read(told(NOW, 42.4)) == (NOW, 42)


@pytest.mark.parametrize(
    "detail", ["", NOW.isoformat(), "503 server error", "soon 4", f"{NOW.isoformat()} x"]
)
def test_other_details_are_no_tidings(detail: str) -> None:
    assert read(detail) is None
