"""What a daemon costs that has nothing to do, and how soon after its start it asks for the first page.

Run as ``python -m bench.idle`` with the interpreter of the environment repwatch is installed in. The
share of a core, the wake-ups and the memory are those of the whole process tree, over one window.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import yaml
from sqlalchemy import insert

from bench.measure import memory, tree
from bench.polled import Polled
from repwatch.model import Outcome, Pair, SourceState, Validators
from repwatch.store import sources
from repwatch.store.database import Store, Tx
from repwatch.store.tables import mention, mention_key

MENTIONS = 100_000
STARTS = 3
START_GOAL = 3.0  # seconds
WINDOW = 60.0  # seconds that are measured
SETTLE = 30.0  # seconds before them
WAKE_UPS = 2.0  # a second

_PROGRAM = str(Path(sys.executable).with_name("repwatch"))
_TICK = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Goal:
    """``share`` of a core in percent, ``memory`` in MiB; ``wakes``: whether wake-ups count."""

    sources: int
    share: float
    memory: float
    wakes: bool = False


GOALS = (Goal(1_000, 0.2, 100), Goal(10_000, 0.3, 130, wakes=True))


@dataclass(frozen=True, slots=True)
class Idle:
    """CPU in percent of a core, context switches a second, the largest PSS in MiB."""

    share: float
    wakes: float
    peak: float


def main() -> int:
    """Print the figures; 0 when every goal is met, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--window", type=float, default=WINDOW, help="seconds that are measured")
    window = parser.parse_args().window
    met = [*_start_goals()]
    for goal in GOALS:
        met += _idle_goals(goal, window)
    return 0 if all(met) else 1


def _start_goals() -> Iterator[bool]:
    waits = [_first_poll() for _ in range(STARTS)]
    wait = median(waits)
    told = f"{wait:.2f} s from the start to the first poll, {MENTIONS} mentions (median of {STARTS})"
    yield _say(wait <= START_GOAL, f"{told}; goal: at most {START_GOAL:g} s")


def _idle_goals(goal: Goal, window: float) -> Iterator[bool]:
    seen = _idle(goal.sources, window)
    of = f"{goal.sources} idle sources"
    yield _say(seen.share <= goal.share, f"{of}: {seen.share:.2f} % of a core (goal: {goal.share:g} %)")
    yield _say(seen.peak <= goal.memory, f"{of}: {seen.peak:.0f} MiB of PSS (goal: {goal.memory:g} MiB)")
    told = f"{of}: {seen.wakes:.2f} wake-ups a second"
    if goal.wakes:
        yield _say(seen.wakes <= WAKE_UPS, f"{told} (goal: {WAKE_UPS:g})")
    else:
        print(f"      {told}")


def _say(met: bool, text: str) -> bool:
    print(f"{'PASS' if met else 'MISS'}  {text}", flush=True)
    return met


# --- measuring --------------------------------------------------------------------------------


def _first_poll() -> float:
    with tempfile.TemporaryDirectory() as name, Polled() as server:
        folder = Path(name)
        config = _configured(folder, [f"http://127.0.0.1:{server.port}/feed"])
        asyncio.run(_fill(folder, due=[], mentions=MENTIONS))
        started = time.monotonic()
        with _daemon(config):
            return server.wait() - started


def _idle(count: int, window: float) -> Idle:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        addresses = [f"http://127.0.{number // 250}.{number % 250 + 1}:9/{number}" for number in range(count)]
        config = _configured(folder, addresses)
        asyncio.run(_fill(folder, due=_names(count), mentions=0))
        with _daemon(config) as process:
            time.sleep(SETTLE)
            before, peak = _spent(process.pid), 0
            until = time.monotonic() + window
            while (left := until - time.monotonic()) > 0:
                peak = max(peak, sum(map(memory, tree(process.pid))))
                time.sleep(min(5.0, left))
            after = _spent(process.pid)
            if process.poll() is not None:
                sys.exit(f"the daemon ended with {process.returncode}")
    cpu, switches = (late - early for early, late in zip(before, after, strict=True))
    return Idle(100 * cpu / window, switches / window, peak / _MIB)


def _spent(root: int) -> tuple[float, int]:
    """Seconds of CPU and voluntary context switches (a thread went to sleep) of the process tree."""
    cpu, switches = 0, 0
    for pid in tree(root):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu += int(fields[11]) + int(fields[12])
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            lines = status.read_text().splitlines()
            switches += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))
    return cpu / _TICK, switches


@contextmanager
def _daemon(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [_PROGRAM, "--config", str(config), "run"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


# --- preparing --------------------------------------------------------------------------------


def _names(count: int) -> list[str]:
    return [f"feed{number}" for number in range(count)]


def _configured(folder: Path, addresses: Sequence[str]) -> Path:
    entries = [
        {"kind": "feed", "id": name, "url": address, "every": "1d"}
        for name, address in zip(_names(len(addresses)), addresses, strict=True)
    ]
    settings = {
        "contact": "bench@example.org",
        "database": "sqlite:///idle.db",
        "fetch": {"allow_private": ["127.0.0.0/8"]},
        "health": None,
        "subjects": [{"id": "ada", "name": "Ada Exemple", "relation": "self"}],
        "sources": entries,
    }
    path = folder / "repwatch.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    path.chmod(0o600)
    return path


async def _fill(folder: Path, *, due: Sequence[str], mentions: int) -> None:
    """States that are due in some hours, as after months of work, and a history."""
    store = Store(folder / "idle.db")
    await store.open()
    now = datetime.now(UTC)
    states = [_state(name, now + timedelta(hours=2, seconds=number)) for number, name in enumerate(due)]
    await store.write(lambda tx: sources.save(tx, states))
    for first in range(0, mentions, _CHUNK):
        await store.write(partial(_remember, numbers=range(first, first + _CHUNK), now=now))
    await store.close()


def _state(name: str, due: datetime) -> SourceState:
    return SourceState(
        Pair(name),
        next_due=due,
        last_run=due - timedelta(days=1),
        last_answer=due - timedelta(days=1),
        outcome=Outcome.OK,
        baseline_done=True,
        window=tuple(f"{number:016x}" for number in range(20)),
        pages={"ab02d8b644c22ceef5bc8b86d3e9a91d": Validators('"v1"', "", "0" * 64, due)},
    )


def _remember(tx: Tx, numbers: range, now: datetime) -> None:
    rows = [
        {
            "id": number + 1,
            "subject": "ada",
            "kind": "link",
            "url": f"https://town.example/{number}",
            "title": f"Ada Exemple opens workshop number {number}",
            "summary": "The town paper tells of it in some two hundred letters. " * 4,
            "site": "town.example",
            "author": "",
            "language": "en",
            "first_seen": now,
            "last_seen": now,
            "label": "me",
            "probability": 0.9,
            "reasons": [],
            "priority": "normal",
            "priority_reasons": [],
            "story": f"story {number}",
            "change": "new",
            "baseline": False,
            "fields": {},
        }
        for number in numbers
    ]
    tx.execute(insert(mention), rows)
    keys = [
        {"subject": "ada", "key": f"url:https://town.example/{number}", "mention": number + 1}
        for number in numbers
    ]
    tx.execute(insert(mention_key), keys)


if __name__ == "__main__":
    sys.exit(main())
