"""Mail servers that fail while the daemon runs, and one that is away for a day."""

from __future__ import annotations

from pathlib import Path

from tests.torture import mail_day, mail_faults


def test_failing_servers_lose_nothing_and_hold_up_nobody_else(tmp_path: Path) -> None:
    found = mail_faults.campaign(tmp_path, seed=7)
    assert found.problems == [], str(found)


async def test_a_day_without_the_mail_server_keeps_the_queue_and_its_order(tmp_path: Path) -> None:
    found = await mail_day.campaign(tmp_path)
    assert found.problems == [], str(found)
