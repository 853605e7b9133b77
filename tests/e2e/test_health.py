"""``repwatch health`` beside a daemon, or what stands for one."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from repwatch.service.health import HealthServer
from repwatch.service.progress import Health, Progress
from repwatch.service.question import mark
from tests.e2e.program import run

CONFIGURATION = """\
contact: ada@example.org
database: sqlite:///memory.db
subjects: [{id: ada, name: Ada Exemple, relation: self}]
sources: [{kind: feed, url: "https://blog.example.org/feed"}]
channels: {mail: {kind: email, host: smtp.example.org, from: me@example.org}}
reports: [{channel: mail, to: me@example.org, every: 1h}]
"""


def call(home: Path, health: str, *arguments: str) -> CompletedProcess[str]:
    path = home / "repwatch.yaml"
    path.write_text(f"health: {health}\n{CONFIGURATION}", encoding="utf-8")
    path.chmod(0o600)
    return run(home, "health", *arguments)


async def asked(home: Path, state: Health, *arguments: str, cause: str = "") -> CompletedProcess[str]:
    now = Progress(state=state, started=datetime.now(UTC), cause=cause, sources=9, failing=2)
    async with HealthServer("127.0.0.1", 0, lambda: now, mark=mark(home / "memory.db")) as server:
        return await asyncio.to_thread(call, home, f"{{port: {server.port}}}", *arguments)


@pytest.fixture
def nobody() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def test_a_daemon_that_gets_on_exits_zero(tmp_path: Path) -> None:
    done = await asked(tmp_path, Health.OK)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok; 9 sources, 2 failing; last check not yet\n"


async def test_a_daemon_that_is_stuck_exits_one_and_says_why(tmp_path: Path) -> None:
    done = await asked(tmp_path, Health.STUCK, cause="no tick for 20 minutes")
    assert done.returncode == 1
    assert done.stdout.startswith("stuck: no tick for 20 minutes; ")


async def test_a_script_gets_json_and_the_same_exit(tmp_path: Path) -> None:
    done = await asked(tmp_path, Health.LATE, "--json")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (1, "late")


def test_no_daemon_is_one_line_and_exits_one(tmp_path: Path, nobody: int) -> None:
    done = call(tmp_path, f"{{port: {nobody}}}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"repwatch: nobody answers at 127.0.0.1:{nobody}: Connection refused; is `repwatch run` running?\n"
    )


def test_an_endpoint_that_is_off_is_told(tmp_path: Path) -> None:
    done = call(tmp_path, "null")
    assert done.returncode == 1
    assert "turns the health endpoint off" in done.stderr
