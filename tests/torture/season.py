"""Ninety virtual days with fifty sources, single faults and planted outages, in this process."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import httpx

from tests.fakes import FakeClock, Reply
from tests.house import DAILY, House, article, configured, house
from tests.torture.figures import Found
from tests.torture.oracle import judged, reading
from tests.torture.place import memory
from tests.torture.post import Taken
from tests.torture.web import A_FEED, FRONT, ITEM

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = datetime(2026, 9, 1, tzinfo=PARIS).astimezone(UTC)
DAYS = 90
SOURCES = 50
POST_EVERY = timedelta(days=4)
SHOWN = 8  # posts that a feed shows: more than come during the longest outage and its longest wait
SINGLE = 0.01  # share of requests that fail alone
OUTAGES = 10
SHORTEST, LONGEST = timedelta(hours=5), timedelta(days=3)
SETTLED = 3  # days after which memory and files are counted for the first time
LAST_DAYS = 6  # without an outage, so that each end is told
GROWTH = 0.02
WEEK = 7
LAST_POST = MIDNIGHT + timedelta(days=DAYS - 2)  # so that a report of everything is due in the end


@dataclass
class Outage:
    """A source is away; it begins with the first request after ``planned``, so that it is met."""

    planned: datetime
    length: timedelta
    since: datetime | None = None

    def covers(self, now: datetime) -> bool:
        """Whether the source is away now."""
        if now < self.planned:
            return False
        self.since = self.since or now
        return now < self.since + self.length


class Season:
    """The web of these days."""

    def __init__(self, clock: FakeClock, seed: int) -> None:
        self._clock = clock
        self._chance = random.Random(seed)
        self._failed: set[int] = set()  # feeds whose last answer was a single fault
        self.singles = 0
        away = self._chance.sample(range(SOURCES), OUTAGES)
        self.outages = {feed: self._outage(turn) for turn, feed in enumerate(away)}

    def _outage(self, turn: int) -> Outage:
        """The shortest and the longest are among them; the others lie between."""
        share = turn / (OUTAGES - 1)
        day = self._chance.uniform(SETTLED + 1, DAYS - LAST_DAYS - LONGEST.days)
        return Outage(MIDNIGHT + timedelta(days=day), SHORTEST + (LONGEST - SHORTEST) * share)

    @property
    def replies(self) -> dict[str, Reply]:
        """What the web answers, by address."""
        return {url(feed): self._answer_of(feed) for feed in range(SOURCES)}

    def _answer_of(self, feed: int) -> Reply:
        return lambda _: self._answer(feed)

    def _answer(self, feed: int) -> httpx.Response:
        outage = self.outages.get(feed)
        if outage and outage.covers(self._clock.now()):
            return httpx.Response(503)
        if feed not in self._failed and self._chance.random() < SINGLE:
            self._failed.add(feed)
            self.singles += 1
            raise httpx.ConnectError("refused")
        self._failed.discard(feed)
        return httpx.Response(200, content=self._page(feed).encode())

    def posts(self, feed: int) -> list[int]:
        """The numbers of all its posts until now; feeds do not all write on one day."""
        age = min(self._clock.now(), LAST_POST) - MIDNIGHT + POST_EVERY * (feed / SOURCES)
        return [feed * A_FEED + number for number in range(1, 2 + int(age / POST_EVERY))]

    def _page(self, feed: int) -> str:
        shown = self.posts(feed)[: -SHOWN - 1 : -1]
        return FRONT + "".join(ITEM.format(*article(number)) for number in shown) + "</channel></rss>"


def url(feed: int) -> str:
    """Each feed has a host of its own, as in life."""
    return f"http://feed-{feed}.example/feed"


async def campaign(
    folder: Path, *, seed: int, every: str = "6h", step: timedelta = timedelta(hours=1)
) -> Found:
    """Live through the days, ``step`` after ``step``."""
    found = Found("season", {"seed": seed, "days": DAYS, "sources": SOURCES})
    folder.mkdir(parents=True, exist_ok=True)
    feeds = [f'{{kind: feed, id: feed-{n}, url: "{url(n)}", every: {every}}}' for n in range(SOURCES)]
    config = configured(folder, feeds, DAILY)
    async with house(config, start=MIDNIGHT) as home:
        season = Season(home.clock, seed)
        home.web.replies = season.replies
        watch = [each async for each in live(home, step, folder / "mails")]
        posts = {number for feed in range(SOURCES) for number in season.posts(feed)}
    taken = list(kept(folder / "mails"))
    found.problems += judged(config.database_path, {"daily": taken}, posts)
    found.problems += outages(config.database_path, season)
    steady(found, watch)
    found.figures |= {
        "single_faults": season.singles,
        "outages": len(season.outages),
        "posts": len(posts),
        "mails": len(taken),
    }
    return found


@dataclass(frozen=True, slots=True)
class Weight:
    """What this process holds at the end of a day."""

    files: int
    memory: float  # MiB


async def live(home: House, step: timedelta, mails: Path, days: int = DAYS) -> AsyncIterator[Weight]:
    """All the days; gives what we weigh at the end of each."""
    mails.mkdir()
    tick = home.app.tick()
    for day in range(days):
        for turn in range(int(timedelta(days=1) / step)):
            at = MIDNIGHT + timedelta(days=day) + step * turn
            home.clock.advance((at - home.clock.now()).total_seconds())
            await tick.run()
        keep(home, mails)
        gc.collect()
        yield Weight(len(list(Path("/proc/self/fd").iterdir())), memory([os.getpid()]))


def keep(home: House, mails: Path) -> None:
    """Put the mails of the day away, so that what grows is not our own doing."""
    for message, to in home.channel.delivered:
        number = len(list(mails.iterdir()))
        (mails / f"{number:05}").write_bytes(f"{to}\n{message.message_id}\n".encode() + message.raw)
    home.channel.delivered.clear()
    home.channel.attempts.clear()
    home.web.requests.clear()


def kept(mails: Path) -> Iterator[Taken]:
    """The mails of all the days."""
    for path in sorted(mails.iterdir()):
        to, message_id, raw = path.read_bytes().split(b"\n", 2)
        yield Taken(0.0, to.decode(), message_id.decode(), raw)


def outages(database: Path, season: Season) -> Iterator[str]:
    """Outages that were not told exactly once, with their end, and what was told of no outage."""
    with closing(reading(database)) as db:
        query = "SELECT source, kind, count(*) FROM owed WHERE kind IN ('outage', 'recovered') GROUP BY 1, 2"
        told = {(source, kind): times for source, kind, times in db.execute(query)}
    wanted = {(f"feed-{feed}", kind): 1 for feed in season.outages for kind in ("outage", "recovered")}
    for key in sorted(told.keys() | wanted.keys()):
        if told.get(key, 0) != wanted.get(key, 0):
            yield f"{key[1]} of {key[0]} was told {told.get(key, 0)} times, not {wanted.get(key, 0)}"


def steady(found: Found, watch: Sequence[Weight]) -> None:
    """Memory and open files do not grow once the program has settled; a week's median is what it weighs."""
    first, last = watch[SETTLED : SETTLED + WEEK], watch[-WEEK:]
    before, after = (median(day.memory for day in week) for week in (first, last))
    growth = after / before - 1
    found.expect(growth < GROWTH, f"memory grew by {growth:.1%}, from {before:.1f} MiB")
    files = {day.files for day in watch[SETTLED:]}
    found.expect(len(files) == 1, f"so many files were open: {sorted(files)}")
    found.figures |= {"memory": f"{before:.1f}MiB", "growth": f"{growth:.2%}", "files": max(files)}
