"""Another process, which does one step each time it is told to, so that nobody has to sleep."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLD_THE_WRITE_LOCK = """
import sqlite3
other = sqlite3.connect(path, isolation_level=None)
other.execute("BEGIN IMMEDIATE")
step()
other.execute("INSERT INTO host_state VALUES ('gazette.example:443', '2026-11-23 10:00:00.000000')")
other.execute("COMMIT")
"""

OWN_AS = """
from pathlib import Path
from repwatch.store.owner import Lock
lock = Lock(Path(path))
assert lock.take(role)
step()
lock.release()
"""

READ_AND_NEVER_LET_GO = """
import sqlite3
reader = sqlite3.connect(path, isolation_level=None)
reader.execute("BEGIN")
first = reader.execute("SELECT count(*) FROM host_state").fetchone()
step()
assert reader.execute("SELECT count(*) FROM host_state").fetchone() == first
reader.close()
"""

_BEFORE = """
import sys
path, role = sys.argv[1:]

def step():
    print("there", flush=True)
    sys.stdin.readline()

"""


class Other:
    """The process; it stands still in the middle of its work until ``go``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def go(self) -> None:
        """Let it finish."""
        self._process.communicate("\n", timeout=30)
        assert self._process.returncode == 0

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(timeout=30)


@contextmanager
def other_process(script: str, path: Path, role: str = "") -> Iterator[Other]:
    """Start it, wait until it is in the middle of its work, and end it with the test."""
    command = [sys.executable, "-c", _BEFORE + script, str(path), role]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "there\n"
            yield Other(process)
        finally:
            process.kill()
