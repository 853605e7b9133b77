"""SIGKILL to the daemon's process group at random moments; then nothing is lost, doubled or late."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.torture.background import wait
from tests.torture.figures import Found, percentile
from tests.torture.oracle import is_quiet, judged
from tests.torture.place import SOON, Life, Place, happens
from tests.torture.post import Fault, Post
from tests.torture.web import Web

FEEDS = 60
CADENCE = 30.0  # seconds, the least there is: two feeds come due in every second
LIFE = 2.5  # seconds that a life lasts at most, before it is killed
QUIET = 90.0  # seconds for the last life to make up for everything
PATIENT = 900.0  # the same, when the mail server was faulty: attempts are an hour apart in the end
LATE_KILL = 2  # each so many lives, the kill comes after the first poll, whose time is measured


def campaign(folder: Path, *, kills: int, seed: int, faults: bool = False) -> Found:
    """Kill the daemon so many times, then let it come to rest and judge."""
    chance = random.Random(seed)
    found = Found("kills", {"seed": seed, "kills": kills})
    spoilt = sometimes(chance) if faults else iter(())
    with Web(FEEDS) as web, Post() as post, Post(spoilt) as faulty:
        routes = {"mail": post, **({"faulty": faulty} if faults else {})}
        place = Place(folder, web.urls, {name: each.port for name, each in routes.items()})
        place.call("check")  # the first look
        place.spread(CADENCE)
        polls = [each for number in range(kills) for each in life(place, web, chance, number)]
        web.growing, faulty.faults = False, iter(())
        rest(place, web, found, PATIENT if faults else QUIET)
        mail = {name: each.taken for name, each in routes.items()}
        found.problems += judged(place.database, mail, web.posts)
    # One start in ten may meet a machine that is busy with something else; the slowest is printed.
    usual = percentile(polls, 0.9)
    found.expect(bool(polls) and usual <= SOON, f"one first poll in ten came after {usual:.1f} s or more")
    found.expect("Traceback" not in place.log.read_text("utf-8"), "there is a traceback in the log")
    taken = [each for name in mail for each in mail[name]]
    found.figures |= {
        "measured_starts": len(polls),
        "first_poll_p50": f"{percentile(polls, 0.5):.2f}s",
        "first_poll_max": f"{max(polls, default=0):.2f}s",
        "posts": len(web.posts),
        "mails": len({(each.message_id, each.to) for each in taken}),
        "resent": len(taken) - len({(each.message_id, each.to) for each in taken}),
    }
    return found


def life(place: Place, web: Web, chance: random.Random, number: int) -> Iterator[float]:
    """One life of the daemon; gives how long its first poll took, when it lived to see one."""
    lived = place.start()
    if number % LATE_KILL == 0:
        happens(lambda: web.visits_since(lived.started), 2 * SOON)
        wait(chance.uniform(0, LIFE / 2))
    else:
        wait(chance.uniform(0, LIFE))
    lived.kill()
    visits = web.visits_since(lived.started)
    if visits:
        yield visits[0].at - lived.started
    elif number % LATE_KILL == 0:
        yield time.time() - lived.started


def rest(place: Place, web: Web, found: Found, seconds: float) -> None:
    """A last life without a kill, until everything is told and sent; it must end well when asked."""
    last: Life = place.start()
    happens(lambda: web.visits_since(last.started), 2 * SOON)
    quiet = happens(lambda: not last.alive or is_quiet(place.database, web.posts), seconds)
    found.expect(quiet and last.alive, f"it did not come to rest within {seconds:g} s")
    status = last.stop()
    found.expect(status == 0, f"it ended with {status} after SIGTERM")


def sometimes(chance: random.Random) -> Iterator[Fault]:
    """A fault for each fifth transaction or so, never one that takes ten minutes."""
    kinds = [fault for fault in Fault if fault not in (Fault.NONE, Fault.HANG)]
    while True:
        yield chance.choice(kinds) if chance.random() < 0.2 else Fault.NONE
