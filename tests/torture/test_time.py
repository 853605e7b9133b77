"""Clocks that are set, nights that change them, and ninety days that pass."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import clocks, nights, season, sixty_days


@pytest.fixture
def silence() -> Iterator[None]:
    """What ninety days log would be kept by pytest, and weighed with the program."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_a_clock_that_is_set_and_a_machine_that_slept_change_no_rhythm(tmp_path: Path) -> None:
    found = clocks.campaign(tmp_path, short=True)
    assert found.problems == [], str(found)


@pytest.mark.parametrize("night", nights.NIGHTS)
async def test_a_daily_report_comes_once_in_the_night_of_change(tmp_path: Path, night: str) -> None:
    found = await nights.campaign(tmp_path, night)
    assert found.problems == [], str(found)


@pytest.mark.usefixtures("silence")
async def test_ninety_days_tell_each_outage_once_and_weigh_no_more(tmp_path: Path) -> None:
    found = await season.campaign(tmp_path, seed=7, every="12h")
    assert found.problems == [], str(found)


@pytest.mark.usefixtures("silence")
async def test_sixty_days_take_no_failure_for_an_answer_and_tell_each_outage_and_its_end_once(
    tmp_path: Path,
) -> None:
    found = await sixty_days.campaign(tmp_path, seed=7)
    assert found.problems == [], str(found)
