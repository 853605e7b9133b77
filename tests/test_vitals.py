"""What a daemon says of itself is about what it watches now, and about work that does not get done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from repwatch.jobs.tick import Tick
from repwatch.model import Pair, SourceState
from repwatch.service.progress import Health
from repwatch.store import sources
from repwatch.vitals import Vitals
from tests.house import FEEDS, House, configured, house


def vitals(home: House, tick: Tick) -> Vitals:
    return Vitals(tick, home.app.store, home.clock, lambda: 0.0)


async def test_a_source_that_is_no_longer_configured_fails_no_more(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as home:
        ahead = home.clock.now() + timedelta(hours=1)
        failed = [SourceState(Pair(name), next_due=ahead, failures=3) for name in ("blog", "removed")]
        await home.app.store.write(lambda tx: sources.save(tx, failed))
        assert vitals(home, home.app.tick()).progress().failing == 1


async def test_work_that_fails_by_a_defect_is_told_without_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def defective() -> bool:
        raise KeyError

    async with house(configured(tmp_path, FEEDS[:1])) as home:
        tick = home.app.tick()
        monkeypatch.setattr(home.app.tidy, "due", defective)
        await tick.run()
        told = vitals(home, tick).progress()
        assert told.state is Health.LATE
        assert "blog" not in told.cause
