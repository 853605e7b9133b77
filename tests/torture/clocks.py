"""The wall clock is set by an hour or 400 days, or the machine sleeps: polls go on, nothing is told twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.torture.background import wait
from tests.torture.figures import Found
from tests.torture.oracle import judged
from tests.torture.place import Life, Place, happens
from tests.torture.post import Post
from tests.torture.shifted import COMMAND, Dial
from tests.torture.web import Web

HOUR = 3600.0
DAYS_400 = 400 * 86_400.0
NIGHT = 8 * HOUR
FEEDS = 8
CADENCE = 30.0
WATCHDOG = 10.0  # seconds between two looks of the daemon at its clocks
ROUND = CADENCE * 1.05 + 1  # seconds within which each feed has its turn: the cadence, its jitter, a tick
MAIL_SOON = 150.0  # seconds from the start to the time of day at which the report is due, at most
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that happens to the clocks: ``wall`` seconds, ``asleep`` of them slept."""

    name: str
    wall: float
    asleep: float = 0.0


HOUR_AND_BACK = (Turn("+1 h", HOUR), Turn("-1 h", -HOUR))
BACK_AND_HOUR = (Turn("-1 h", -HOUR), Turn("+1 h", HOUR))
YEAR_AND_BACK = (Turn("+400 d", DAYS_400), Turn("-400 d", -DAYS_400))
BACK_A_YEAR = (Turn("-400 d", -DAYS_400), Turn("+400 d", DAYS_400))
SLEEP = (Turn("suspended 8 h", NIGHT, NIGHT),)
SHORT: Sequence[Sequence[Turn]] = (
    HOUR_AND_BACK[:1],
    BACK_AND_HOUR[:1],
    YEAR_AND_BACK[:1],
    BACK_A_YEAR[:1],
    SLEEP,
)
LONG: Sequence[Sequence[Turn]] = (HOUR_AND_BACK, BACK_AND_HOUR, YEAR_AND_BACK, BACK_A_YEAR, SLEEP)


def campaign(folder: Path, *, short: bool = False) -> Found:
    """Every story, all at the same time, each with a daemon of its own."""
    found = Found("clocks")
    stories = SHORT if short else LONG
    with ThreadPoolExecutor(len(stories)) as pool:
        paths = [folder / str(number) for number in range(len(stories))]
        ends = list(pool.map(partial(story, patient=not short), paths, stories))
    for end in ends:
        found.problems += end.problems
        for name, took in end.figures.items():
            found.figures[name] = max(str(found.figures.get(name, "")), str(took))
    return found


def story(folder: Path, turns: Sequence[Turn], *, patient: bool) -> Found:
    """One daemon, to which these things happen one after the other.

    The ``patient`` wait until the time of the report has come (again), when it may have been made already.
    """
    found = Found("")
    folder.mkdir(parents=True)
    dial = Dial(folder / "clock")
    with Web(FEEDS) as web, Post() as post:
        at = (dial.now() + timedelta(seconds=MAIL_SOON)).astimezone(PARIS)
        place = Place(
            folder,
            web.urls,
            {"mail": post.port},
            report=f"day at {at:%H:%M}",
            instant=False,
            command=COMMAND,
            environment=dial.environment,
        )
        place.call("check")
        place.spread(CADENCE)
        life = place.start()
        if not happens(
            lambda: len({visit.feed for visit in web.visits_since(life.started)}) == FEEDS, 2 * CADENCE
        ):
            found.problems.append("the daemon never got going")
        for turn in turns:
            met(turn, life, web, dial, found)
        if patient:
            happens(lambda: dial.now() > at + timedelta(seconds=WATCHDOG), 2 * MAIL_SOON)
        found.expect(life.stop() == 0, f"{turn.name}: it did not end well")
        found.problems += reports(post, turns, passed=patient or turns[0].wall > MAIL_SOON)
        damaged = judged(place.database, {"mail": post.taken}, web.posts)
        found.problems += [f"{turn.name}: {line}" for line in damaged if told_wrongly(line)]
        found.expect("Traceback" not in place.log.read_text("utf-8"), f"{turn.name}: a traceback in the log")
    return found


def met(turn: Turn, life: Life, web: Web, dial: Dial, found: Found) -> None:
    """One turn of the clocks, and a round of polls after it."""
    if turn.asleep:
        slept(life, turn, dial)
    else:
        dial.step(turn.wall)
    since = time.time()

    def everyone() -> bool:
        return {visit.feed for visit in web.visits_since(since)} == set(range(FEEDS))

    going = happens(everyone, ROUND + WATCHDOG)
    took = time.time() - since
    wait(max(0.0, ROUND - took))  # the rest of the round, in which a burst would show
    polls = Counter(visit.feed for visit in web.visits_since(since))
    silent = sorted(set(range(FEEDS)) - polls.keys())
    found.expect(going, f"{turn.name}: feeds {silent} were not asked within a round")
    most = max(polls.values(), default=0)
    found.expect(most <= 1 + (ROUND + WATCHDOG) // CADENCE + 1, f"{turn.name}: a feed was asked {most} times")
    found.figures[turn.name.replace(" ", "_")] = f"{took:04.1f}s"


def slept(life: Life, turn: Turn, dial: Dial) -> None:
    """The machine sleeps: nothing runs, and then the wall clock is hours ahead."""
    os.killpg(life.process.pid, signal.SIGSTOP)
    wait(1.0)
    dial.step(turn.wall, asleep=turn.asleep)
    os.killpg(life.process.pid, signal.SIGCONT)


def reports(post: Post, turns: Sequence[Turn], *, passed: bool) -> list[str]:
    """A daily report: at most one for each day that the clock showed, and surely one when its time passed."""
    days = 1 + sum(abs(turn.wall) > 2 * NIGHT for turn in turns)
    names = ", ".join(turn.name for turn in turns)
    if len(post.taken) > days or (passed and not post.taken):
        return [f"{names}: {len(post.taken)} reports of one that is due daily"]
    return []


def told_wrongly(line: str) -> bool:
    """Whether the oracle's complaint is about more than a report that is not due yet."""
    return not any(mark in line for mark in ("is untold", "still owed", "no mail names"))
