"""The daemon is killed at random moments, and at chosen system calls: the short forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import kills, syscalls
from tests.torture.storage import cannot

SEED = 7


def test_thirty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    found = kills.campaign(tmp_path, kills=30, seed=SEED)
    assert found.problems == [], str(found)


@pytest.mark.skipif(bool(cannot()), reason=cannot())
def test_a_harm_at_any_system_call_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = syscalls.campaign(tmp_path, seed=SEED, short=True)
    assert found.problems == [], str(found)
