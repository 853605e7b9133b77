"""Speaks to the service manager by its notification protocol; without one, nothing is said."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import MutableMapping
from typing import Self

from repwatch.clock import Clock

log = logging.getLogger(__name__)

PATIENCE = 0.2  # seconds the manager may take to accept a message; the daemon waits no longer
LONGEST = 500  # characters of a status

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Notifier:
    """The daemon's voice, as sd_notify(3) has it; a message that cannot be sent disturbs nobody.

    ``address`` is that of the manager's socket, ``watchdog`` the seconds within which it wants a sign
    of life; either may be nothing.
    """

    def __init__(self, address: str, watchdog: float | None, clock: Clock) -> None:
        self._address = address
        self._watchdog_seconds = watchdog
        self._clock = clock
        self._last_sign: float | None = None
        self.silenced = False

    @classmethod
    def from_environment(cls, clock: Clock, variables: MutableMapping[str, str] | None = None) -> Self:
        """The voice that the manager asked for, and nobody after us: its variables are removed.

        A child that found them could speak in our name.
        """
        environment = os.environ if variables is None else variables
        address, every, for_whom = (environment.pop(name, "") for name in _VARIABLES)
        if not address.startswith(("/", "@")):  # the two kinds of Unix sockets
            address = ""
        ours = for_whom in ("", str(os.getpid()))
        return cls(address, _seconds(every) if address and ours else None, clock)

    @property
    def watchdog_seconds(self) -> float | None:
        """Within how many seconds a sign of life is due, if one is."""
        return self._watchdog_seconds

    def ready(self) -> None:
        """Say that the start, or a reload, is done."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is being read again; ``ready`` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(self._clock.monotonic() * 1_000_000)}")

    def stopping(self) -> None:
        """Say that the daemon is on its way out."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line how things stand; `systemctl status` shows it."""
        self._send(f"STATUS={' '.join(text.split())[:LONGEST]}")

    def watchdog(self) -> None:
        """Give a sign of life. Call it as often as you like: at most four go out in the time allowed."""
        if self._watchdog_seconds is None:
            return
        now = self._clock.monotonic()
        if self._last_sign is None or now - self._last_sign >= self._watchdog_seconds / 4:
            self._last_sign = now
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        path = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.settimeout(PATIENCE)
                manager.connect(path)
                manager.send(message.encode())
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        """Once: a manager that went away would otherwise fill the log."""
        if not self.silenced:
            self.silenced = True
            log.warning("the service manager at %s does not listen: %s", self._address, error)


def _seconds(microseconds: str) -> float | None:
    """What WATCHDOG_USEC says; nothing where it says nothing sensible."""
    return int(microseconds) / 1_000_000 if microseconds.isdecimal() and int(microseconds) else None
