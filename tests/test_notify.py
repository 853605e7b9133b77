"""What the service manager hears, on a real socket."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from repwatch.service.notify import LONGEST, Notifier
from tests.fakes import FakeClock

Manager = socket.socket


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with listening(str(tmp_path / "notify")) as found:
        yield found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def listening(address: str) -> Manager:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    found.bind(address)
    found.settimeout(0)
    return found


def heard(manager: Manager) -> list[str]:
    """Everything said so far."""
    said = []
    while True:
        try:
            said.append(manager.recv(4_096).decode())
        except BlockingIOError:
            return said


def voice(manager: Manager, clock: FakeClock, **more: str) -> Notifier:
    name = manager.getsockname()
    address = name if isinstance(name, str) else f"@{name[1:].decode()}"
    return Notifier.from_environment(clock, {"NOTIFY_SOCKET": address, **more})


def test_each_message_is_what_the_protocol_calls_it(manager: Manager, clock: FakeClock) -> None:
    clock.advance(12.5)
    ours = voice(manager, clock)
    ours.ready()
    ours.reloading()
    ours.stopping()
    assert heard(manager) == ["READY=1", "RELOADING=1\nMONOTONIC_USEC=12500000", "STOPPING=1"]


def test_an_abstract_socket_is_found(clock: FakeClock) -> None:
    with listening(f"\0repwatch-test-{os.getpid()}") as manager:
        voice(manager, clock).ready()
        assert heard(manager) == ["READY=1"]


def test_a_status_is_one_bounded_line(manager: Manager, clock: FakeClock) -> None:
    ours = voice(manager, clock)
    ours.status("9 sources\nREADY=1")
    ours.status("x" * 10_000)
    assert heard(manager) == ["STATUS=9 sources READY=1", "STATUS=" + "x" * LONGEST]


def test_a_sign_of_life_goes_out_four_times_in_the_time_allowed(manager: Manager, clock: FakeClock) -> None:
    ours = voice(manager, clock, WATCHDOG_USEC="8000000")
    for _ in range(16):
        ours.watchdog()
        clock.advance(0.5)
    assert heard(manager) == ["WATCHDOG=1"] * 4
    assert ours.watchdog_seconds == 8


@pytest.mark.parametrize("wanted", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}])
def test_without_a_watchdog_no_sign_of_life_is_given(
    manager: Manager, clock: FakeClock, wanted: dict[str, str]
) -> None:
    ours = voice(manager, clock, **wanted)
    ours.watchdog()
    assert (heard(manager), ours.watchdog_seconds) == ([], None)


@pytest.mark.parametrize(("pid", "signs"), [(os.getpid(), ["WATCHDOG=1"]), (os.getpid() + 1, [])])
def test_a_watchdog_meant_for_another_process_is_not_ours(
    manager: Manager, clock: FakeClock, pid: int, signs: list[str]
) -> None:
    voice(manager, clock, WATCHDOG_USEC="8000000", WATCHDOG_PID=str(pid)).watchdog()
    assert heard(manager) == signs


def test_children_do_not_find_the_managers_variables(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.setenv(name, "1")
    Notifier.from_environment(clock)
    assert {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}.isdisjoint(os.environ)


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "notify"])
def test_without_a_socket_nothing_is_said(
    caplog: pytest.LogCaptureFixture, clock: FakeClock, address: str
) -> None:
    Notifier.from_environment(clock, {"NOTIFY_SOCKET": address}).ready()
    assert caplog.records == []


def test_a_manager_that_went_away_is_told_once_and_disturbs_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, clock: FakeClock
) -> None:
    ours = Notifier.from_environment(clock, {"NOTIFY_SOCKET": str(tmp_path / "gone")})
    with caplog.at_level(logging.WARNING):
        ours.ready()
        ours.stopping()
    assert len(caplog.records) == 1


def test_a_manager_that_never_reads_does_not_hold_us_up(manager: Manager, clock: FakeClock) -> None:
    ours = voice(manager, clock)
    while not ours.silenced:
        ours.ready()
    assert set(heard(manager)) == {"READY=1"}
