"""A cycle over a thousand loopback feeds: repwatch beside ``reader update``, on one server, in one run.

Run as ``python -m bench.feeds`` with the interpreter of the environment repwatch is installed in. The
peer is in .venv-bench, made from requirements/bench.txt when it is missing.

Cycles: cold (all is new), settle (nothing is), warm (a quarter of the feeds has five new entries of
twenty). Every entry names the watched subject, so that each new one becomes a mention.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import yaml

from bench.measure import Usage, measured
from bench.server import SUBJECT, WARM, address, entries_in_all, host

CPU_GOAL = 0.35  # times the CPU of `reader update`, warm
MEMORY_GOAL = 150  # MiB, the whole process tree, in any cycle
GROWTH_GOAL = 5.5  # times the warm CPU, for five times the feeds
GROWTH = 5
CYCLES = ("cold", "settle", "warm")

_ROOT = Path(__file__).parent.parent
_PEER = _ROOT / ".venv-bench"
_FEEDS_A_HOST = 4


@dataclass(frozen=True, slots=True)
class Result:
    """The three cycles of one program in one round, and the share of the entries it found."""

    cycles: tuple[Usage, ...]
    found: int
    expected: int

    @property
    def warm(self) -> Usage:
        """The cycle that counts."""
        return self.cycles[WARM]


@dataclass(frozen=True, slots=True)
class Ground:
    """The feeds of one size: how many, where, and a folder for the programs' files."""

    feeds: int
    port: int
    folder: Path

    @property
    def hosts(self) -> int:
        """How many host and port pairs they are spread over."""
        return _hosts(self.feeds)

    @property
    def addresses(self) -> list[str]:
        """Of all the feeds."""
        return [address(feed, self.hosts, self.port) for feed in range(self.feeds)]

    def go_to(self, cycle: int) -> None:
        """Tell the server which cycle it is."""
        with urllib.request.urlopen(f"http://{host(0)}:{self.port}/-/cycle/{cycle}", timeout=10):
            pass


def main() -> int:
    """Print the table and the goals; 0 when all are met, else 1."""
    options = _options()
    _install_peer()
    ours, theirs = _compare(options.feeds, options.rounds)
    goals = [*_goals(ours, theirs)]
    if not options.skip_5000:
        many = GROWTH * options.feeds
        with _ground(many) as ground:
            grown = [_repwatch(ground)]
        _show(f"repwatch, {many} feeds", grown)
        goals += _growth_goals(ours, grown)
    for met, text in goals:
        print(f"{'PASS' if met else 'MISS'}  {text}")
    return 0 if all(met for met, _ in goals) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1, help="the medians of several rounds are compared")
    parser.add_argument("--skip-5000", action="store_true", help="leave out the five times larger run")
    return parser.parse_args()


def _compare(feeds: int, rounds: int) -> tuple[list[Result], list[Result]]:
    ours, theirs = [], []
    with _ground(_FEEDS_A_HOST) as ground:  # both compile their modules, as an installation does
        _reader(ground)
        _repwatch(ground)
    for _ in range(rounds):
        with _ground(feeds) as ground:
            theirs.append(_reader(ground))
            ours.append(_repwatch(ground))
    print(f"{'':24}" + "".join(f"{f'{cycle} CPU s':>14}{'wall s':>9}{'MiB':>7}" for cycle in CYCLES))
    _show(f"reader, {feeds} feeds", theirs)
    _show(f"repwatch, {feeds} feeds", ours)
    return ours, theirs


def _goals(ours: list[Result], theirs: list[Result]) -> Iterator[tuple[bool, str]]:
    ratio = _warm_cpu(ours) / _warm_cpu(theirs)
    yield ratio <= CPU_GOAL, f"warm CPU is {ratio:.2f} x that of reader (goal: at most {CPU_GOAL})"
    yield _all_found(ours), f"repwatch found {_found(ours)} entries"
    yield _all_found(theirs), f"reader found {_found(theirs)} entries"
    peak = _peak(ours)
    yield peak <= MEMORY_GOAL, f"peak memory is {peak:.0f} MiB PSS (goal: at most {MEMORY_GOAL})"


