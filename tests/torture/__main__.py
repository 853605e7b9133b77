"""Fault campaigns against the installed program: ``python -m tests.torture``, one line of figures each.

The program runs as a process, with its YAML and its database file, against real servers on loopback.
Every campaign is a function that the short tests call too:

kills      SIGKILL at random moments                     kills.py
syscalls   SIGKILL, ENOSPC, EIO at the n-th system call  syscalls.py

``oracle.py`` says afterwards what was lost, doubled or altered. A campaign prints its seed; the same
seed draws the same faults, though not to the microsecond.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.torture import kills
from tests.torture.figures import Found


def main() -> int:
    """Run the campaigns that were asked for (all of them by default); 1 when one was not survived."""
    wanted = arguments()
    good = True
    for name, campaign in campaigns(wanted):
        if wanted.campaigns and name not in wanted.campaigns:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            found = campaign(Path(folder))
        print(f"{found} took={time.monotonic() - started:.0f}s", flush=True)
        for problem in found.problems:
            print(f"  {problem}", flush=True)
        good = good and not found.problems
    return 0 if good else 1


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("campaigns", nargs="*", help="default: all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=1000)
    return parser.parse_args()


def campaigns(wanted: argparse.Namespace) -> Iterator[tuple[str, Callable[[Path], Found]]]:
    """Every campaign in its long form."""
    seed = wanted.seed
    yield "kills", lambda folder: kills.campaign(folder, kills=wanted.kills, seed=seed, faults=True)


if __name__ == "__main__":
    sys.exit(main())
