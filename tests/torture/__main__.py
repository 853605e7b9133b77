"""Fault campaigns against the installed program: ``python -m tests.torture``, one line of figures each.

The program runs as a process, with its YAML and its database file, against real servers on loopback;
only the last four live in this process, on a virtual clock. Each campaign is a function that the short
tests beside it call too:

kills      SIGKILL to the process group at random moments, mail servers failing meanwhile
syscalls   SIGKILL, ENOSPC, EIO at the n-th system call of one cycle, for every n
mail       servers that answer 421, 450, 451, drop after DATA, or say nothing
hostile    150 hostile sources beside ten good ones
disk       full, small, read-only, failing; random bytes in the file; a reader that never lets go
clocks     set by an hour or 400 days; a suspend of eight hours
season     ninety days, fifty sources, single faults and outages
sixty      sixty days, forty sources, twelve outages that say "200 OK" and other things
nights     both nights on which the clock changes
mailday    a day without the mail server

``oracle.py`` says afterwards what was lost, doubled or altered. A campaign prints its seed; the same
seed draws the same faults, though not to the microsecond.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.torture import (
    clocks,
    hostile_sources,
    kills,
    mail_day,
    mail_faults,
    nights,
    season,
    sixty_days,
    storage,
    syscalls,
)
from tests.torture.figures import Found

Campaign = Callable[[Path], Found]

HALF_AN_HOUR = 1800.0


def main() -> int:
    """Run the campaigns that were asked for (all of them by default); 1 when one was not survived."""
    wanted = arguments()
    logging.disable(logging.CRITICAL)  # of what runs in this process
    if reason := storage.cannot():
        sys.stderr.write(f"not here: {reason}\n")
        return 1
    good = [
        survived(campaign) for name, campaign in campaigns(wanted) if name in (wanted.campaigns or [name])
    ]
    return 0 if good and all(good) else 1


def survived(campaign: Campaign) -> bool:
    """Run one campaign and print what it found."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        found = campaign(Path(folder) / "stage")
    say(f"{found} took={time.monotonic() - started:.0f}s", *(f"  {problem}" for problem in found.problems))
    return not found.problems


def say(*lines: str) -> None:
    """Print at once: the whole takes hours."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("campaigns", nargs="*", help="default: all of them")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=HALF_AN_HOUR, help="for the hostile sources")
    return parser.parse_args()


def at_night(night: str, folder: Path) -> Found:
    """One night on which the clock changes."""
    return asyncio.run(nights.campaign(folder, night))


def campaigns(wanted: argparse.Namespace) -> Iterator[tuple[str, Campaign]]:
    """Every campaign in its long form, the shorter ones first."""
    seed: int = wanted.seed
    yield "mailday", lambda folder: asyncio.run(mail_day.campaign(folder))
    for night in nights.NIGHTS:
        yield "nights", partial(at_night, night)
    yield "mail", lambda folder: mail_faults.campaign(folder, seed=seed, each=3)
    yield "clocks", clocks.campaign
    for disk in (storage.full, storage.growing, storage.read_only_start, storage.read_only, storage.failing):
        yield "disk", disk
    yield "disk", lambda folder: storage.random_errors(folder, seconds=120)
    yield "disk", lambda folder: storage.damaged(folder, seed=seed)
    yield "disk", lambda folder: storage.long_reader(folder, seconds=300)
    step = timedelta(minutes=10)
    yield "season", lambda folder: asyncio.run(season.campaign(folder, seed=seed, step=step))
    yield "sixty", lambda folder: asyncio.run(sixty_days.campaign(folder, seed=seed))
    yield "syscalls", lambda folder: syscalls.campaign(folder, seed=seed)
    yield "kills", lambda folder: kills.campaign(folder, kills=wanted.kills, seed=seed, faults=True)
    yield "hostile", lambda folder: hostile_sources.campaign(folder, seconds=wanted.seconds)


if __name__ == "__main__":
    sys.exit(main())
