"""Sixty virtual days with forty sources of four kinds, a round each six hours, in this process.

One request in a hundred fails alone, and twelve sources are away for a while, each in a way of its own:
most of them answer with status 200 meanwhile. Whole archives come back, stories are told by two
sources, pages of years ago turn up.
"""

from __future__ import annotations

import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx

from repwatch.rules import tidings
from tests.fakes import FakeClock, Reply
from tests.house import DAILY, configured, house
from tests.torture.figures import Found
from tests.torture.oracle import judged, reading
from tests.torture.season import MIDNIGHT, Outage, kept, live
from tests.torture.voices import FAILURES, LONGEST, Item, Voice, feed, json_feed, searxng, sings
from tests.torture.web import A_FEED

DAYS = 60
ROUND = timedelta(hours=6)
POST_EVERY = timedelta(days=4)
SHOWN = 8  # posts of a page: more than come during the longest outage and its longest wait
SINGLE = 0.01  # share of requests that fail alone
SHORTEST = timedelta(hours=30)  # an outage of which three rounds are missed, the waits between them growing
FIRST, LAST = 4, 7  # days at the start and the end without an outage
ARCHIVES = 7  # days between two on which a source shows all that it ever had, in no order
KINDS: Mapping[str, tuple[int, Voice]] = {
    "feed": (20, feed),
    "json": (6, json_feed),
    "news": (6, feed),
    "search": (6, searxng),
    "unknown": (2, searxng),  # searches that never find her: each round is empty, and rightly so
}
OF_SEARCHES = ("error in JSON", "silent")
ALONE = ("503", "no answer", "challenge", "nothing", "plain text")
LAST_POST = MIDNIGHT + timedelta(days=DAYS - 2)


class Source:
    """One of the forty: what it has, and when it is away."""

    def __init__(self, number: int, kind: str, clock: FakeClock, chance: random.Random) -> None:
        self.number = number
        self.kind = kind
        self.id = f"{kind}-{number}"
        self.outage: Outage | None = None
        self.failure = ""
        self.faults: set[datetime] = set()  # when a request of it failed
        self._clock = clock
        self._chance = chance
        self._failed = False  # its last answer was a fault of its own

    @property
    def entry(self) -> str:
        """Its line in the configuration."""
        named = {"feed": "kind: feed, url", "json": "kind: feed, url", "news": "kind: bing_news, base_url"}
        where = named.get(self.kind, "kind: searxng, url")
        return f'{{{where}: "{self.url}", id: {self.id}, every: 6h, interval: 0}}'

    @property
    def url(self) -> str:
        """Where the configuration says that it is."""
        return f"http://{self.id}.example" + ("/feed" if self.kind in ("feed", "json") else "")

    @property
    def asked(self) -> str:
        """What is asked for there."""
        paths = {"feed": "", "json": "", "news": "/news/search"}
        return self.url + paths.get(self.kind, "/search")

    @property
    def posts(self) -> list[int]:
        """The numbers of all its posts until now; not all sources write on one day."""
        if self.kind == "unknown":
            return []
        age = min(self._clock.now(), LAST_POST) - MIDNIGHT + POST_EVERY * (self.number / 40)
        return [self.number * A_FEED + post for post in range(1, 2 + int(age / POST_EVERY))]

    @property
    def old(self) -> int:
        """The number of a page of years ago that turns up in the middle of the time, of every fifth feed."""
        late = self._clock.now() > MIDNIGHT + timedelta(days=DAYS / 2)
        return self.number * A_FEED + 90_000 if late and self.kind == "feed" and self.number % 5 == 0 else 0

    def answer(self, request: httpx.Request, borrowed: Sequence[int]) -> httpx.Response:
        """What it says now; ``borrowed`` are posts of another source, which it tells too."""
        now = self._clock.now()
        if self.outage and self.outage.covers(now):
            self.faults.add(now)
            return FAILURES[self.failure](request)
        if not sings(request) and not self._failed and self._chance.random() < SINGLE:
            self._failed = True
            self.faults.add(now)
            return FAILURES[self._chance.choice(ALONE)](request)
        self._failed = False
        return KINDS[self.kind][1](self._shown(now, borrowed), request)

    def _shown(self, now: datetime, borrowed: Sequence[int]) -> list[Item]:
        items = [Item(post) for post in (*self.posts[::-1], *borrowed)]
        old = [Item(self.old, old=True)] if self.old else []
        if ((now - MIDNIGHT).days + self.number) % ARCHIVES == 0:
            self._chance.shuffle(items)
            return items + old
        return items[:SHOWN] + old


