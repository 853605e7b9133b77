"""Turns a host name into addresses, without ever holding up the event loop."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from repwatch.aside import aside
from repwatch.errors import Unreachable

_CAUSES = {
    socket.EAI_NONAME: "DNS: no such name",
    socket.EAI_AGAIN: "DNS: the name server does not answer",
    socket.EAI_FAIL: "DNS: the name server failed",
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "DNS: the name has no address",
}


class Resolver(Protocol):
    """Who knows the addresses of a name."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of ``host``, the preferred one first; raises Unreachable."""
        ...


class SystemResolver:
    """The machine's resolver, in threads of its own: a slow name server starves nobody else."""

    def __init__(self, at_once: int = 20) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of ``host``, the preferred one first; raises Unreachable."""
        if _is_address(host):
            return (host,)
        try:
            async with self._turns:
                found = await aside(partial(_look_up, host, port), "repwatch-dns")
        except socket.gaierror as error:
            raise Unreachable(
                _CAUSES.get(error.errno, f"DNS: {error.strerror}"), "check the address"
            ) from error
        except (UnicodeError, ValueError) as error:
            raise Unreachable("DNS: not a possible name", "check the address") from error
        return tuple(dict.fromkeys(found))


def _look_up(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
