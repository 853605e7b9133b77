"""Starts the program with clocks that the test moves, by the seconds that stand in a file.

The first number is how far the wall clock runs ahead, as when somebody sets it. The second is how long
the machine was suspended, which the program's steady clock counts and asyncio's does not.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "TORTURE_CLOCK"

_LAUNCHER = f"""
import datetime, os, pathlib, sys

real, path = datetime.datetime, pathlib.Path(os.environ["{VARIABLE}"])

def ahead(which):
    return float(path.read_text().split()[which])

class Shifted(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(seconds=ahead(0))

import repwatch.clock
repwatch.clock.datetime = Shifted
steady = repwatch.clock.SystemClock.monotonic
repwatch.clock.SystemClock.monotonic = lambda self: steady(self) + ahead(1)
if "run" in sys.argv:
    import apscheduler.executors.base, apscheduler.schedulers.base
    import apscheduler.triggers.date, apscheduler.triggers.interval
    for module in (apscheduler.executors.base, apscheduler.schedulers.base,
                   apscheduler.triggers.date, apscheduler.triggers.interval):
        module.datetime = Shifted
from repwatch.__main__ import main
main()
"""
COMMAND = (sys.executable, "-c", _LAUNCHER)


class Dial:
    """How far ahead the program's clocks are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = self.asleep = 0.0
        self.step(0.0)

    @property
    def environment(self) -> dict[str, str]:
        """What the program must be told."""
        return {VARIABLE: str(self.path)}

    def step(self, seconds: float, *, asleep: float = 0.0) -> None:
        """Move the wall clock, and the steady one, in one piece: a reader sees the old times or the new."""
        self.seconds += seconds
        self.asleep += asleep
        made = self.path.with_suffix(".new")
        made.write_text(f"{self.seconds} {self.asleep}", "ascii")
        made.replace(self.path)

    def now(self) -> datetime:
        """What the program takes for now."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)
