"""Starts the program with a wall clock that the test moves: it runs ahead by the seconds in a file.

Only the wall clock moves, as when somebody sets it or the machine was asleep; the monotonic one goes on.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "TORTURE_CLOCK"

_LAUNCHER = f"""
import datetime, os, pathlib, sys

real, path = datetime.datetime, pathlib.Path(os.environ["{VARIABLE}"])

def ahead():
    return datetime.timedelta(seconds=float(path.read_text() or 0))

class Shifted(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + ahead()

import repwatch.clock
repwatch.clock.datetime = Shifted
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
    """How far ahead the program's wall clock is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0.0)

    @property
    def environment(self) -> dict[str, str]:
        """What the program must be told."""
        return {VARIABLE: str(self.path)}

    def set(self, seconds: float) -> None:
        """Move the clock in one piece: a reader sees the old time or the new one."""
        made = self.path.with_suffix(".new")
        made.write_text(str(seconds), "ascii")
        made.replace(self.path)
        self.seconds = seconds

    def step(self, seconds: float) -> None:
        """Move it from where it is."""
        self.set(self.seconds + seconds)

    def now(self) -> datetime:
        """What the program takes for now."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)
