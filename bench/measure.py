"""What a command costs: CPU, wall time and the memory of its whole process tree."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event, Thread

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU (user and system, children that were waited for included) and wall time in seconds.

    ``peak`` is the largest sum of PSS over the process tree that a sample saw, in MiB. PSS shares a
    page among those who map it, so a forked child is not counted twice.
    """

    cpu: float
    wall: float
    peak: float


def measured(command: Sequence[str], *, sample: bool = True) -> Usage:
    """Run ``command`` to its end, silently; SystemExit with its output when it fails."""
    started = time.monotonic()
    with subprocess.Popen(
        command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        watcher = _Watcher(process.pid) if sample else None
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    peak = watcher.stop() if watcher else 0.0
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode(errors='replace')}")
    return Usage(usage.ru_utime + usage.ru_stime, wall, peak)


@cache
def _environment() -> dict[str, str]:
    """Ours, but compiled modules are kept, as every installed program has them (for this run only)."""
    kept = mkdtemp(prefix="repwatch-bench-bytecode-")
    atexit.register(rmtree, kept)
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return ours | {"PYTHONPYCACHEPREFIX": kept}


class _Watcher(Thread):
    """Samples the memory of a process tree, and remembers everybody it saw."""

    _EVERY = 0.1

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._seen: set[int] = set()
        self._peak = 0
        self._over = Event()
        self.start()

    def run(self) -> None:
        """Look again and again, until told to stop."""
        while not self._over.wait(self._EVERY):
            now = set(tree(self._root))
            self._seen |= now
            self._peak = max(self._peak, sum(map(memory, now)))

    def stop(self) -> float:
        """The peak in MiB. A survivor would mean CPU that nobody counted."""
        self._over.set()
        self.join()
        alive = [pid for pid in self._seen if Path(f"/proc/{pid}").exists()]
        if alive:
            sys.exit(f"processes {alive} outlived their parent: their CPU is not in the figures")
        return self._peak / _MIB


def tree(root: int) -> Iterator[int]:
    """The process and all its descendants."""
    yield root
    for thread in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = thread.read_text().split()
        except OSError:  # it ended while we looked
            continue
        for child in children:
            yield from tree(int(child))


def memory(pid: int) -> int:
    """PSS in bytes, 0 for a process that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
