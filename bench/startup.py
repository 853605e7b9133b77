"""Does ``repwatch --help`` answer at once? Its CPU beside a bare interpreter's, and what it imports.

Run as ``python -m bench.startup`` with the interpreter of the environment repwatch is installed in.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median

from bench.measure import measured

GOAL = 7.0  # times the CPU of `python -c pass`
HEAVY = frozenset({"httpx", "sqlalchemy", "apscheduler", "feedparser", "jinja2", "rich"})
_ROUNDS = 15

_PROGRAM = str(Path(sys.executable).with_name("repwatch"))


def main() -> int:
    """Print the figures; 0 when both goals are met, else 1."""
    bare, answering = _cpu()
    ratio = answering / bare
    heavy = sorted(HEAVY & _imported())
    print(f"python -c pass     {bare * 1000:7.1f} ms of CPU (median of {_ROUNDS})")
    print(f"repwatch --help    {answering * 1000:7.1f} ms of CPU (median of {_ROUNDS})")
    print(f"{_word(ratio <= GOAL)}  {ratio:.2f} x a bare interpreter (goal: at most {GOAL:g})")
    print(f"{_word(not heavy)}  imports of the heavy libraries: {', '.join(heavy) or 'none'}")
    return 0 if ratio <= GOAL and not heavy else 1


def _cpu() -> tuple[float, float]:
    """Seconds of CPU of both commands, taken in turns so that the machine's moods hit both alike."""
    measured([_PROGRAM, "--help"], sample=False)  # compiles its modules, as an installation does
    pairs = [
        (
            measured([sys.executable, "-c", "pass"], sample=False).cpu,
            measured([_PROGRAM, "--help"], sample=False).cpu,
        )
        for _ in range(_ROUNDS)
    ]
    return median(bare for bare, _ in pairs), median(answering for _, answering in pairs)


def _imported() -> set[str]:
    """The top-level modules that `repwatch --help` imports, as the interpreter itself tells it."""
    command = [sys.executable, "-X", "importtime", _PROGRAM, "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    lines = [line for line in told.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def _word(met: bool) -> str:
    return "PASS" if met else "MISS"


if __name__ == "__main__":
    sys.exit(main())
