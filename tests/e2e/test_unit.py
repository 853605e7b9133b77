"""The unit's own command line, and what the service manager hears from it on a real socket."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Stage
from tests.e2e.program import environment
from tests.unit_file import command

PATIENCE = 30  # seconds; a busy machine starts slowly


class Manager:
    """Starts the daemon as systemd would, and listens."""

    def __init__(self, stage: Stage, listening: socket.socket) -> None:
        self._listening = listening
        self.process = subprocess.Popen(
            command(stage.config),
            cwd=stage.home,
            env=environment(
                stage.home, NOTIFY_SOCKET=listening.getsockname(), WATCHDOG_USEC=f"{2 * 1_000_000}"
            ),
            stderr=subprocess.PIPE,
            text=True,
        )

    def hears(self, message: str) -> bool:
        """Whether the message comes; what comes before it is left aside."""
        try:
            while message not in self._listening.recv(4_096).decode().splitlines():
                pass
        except TimeoutError:
            return False
        return True

    def tells(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@pytest.fixture
def manager(stage: Stage) -> Iterator[Manager]:
    with listening(stage.home / "notify") as found, managed(stage, found) as manager:
        assert manager.hears("READY=1")
        yield manager


def listening(path: Path) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    found.bind(str(path))
    found.settimeout(PATIENCE)
    return found


@contextmanager
def managed(stage: Stage, found: socket.socket) -> Iterator[Manager]:
    manager = Manager(stage, found)
    with manager.process:
        try:
            yield manager
        finally:
            manager.process.kill()


def test_it_gives_signs_of_life(manager: Manager) -> None:
    assert all(manager.hears("WATCHDOG=1") for _ in range(3))


def test_a_reload_is_announced_and_ended(manager: Manager) -> None:
    manager.tells(signal.SIGHUP)
    assert manager.hears("RELOADING=1")
    assert manager.hears("READY=1")


def test_a_stop_is_announced_and_ends_with_zero(manager: Manager) -> None:
    manager.tells(signal.SIGTERM)
    assert manager.hears("STOPPING=1")
    _, log = manager.process.communicate(timeout=10)
    assert manager.process.returncode == 0, log
