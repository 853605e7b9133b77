"""150 hostile sources beside ten good ones: the good ones keep their pace, and nothing lies by silence."""

from __future__ import annotations

import asyncio
import itertools
import socket
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.hostile import Hostile
from tests.torture.background import HOST, Background, wait
from tests.torture.figures import Found, percentile
from tests.torture.hostile_web import FAILED, Row, rows
from tests.torture.oracle import is_quiet, judged, reading
from tests.torture.place import Life, Place, happens, memory
from tests.torture.post import Post
from tests.torture.web import Web

HOSTILE = 150
GOOD = 10
CADENCE = 30.0
ENOUGH_MEMORY = 250.0  # MiB for the whole tree
LATE = 2.0  # seconds, which 99 in 100 polls of good sources do not exceed
LOOK_EVERY = 0.25  # seconds between two looks at the due times
QUIET = 90.0


@dataclass
class Seen:
    """What was seen while the daemon ran."""

    due: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))
    memory: list[list[float]] = field(default_factory=list)  # MiB of each process, the daemon first

    @property
    def most(self) -> list[float]:
        """The processes' memory at the worst moment."""
        return max(self.memory, key=sum)


class HostileWeb(Background):
    """A misbehaving server for every source, each at a port of its own so that none waits for another."""

    def __init__(self, count: int) -> None:
        served = list(rows())
        unserved = [row for row, _ in unreachable()]
        chosen = itertools.islice(itertools.cycle(served), count - len(unserved))
        self.rows = {f"bad-{turn:03}": row for turn, row in enumerate(chosen)}
        self.urls: dict[str, str] = {}

    async def open(self) -> None:
        self._servers: list[Hostile] = []
        for name, row in self.rows.items():
            server = Hostile(HOST)
            server.answers["/feed"] = row.answer
            await server.__aenter__()
            self._servers.append(server)
            self.urls[name] = server.url("/feed")
        for turn, (row, url) in enumerate(unreachable()):
            name = f"away-{turn:03}"
            self.rows[name] = row
            self.urls[name] = url or f"https://{HOST}:{self._servers[turn].port}/feed"

    async def close(self) -> None:
        await asyncio.gather(*(server.__aexit__(None, None, None) for server in self._servers))


def unreachable() -> list[tuple[Row, str]]:
    """1, 4, 20: what fails before a server is asked; an empty address is that of a server without TLS."""
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        port = closed.getsockname()[1]
    return [
        (Row("no TLS here", b""), ""),
        (Row("stalled handshake", b""), ""),
        (Row("refused", b""), f"http://{HOST}:{port}/feed"),
        (Row("no such name", b""), "http://nowhere.invalid/feed"),
    ]


def campaign(folder: Path, *, seconds: float) -> Found:
    """Run the daemon against all of them for so long."""
    found = Found("hostile sources", {"sources": HOSTILE + GOOD, "seconds": f"{seconds:g}"})
    with Web(GOOD) as web, Post() as post, HostileWeb(HOSTILE) as hostile:
        place = Place(folder, {**web.urls, **hostile.urls}, {"mail": post.port}, instant=False)
        started = time.time()
        life = place.start()
        seen = watched(place, life, seconds)
        found.expect(life.alive, "the daemon ended by itself")
        lateness = list(late(web, seen, started))
        web.growing = False
        found.expect(happens(lambda: is_quiet(place.database, web.posts), QUIET), "it did not come to rest")
        found.expect(life.stop() == 0, "it did not end well")
        found.problems += [*told(place, post, web), *lies(place.database, hostile.rows), *silence(place)]
    p99 = percentile(lateness, 0.99)
    found.expect(len(lateness) > GOOD and p99 < LATE, f"p99 lateness {p99:.2f} s over {len(lateness)} polls")
    parts = "+".join(f"{part:.0f}" for part in seen.most)
    found.expect(sum(seen.most) <= ENOUGH_MEMORY, f"the process tree held {parts} MiB")
    found.figures |= {
        "good_polls": len(lateness),
        "lateness_p50": f"{percentile(lateness, 0.5):.2f}s",
        "lateness_p99": f"{p99:.2f}s",
        "memory_p50": f"{percentile([sum(parts) for parts in seen.memory], 0.5):.0f}MiB",
        "memory_max": f"{parts}MiB",
        "hostile_runs": runs(place.database),
    }
    return found


def watched(place: Place, life: Life, seconds: float) -> Seen:
    """Look at due times and memory while the daemon runs."""
    seen = Seen()
    until = time.monotonic() + seconds
    for turn in itertools.count():
        if time.monotonic() > until or not life.alive:
            return seen
        with suppress(sqlite3.Error):  # the file is not made yet
            for source, due in due_times(place.database):
                seen.due[source].add(due)
        if turn % 4 == 0:
            seen.memory.append([memory([pid]) for pid in life.pids()])
        wait(LOOK_EVERY)
    return seen


def due_times(database: Path) -> list[tuple[str, float]]:
    """When each good source is due, by the wall clock."""
    with closing(reading(database)) as db:
        found = db.execute("SELECT source, next_due FROM source_state WHERE source LIKE 'feed-%'")
        return [(source, stamp(due)) for source, due in found if due]


def stamp(text: str) -> float:
    """A time of the database, in seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def late(web: Web, seen: Seen, started: float) -> Iterator[float]:
    """How late each visit to a good source was, the first looks apart."""
    for source, due in seen.due.items():
        feed = int(source.removeprefix("feed-"))
        for visit in web.visits_since(started):
            before = [at for at in due if at <= visit.at]
            if visit.feed == feed and before:
                yield visit.at - max(before)


def told(place: Place, post: Post, web: Web) -> list[str]:
    """What the oracle says; news of sources that fail on and on is always owed."""
    found = judged(place.database, {"mail": post.taken}, web.posts)
    return [line for line in found if "is still owed" not in line]


def lies(database: Path, known: Mapping[str, Row]) -> Iterator[str]:
    """Runs that ended otherwise than their source allows, and sources that never came to an end."""
    ended: dict[str, set[str]] = defaultdict(set)
    with closing(reading(database)) as db:
        for source, outcome, cause in db.execute("SELECT source, outcome, cause FROM run"):
            ended[source].add(outcome)
            if outcome in FAILED and not cause:
                yield f"{source} failed and no cause is kept"
    for name, row in known.items():
        if not ended[name]:
            yield f"{name} ({row.name}) never came to an end"
        for outcome in sorted(ended[name] - row.allowed):
            yield f"{name} ({row.name}) ended {outcome}"


def silence(place: Place) -> Iterator[str]:
    """Failures that the log does not tell with their cause."""
    log = place.log.read_text("utf-8")
    lines = log.splitlines()
    with closing(reading(place.database)) as db:
        marks = ",".join(f"'{outcome}'" for outcome in sorted(FAILED))
        query = f"SELECT DISTINCT source, cause FROM run WHERE outcome IN ({marks})"
        for source, cause in db.execute(query):
            if not any(source in line and cause[:40] in line for line in lines):
                yield f"the log does not say of {source}: {cause}"
    if "Traceback" in log:
        yield "there is a traceback in the log"


def runs(database: Path) -> int:
    """How many runs hostile sources had."""
    with closing(reading(database)) as db:
        return int(db.execute("SELECT count(*) FROM run WHERE source NOT LIKE 'feed-%'").fetchone()[0])
