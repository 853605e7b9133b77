"""150 hostile sources beside ten good ones, for a little more than two rounds."""

from __future__ import annotations

from pathlib import Path

from tests.torture import hostile_sources


def test_hostile_sources_neither_lie_nor_hold_up_the_good_ones(tmp_path: Path) -> None:
    found = hostile_sources.campaign(tmp_path, seconds=70)
    assert found.problems == [], str(found)