def _growth_goals(ours: list[Result], grown: list[Result]) -> Iterator[tuple[bool, str]]:
    ratio = _warm_cpu(grown) / _warm_cpu(ours)
    yield (
        ratio <= GROWTH_GOAL,
        f"{GROWTH} x the feeds cost {ratio:.2f} x the CPU (goal: at most {GROWTH_GOAL})",
    )
    yield _all_found(grown), f"repwatch found {_found(grown)} entries"


def _warm_cpu(results: Sequence[Result]) -> float:
    return median(result.warm.cpu for result in results)


def _peak(results: Sequence[Result]) -> float:
    return max(usage.peak for result in results for usage in result.cycles)


def _all_found(results: Sequence[Result]) -> bool:
    return all(result.found == result.expected for result in results)


def _found(results: Sequence[Result]) -> str:
    return ", ".join(f"{result.found} of {result.expected}" for result in results)


def _show(name: str, results: Sequence[Result]) -> None:
    cells = ""
    for cycle in range(len(CYCLES)):
        usages = [result.cycles[cycle] for result in results]
        cpu, wall = median(usage.cpu for usage in usages), median(usage.wall for usage in usages)
        cells += f"{cpu:14.2f}{wall:9.1f}{max(usage.peak for usage in usages):7.0f}"
    print(f"{name:24}{cells}", flush=True)


# --- the two programs ---------------------------------------------------------------------------


def _repwatch(ground: Ground) -> Result:
    database, config = ground.folder / "repwatch.db", ground.folder / "bench.yaml"
    config.write_text(_config(ground, database), encoding="utf-8")
    program = str(Path(sys.executable).with_name("repwatch"))
    cycles = _run(ground, [program, "--config", str(config), "check"])
    return Result(cycles, _count(database, "mention"), entries_in_all(ground.feeds, WARM))


def _config(ground: Ground, database: Path) -> str:
    subject = {"id": "bench", "name": SUBJECT, "relation": "self", "context": {"places": ["Lyon"]}}
    sources = [
        {"kind": "feed", "id": f"feed-{number}", "url": url} for number, url in enumerate(ground.addresses)
    ]
    settings = {
        "contact": "bench@demo.example",
        "database": f"sqlite:///{database}",
        # The peer does not pace itself, so neither do we here.
        "fetch": {"allow_private": ["127.0.0.0/8"], "interval": 0},
        "subjects": [subject],
        "sources": sources,
    }
    return yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)


def _reader(ground: Ground) -> Result:
    database = ground.folder / "reader.db"
    python = str(_PEER / "bin" / "python")
    adding = (
        "import reader, sys; r = reader.make_reader(sys.argv[1]); [r.add_feed(u.strip()) for u in sys.stdin]"
    )
    subprocess.run([python, "-c", adding, database], input="\n".join(ground.addresses), text=True, check=True)
    update = [python, "-m", "reader", "--db", str(database), "update", "--no-scheduled", "--workers", "10"]
    cycles = _run(ground, update)
    return Result(cycles, _count(database, "entries"), entries_in_all(ground.feeds, WARM))


def _run(ground: Ground, command: Sequence[str]) -> tuple[Usage, ...]:
    usages = []
    for cycle in range(len(CYCLES)):
        ground.go_to(cycle)
        usages.append(measured(command))
    return tuple(usages)


def _count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


# --- what they run on ---------------------------------------------------------------------------


def _hosts(feeds: int) -> int:
    return max(1, feeds // _FEEDS_A_HOST)


@contextmanager
def _ground(feeds: int) -> Iterator[Ground]:
    """A fresh server and a fresh folder."""
    command = [sys.executable, "-m", "bench.server", str(feeds), str(_hosts(feeds))]
    with (
        tempfile.TemporaryDirectory(prefix="repwatch-bench-") as folder,
        subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            yield Ground(feeds, int(server.stdout.readline()), Path(folder))
        finally:
            server.terminate()


def _install_peer() -> None:
    """Make .venv-bench anew, unless it was made from the very same lock file."""
    lock = _ROOT / "requirements" / "bench.txt"
    stamp = _PEER / "bench.txt"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    venv.create(_PEER, clear=True, with_pip=True)
    pip = [str(_PEER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "--requirement", str(lock)], check=True)
    stamp.write_bytes(lock.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
