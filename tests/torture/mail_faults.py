"""Mail servers that fail, each in its own way, beside one that works: it goes on, and they lose nothing."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.torture.background import wait
from tests.torture.figures import Found
from tests.torture.oracle import is_quiet, judged
from tests.torture.place import Life, Place, happens
from tests.torture.post import Fault, Post
from tests.torture.shifted import COMMAND, Dial
from tests.torture.web import Web

FEEDS = 20
CADENCE = 30.0
GOES_ON = 5  # mails that the good server gets while another says nothing
STEP = 20.0  # seconds that both clocks run ahead at a time, as for a machine that slept
STEPS = 100  # of them, at most, until everything has arrived: a fourth attempt comes after 25 minutes
FAREWELL = 10.0  # seconds within which SIGTERM ends the daemon, a silent server or not
MEETS = 60.0  # seconds until every fault was met
FAULTY = {fault.replace(" ", "-"): fault for fault in Fault if fault}


def campaign(folder: Path, *, seed: int, each: int = 1) -> Found:
    """Let every fault happen ``each`` times in a row, stop amid the silence, and let all mend."""
    found = Found("mail faults", {"seed": seed, "each": each})
    chance = random.Random(seed)
    names = [*FAULTY, "good"]
    chance.shuffle(names)  # so that the good one is not always asked first
    with Web(FEEDS, pace=1) as web, offices(names) as posts:
        dial = Dial(made(folder) / "clock")
        ports = {name: post.port for name, post in posts.items()}
        place = Place(folder, web.urls, ports, command=COMMAND, environment=dial.environment)
        place.call("check")
        place.call("report", "--send")
        place.spread(CADENCE)
        for name, fault in FAULTY.items():
            posts[name].faults = itertools.repeat(fault, each if fault is not Fault.HANG else 1)
        suffer(place, posts, found)
        mend(place, web, dial, found)
        mail = {name: post.taken for name, post in posts.items()}
        found.problems += judged(place.database, mail, web.posts)
        for name, fault in FAULTY.items():
            met = sum(one is fault for _, one in posts[name].transactions)
            found.expect(met, f"{name} was never met")
    doubled = sum(len(taken) - len({one.message_id for one in taken}) for taken in mail.values())
    found.figures |= {"routes": len(posts), "mails": sum(map(len, mail.values())), "resent": doubled}
    return found


def suffer(place: Place, posts: Mapping[str, Post], found: Found) -> None:
    """Live until the faults are met and the good server has had its mails meanwhile; then stop."""
    life = place.start()
    silent = posts[Fault.HANG]
    asked = happens(lambda: any(fault is Fault.HANG for _, fault in silent.transactions), MEETS)
    before = len(posts["good"].taken)
    going_on = happens(lambda: len(posts["good"].taken) >= before + GOES_ON, MEETS)
    found.expect(asked, "the silent server was never asked")
    found.expect(going_on, "the good server got no mail while another one was silent")
    stopped(life, found)


def stopped(life: Life, found: Found) -> None:
    """SIGTERM, which ends it soon and well."""
    asked = time.monotonic()
    status = life.stop(2 * FAREWELL) if life.alive else -1
    took = time.monotonic() - asked
    found.expect(status == 0 and took <= FAREWELL, f"SIGTERM: status {status} after {took:.1f} s")
    found.figures["sigterm"] = max(f"{took:04.1f}s", str(found.figures.get("sigterm", "")))


def mend(place: Place, web: Web, dial: Dial, found: Found) -> None:
    """Live on, minutes at a time, until everything has arrived."""
    web.growing = False
    life = place.start()
    for _ in range(STEPS):
        if happens(lambda: is_quiet(place.database, web.posts), 1.0):
            break
        dial.step(STEP, asleep=STEP)
    wait(1.0)  # so that anything doubled would come too
    stopped(life, found)


@contextmanager
def offices(names: list[str]) -> Iterator[dict[str, Post]]:
    """A mail server for each name."""
    with ExitStack() as open_ones:
        yield {name: open_ones.enter_context(Post()) for name in names}


def made(folder: Path) -> Path:
    """The folder, which is there from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
