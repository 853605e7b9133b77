"""One installation on loopback: its folder, configuration and database, and the program that runs there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from tests.e2e.program import PROGRAM, environment
from tests.torture.background import wait

SOON = 5.0  # seconds within which a restarted daemon asks its first source
LONGEST = 60.0  # seconds for a command that looks or sends once
STEP = 0.05  # seconds between two looks at what another process does


@dataclass
class Place:
    """Where the program plays; ``sources`` are ids and addresses, ``mail`` routes and ports."""

    folder: Path
    sources: Mapping[str, str]
    mail: Mapping[str, int]
    every: str = "30s"
    report: str = "30s"
    instant: bool = True
    data: Path | None = None  # where the database is, when not in the folder
    command: Sequence[str] = (PROGRAM,)
    extra: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.config.write_text(yaml.safe_dump(self._settings(), sort_keys=False), "utf-8")
        self.config.chmod(0o600)

    @property
    def config(self) -> Path:
        return self.folder / "repwatch.yaml"

    @property
    def database(self) -> Path:
        return (self.data or self.folder) / "torture.db"

    @property
    def log(self) -> Path:
        """What the program said on standard error, all lives after each other."""
        return self.folder / "log"

    def call(
        self, *arguments: str, prefix: Sequence[str] = (), seconds: float = LONGEST
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.line(*arguments, prefix=prefix),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def line(self, *arguments: str, prefix: Sequence[str] = ()) -> list[str]:
        """The command line of a command."""
        return [*prefix, *self.command, "--config", str(self.config), *arguments]

    def spread(self, seconds: float) -> None:
        """Let the sources come due one after the other over so many seconds, as after a life of years.

        Nothing runs meanwhile: this is how the stage is set, before the first fault.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        with closing(sqlite3.connect(self.database)) as db, db:
            names = [row[0] for row in db.execute("SELECT source FROM source_state ORDER BY source")]
            for turn, name in enumerate(names):
                at = now + timedelta(seconds=seconds * turn / len(names))
                stamp = at.isoformat(" ", "microseconds")
                db.execute("UPDATE source_state SET next_due = ? WHERE source = ?", (stamp, name))

    def start(self, *arguments: str, prefix: Sequence[str] = ()) -> Life:
        """Start a command (the daemon when none is named) in a process group of its own."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.line(*(arguments or ("run",)), prefix=prefix),
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return Life(process, time.time())

    @property
    def _environment(self) -> dict[str, str]:
        return environment(self.folder, **self.environment)

    def _settings(self) -> dict[str, object]:
        return {
            "language": "en",
            "timezone": "Europe/Paris",
            "contact": "ada@example.org",
            "database": f"sqlite:///{self.database}",
            "fetch": {"allow_private": ["loopback"], "interval": 0},
            "subjects": [
                {
                    "id": "ada",
                    "name": "Ada Exemple",
                    "relation": "self",
                    "context": {"employers": ["Atelier Fictif"]},
                    "not_me": {"topics": ["patinage"]},
                }
            ],
            "sources": [
                {"kind": "feed", "id": name, "url": url, "every": self.every}
                for name, url in self.sources.items()
            ],
            "channels": {name: channel(port) for name, port in self.mail.items()},
            "reports": [self._report(name) for name in self.mail],
            **self.extra,
        }

    def _report(self, name: str) -> dict[str, object]:
        report: dict[str, object] = {
            "id": name,
            "channel": name,
            "to": f"{name}@example.org",
            "every": self.report,
        }
        return {**report, "instant": {"priority": "normal"}} if self.instant else report


def channel(port: int) -> dict[str, object]:
    """A mail server on loopback, as the configuration names it."""
    return {
        "kind": "email",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "repwatch@example.org",
    }


@dataclass
class Life:
    """A process group of the program, from its start to its end."""

    process: subprocess.Popen[bytes]
    started: float  # wall clock

    def kill(self) -> None:
        """End the whole group at once, as a power cut would, and wait until it is gone."""
        self.kill_now()
        self.process.wait()

    def kill_now(self) -> None:
        """End the whole group, the parser children too."""
        with suppress(ProcessLookupError):  # it was over already
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self, seconds: float = 15.0) -> int:
        """Ask it to end, and give its exit status; one that does not end in time is killed."""
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        return self.process.returncode

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def pids(self) -> list[int]:
        """The program and every process below it."""
        return [self.process.pid, *below(self.process.pid)]


def below(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [each for child in found for each in (child, *below(child))]


def memory(pids: Sequence[int]) -> float:
    """MiB that these processes hold, shared pages counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
        except OSError:
            continue  # it has gone
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def happens(condition: Callable[[], object], seconds: float) -> bool:
    """Whether it comes true in time; another process makes it so, which cannot tell us."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        wait(STEP)
    return True
