"""Kills, full disks and I/O errors at the n-th system call of one poll, digest and send, for every n.

strace counts each thread's calls for itself. The store's thread makes those to the file, so each of them
is met. The calls to the mail server are met by the server instead, which kills at each step of the talk.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Self

from tests.torture.figures import Found
from tests.torture.oracle import judged
from tests.torture.place import Place
from tests.torture.post import Post, Step
from tests.torture.shifted import COMMAND, Dial
from tests.torture.web import Web

CALLS = ("fdatasync", "fsync", "pwrite64", "sendto", "unlink", "ftruncate")
HARMS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")
ALWAYS = ("fdatasync", "sendto")  # of which the short form takes every kill
SHORT = 14  # cases more, drawn from the rest
LANES = 2  # installations that are harmed at the same time, each case in turn
FEEDS = 2
STUCK = 15.0  # seconds for a harmed cycle, which takes one or two, before it is killed
RECOVERIES = 3  # quiet rounds that a lane gets to make up for a case
LATER = 1000.0  # seconds that pass between two rounds, so that what failed may be tried again
EXPECTED = {0, 1, 3, 78, -signal.SIGKILL, 128 + signal.SIGKILL}
STRACE = ("strace", "-f", "-qq", "--seccomp-bpf")


@dataclass(frozen=True, slots=True)
class Case:
    """One harm at one call, or a kill at one step of the talk with the mail server."""

    harm: str
    call: str = ""
    turn: int = 0
    step: Step | None = None

    def __str__(self) -> str:
        return f"kill at {self.step}" if self.step else f"{self.harm} at {self.call} {self.turn}"

    def prefix(self) -> Sequence[str]:
        """What to put before the command line."""
        if self.step:
            return ()
        inject = f"inject={self.call}:{self.harm}:when={self.turn}"
        return (*STRACE, "-o", os.devnull, "-e", f"trace={self.call}", "-e", inject)


class Lane:
    """One installation with a web and a mail server of its own, where cases follow each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web = Web(FEEDS, pace=1)
        self.post = Post()
        self.problems: list[str] = []
        self.stuck = 0

    def __enter__(self) -> Self:
        self.web.__enter__()
        self.post.__enter__()
        self.folder.mkdir(parents=True)
        self.dial = Dial(self.folder / "clock")
        ports = {"mail": self.post.port}
        self.place = Place(
            self.folder, self.web.urls, ports, command=COMMAND, environment=self.dial.environment
        )
        self.place.call("check")  # the first look, which is told in a report of its own
        self.place.call("report", "--send")
        return self

    def __exit__(self, *_: object) -> None:
        self.post.__exit__(None, None, None)
        self.web.__exit__(None, None, None)

    def counted(self) -> Counter[str]:
        """How many calls one thread makes in a cycle, the most of any thread."""
        trace = self.folder / "trace"
        wanted = ("-o", str(trace), "-e", f"trace={','.join(CALLS)}")
        self.place.call("check", prefix=(*STRACE, *wanted))
        made = Counter(re.findall(r"(?m)^(\d+) +(\w+)\(", trace.read_text("utf-8", "replace")))
        return Counter(
            {call: max([n for (_, name), n in made.items() if name == call] or [0]) for call in CALLS}
        )

    def suffer(self, case: Case) -> None:
        """One harmed cycle, quiet ones until all is made up for, and the verdict."""
        self.web.growing = True
        self._harmed(case)
        self.web.growing = False
        wrong: list[str] = []
        for _ in range(RECOVERIES):
            self.dial.step(LATER)
            after = self.place.call("check")
            wrong = judged(self.place.database, {"mail": self.post.taken}, self.web.posts)
            if not wrong:
                return
        self.problems += [f"{case}: {line}" for line in wrong]
        self.problems.append(f"{case}: then {after.returncode} {after.stderr[-300:]}")

    def _harmed(self, case: Case) -> None:
        said = self.place.log.stat().st_size if self.place.log.exists() else 0
        life = self.place.start("check", prefix=case.prefix())
        self.post.on_step = lambda at: life.kill_now() if at is case.step else None
        try:
            status = life.process.wait(STUCK)
        except TimeoutExpired:
            # asyncio wakes its loop by a sendto to itself, and waits for ever when that one is refused:
            # no system does so, and the daemon's next tick wakes it too. Anything else must end.
            self.stuck += 1
            status = 0 if case.call == "sendto" else -1
        life.kill()
        words = self.place.log.read_text("utf-8", "replace")[said:]
        if status not in EXPECTED or "Traceback" in words:
            self.problems.append(f"{case}: ended with {status}: {words[-300:]}")


def campaign(folder: Path, *, seed: int, short: bool = False) -> Found:
    """Every case, or those of the short form."""
    chance = random.Random(seed)
    found = Found("syscalls", {"seed": seed})
    with Lane(folder / "count") as counting:
        counts = counting.counted()
    cases = drawn(chance, counts) if short else [*steps(), *every(counts)]
    with ThreadPoolExecutor(LANES) as pool:
        shares = [cases[number::LANES] for number in range(LANES)]
        paths = [folder / f"lane-{number}" for number in range(LANES)]
        lanes = list(pool.map(lane, paths, shares))
    found.problems += [problem for each in lanes for problem in each.problems]
    calls = ",".join(f"{call}:{most}" for call, most in counts.items())
    found.figures |= {"calls": calls, "cases": len(cases), "stuck": sum(each.stuck for each in lanes)}
    return found


def lane(folder: Path, cases: Sequence[Case]) -> Lane:
    """These cases, one after the other in one installation."""
    with Lane(folder) as one:
        for case in cases:
            one.suffer(case)
    return one


def steps() -> list[Case]:
    """A kill at each step of the talk with the mail server."""
    return [Case("kill", step=step) for step in Step]


def every(counts: Counter[str]) -> Iterator[Case]:
    """Every harm at every turn of every call."""
    for harm in HARMS:
        for call, most in counts.items():
            for turn in range(1, most + 1):
                yield Case(harm, call, turn)


def drawn(chance: random.Random, counts: Counter[str]) -> list[Case]:
    """Every kill at the calls that matter most, and a sample of the rest."""
    cases = list(every(counts))
    kept = [case for case in cases if case.call in ALWAYS and case.harm == HARMS[0]]
    rest = [case for case in cases if case not in kept]
    return [*steps(), *kept, *chance.sample(rest, min(SHORT, len(rest)))]