def forty(clock: FakeClock, seed: int) -> list[Source]:
    """The sources, and the outages of twelve of them."""
    chance = random.Random(seed)
    names = [kind for kind, (many, _) in KINDS.items() for _ in range(many)]
    sources = [Source(number, kind, clock, chance) for number, kind in enumerate(names)]
    searches = chance.sample([each for each in sources if each.kind == "search"], len(OF_SEARCHES))
    others = [each for each in sources if each.kind in ("feed", "json", "news")]
    others = chance.sample(others, len(FAILURES) - len(OF_SEARCHES))
    failures = [*OF_SEARCHES, *(failure for failure in FAILURES if failure not in OF_SEARCHES)]
    for turn, (source, failure) in enumerate(zip([*searches, *others], failures, strict=True)):
        day = chance.uniform(FIRST, DAYS - LAST - LONGEST.days)
        length = SHORTEST + (LONGEST - SHORTEST) * (turn / (len(failures) - 1))
        source.outage = Outage(MIDNIGHT + timedelta(days=day), length)
        source.failure = failure
    return sources


def replies(sources: Sequence[Source]) -> dict[str, Reply]:
    """What the web answers; every third source also tells what the one before it tells."""

    def reply(source: Source) -> Reply:
        tells = source.kind == "feed" and source.number % 3 == 2
        before = sources[source.number - 1]
        return lambda request: source.answer(request, before.posts[-2:] if tells else ())

    doors = {f"http://{source.id}.example/login": reply(source) for source in sources}
    return doors | {source.asked: reply(source) for source in sources}


async def campaign(folder: Path, *, seed: int) -> Found:
    """Live through the days."""
    found = Found("sixty days", {"seed": seed, "days": DAYS, "sources": 40})
    folder.mkdir(parents=True, exist_ok=True)
    clock = FakeClock(MIDNIGHT)
    config = configured(folder, [source.entry for source in forty(clock, seed)], DAILY)
    async with house(config, start=MIDNIGHT) as home:
        sources = forty(home.clock, seed)
        home.web.replies = replies(sources)
        async for _ in live(home, ROUND, folder / "mails", DAYS):
            pass
        posts = {post for source in sources for post in source.posts}
        old = {source.old for source in sources if source.old}
    taken = list(kept(folder / "mails"))
    found.problems += judged(config.database_path, {"daily": taken}, posts | old)
    with closing(reading(config.database_path)) as db:
        found.problems += of_sources(db, sources)
        resurfaced = {int(url.rpartition("/")[2]) for (url,) in db.execute(RESURFACED)}
        runs = db.execute("SELECT count(*) FROM run").fetchone()[0]
    found.expect(resurfaced == old, f"told as old: {sorted(resurfaced)}, not {sorted(old)}")
    faults = sum(len(source.faults) for source in sources)
    outages = sum(source.outage is not None for source in sources)
    found.figures |= {
        "runs": runs,
        "faults": faults,
        "outages": outages,
        "posts": len(posts),
        "mails": len(taken),
    }
    return found


def of_sources(db: sqlite3.Connection, sources: Sequence[Source]) -> Iterator[str]:
    """What is wrong about any of them."""
    runs: dict[str, dict[datetime, str]] = defaultdict(dict)
    for name, ended, outcome in db.execute("SELECT source, ended, outcome FROM run"):
        runs[name][moment(ended)] = outcome
    told: dict[str, list[Line]] = defaultdict(list)
    for name, *line in db.execute(TOLD):
        told[name].append(Line(*line))
    for source in sources:
        yield from misread(source, runs[source.id])
        yield from mistold(source, [line for line in told[source.id] if line.kind != "baseline"])


class Line(NamedTuple):
    """Something that was told of a source."""

    kind: str
    at: str
    detail: str


TOLD = "SELECT source, kind, at, detail FROM owed WHERE mention IS NULL ORDER BY id"
RESURFACED = "SELECT url FROM mention WHERE change = 'resurfaced'"
GOOD = ("ok", "empty")


def moment(stamp: str) -> datetime:
    """A time of the database."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


def misread(source: Source, runs: Mapping[datetime, str]) -> Iterator[str]:
    """Faults that were taken for answers, and answers for faults."""
    right = "empty" if source.kind == "unknown" else "ok"
    for at, outcome in runs.items():
        if at in source.faults and outcome in (*GOOD, "partial"):
            yield f"{source.id}: {source.failure or 'a fault'} at {at:%d %b %H:%M} was read as {outcome}"
        if at not in source.faults and outcome != right:
            yield f"{source.id}: at {at:%d %b %H:%M} it was well, and read as {outcome}"


def mistold(source: Source, told: Sequence[Line]) -> Iterator[str]:
    """What was told of it that did not happen, not told that did, or told with another number of rounds."""
    wanted = ["outage", "recovered"] if source.outage else []
    if (kinds := [line.kind for line in told]) != wanted:
        yield f"{source.id} ({source.failure or 'well'}): told were {kinds}, not {wanted}"
    for line in told:
        if line.kind == "recovered":
            since, missed = tidings.read(line.detail) or (MIDNIGHT, -1)
            rounds = round((moment(line.at) - since) / ROUND)
            if missed != rounds or since not in source.faults:
                yield f"{source.id}: told were {missed} missed rounds since {since}, not {rounds}"
