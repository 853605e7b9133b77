"""The two nights on which the clock changes, with reports due at 02:30 and at 07:00: one a local day each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.house import BLOG, FEEDS, articles, configured, house
from tests.torture.figures import Found
from tests.torture.oracle import reading

PARIS = ZoneInfo("Europe/Paris")
NIGHTS = {"spring": date(2027, 3, 28), "autumn": date(2026, 10, 25)}
TIMES = {"early": "02:30", "daily": "07:00"}
TICK = timedelta(minutes=10)
DAYS = 4  # the first and the last are not whole
WINDOW = 30


async def campaign(folder: Path, night: str) -> Found:
    """From the noon two days before until the noon two days after, a tick every ten minutes."""
    found = Found(f"the night of {night}")
    folder.mkdir(parents=True, exist_ok=True)
    reports = [
        f'{{id: {name}, channel: mail, to: ada@example.org, every: "day at {at}"}}'
        for name, at in TIMES.items()
    ]
    config = configured(folder, FEEDS[:1], ", ".join(reports))
    noon = datetime.combine(NIGHTS[night] - timedelta(days=2), datetime.min.time(), PARIS) + timedelta(
        hours=12
    )
    start = noon.astimezone(UTC)
    async with house(config, start=start) as home:
        tick = home.app.tick()
        for turn in range(int(timedelta(days=DAYS) / TICK)):
            home.clock.advance((start + TICK * turn - home.clock.now()).total_seconds())
            newest = 1 + turn // 6
            home.web.replies[BLOG] = articles(*range(newest, max(0, newest - WINDOW), -1))
            await tick.run()
    with reading(config.database_path) as db:
        made = list(db.execute("SELECT route, created FROM report ORDER BY id"))
    days = [NIGHTS[night] + timedelta(days=shift) for shift in (-1, 0, 1, 2)]
    for name in TIMES:
        times = [local(created) for route, created in made if route == name]
        counts = Counter(time.date() for time in times)
        found.expect(counts == Counter(days), f"{name}: {[f'{time:%d %H:%M}' for time in times]}")
    found.figures |= {name: sum(route == name for route, _ in made) for name in TIMES}
    return found


def local(stamp: str) -> datetime:
    """A time of the database, in Paris."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).astimezone(PARIS)
