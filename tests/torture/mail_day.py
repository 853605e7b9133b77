"""The mail server is down for a virtual day: the queue keeps its order, attempts grow rare, all arrives."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from repwatch.clock import Clock
from repwatch.errors import DeliveryError
from repwatch.model import Message, Receipt
from tests.fakes import START, FakeClock
from tests.house import BLOG, FEEDS, articles, configured, house
from tests.torture.figures import Found
from tests.torture.oracle import judged
from tests.torture.post import Taken

DOWN = timedelta(days=1)
AFTER = timedelta(hours=3)
TICK = 60.0  # seconds
RAREST = timedelta(hours=1)  # between two attempts, give or take a fifth and a tick
SLACK = 1.25
HOURLY = "{id: hourly, channel: mail, to: ada@example.org, every: 1h}"
WINDOW = 30


class Down:
    """A way out that is closed until a moment, and remembers who knocked."""

    def __init__(self) -> None:
        self.clock: Clock = FakeClock()
        self.until = START + DOWN
        self.knocks: list[tuple[float, str]] = []
        self.taken: list[Taken] = []

    async def send(self, message: Message, to: str) -> Receipt:
        """Take it, or be away."""
        now = self.clock.now()
        self.knocks.append((now.timestamp(), message.message_id))
        if now < self.until:
            raise DeliveryError("the mail server cannot be reached: refused")
        self.taken.append(Taken(now.timestamp(), to, message.message_id, message.raw))
        return Receipt("250 ok")


async def campaign(folder: Path) -> Found:
    """A day without mail, a feed that grows each hour, a report each hour, and the hours after."""
    found = Found("mail server down for a day")
    folder.mkdir(parents=True, exist_ok=True)
    config = configured(folder, FEEDS[:1], HOURLY)
    down = Down()
    async with house(config, channel=down) as home:
        down.clock = home.clock
        tick = home.app.tick()
        minutes = int((DOWN + AFTER).total_seconds() / TICK)
        for minute in range(minutes):
            newest = 1 + min(minute, minutes - 120) // 60
            home.web.replies[BLOG] = articles(*range(newest, max(0, newest - WINDOW), -1))
            await tick.run()
            home.clock.advance(TICK)
    found.problems += judged(config.database_path, {"hourly": down.taken}, set(range(1, newest + 1)))
    waits = list(waited(down))
    found.expect(
        waits and max(waits) <= RAREST.total_seconds() * SLACK, f"a wait of {max(waits, default=0):.0f} s"
    )
    found.expect(waits == sorted(waits), f"the waits do not grow: {waits}")
    found.figures |= {
        "reports": len(down.taken),
        "attempts": len(down.knocks),
        "longest_wait": f"{max(waits):.0f}s",
    }
    return found


def waited(down: Down) -> list[float]:
    """The seconds between two attempts at the first mail, while the server was down."""
    first = down.knocks[0][1]
    times = [at for at, message_id in down.knocks if message_id == first and at < down.until.timestamp()]
    return [later - earlier for earlier, later in pairwise(times)]
