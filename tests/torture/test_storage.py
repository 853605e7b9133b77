"""What the daemon does when its disk fills up, fails or lies: the short forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import storage

pytestmark = pytest.mark.skipif(bool(storage.cannot()), reason=storage.cannot())


def test_a_full_disk_is_waited_out_and_told(tmp_path: Path) -> None:
    assert storage.full(tmp_path).problems == []


def test_a_read_only_disk_refuses_the_start(tmp_path: Path) -> None:
    assert storage.read_only_start(tmp_path).problems == []


def test_a_disk_that_turns_read_only_loses_nothing(tmp_path: Path) -> None:
    assert storage.read_only(tmp_path).problems == []


def test_random_errors_lose_and_double_nothing(tmp_path: Path) -> None:
    assert storage.random_errors(tmp_path, seconds=8).problems == []


def test_random_bytes_refuse_the_start_until_a_backup_is_back(tmp_path: Path) -> None:
    assert storage.damaged(tmp_path, seed=7).problems == []


def test_a_reader_that_never_lets_go_stops_nobody(tmp_path: Path) -> None:
    assert storage.long_reader(tmp_path, seconds=5).problems == []
