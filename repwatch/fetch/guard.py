"""Lets a connection leave only for a public address, or for a private one the owner named."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import httpcore

from repwatch.errors import Misconfigured, Unreachable
from repwatch.fetch import wire
from repwatch.fetch.limits import Network
from repwatch.fetch.resolver import Resolver

Address = IPv4Address | IPv6Address

_TRIES = 3  # addresses tried for one connection; a name may list hundreds
_CONNECT = 10.0  # seconds, where httpcore hands no limit down
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")  # the only IPv6 space that is handed out to the public
_SPECIAL = (  # ranges that some Python versions still call global
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
)


def check_address(address: str, allow: Iterable[Network] = ()) -> None:
    """Return if ``address`` (an IP address as text) is public or in ``allow``.

    Raises Misconfigured otherwise, with the line of YAML that would allow it. An address that wraps
    another one (6to4, Teredo, NAT64) is as private as the one inside.
    """
    ip = _plain(address)
    if any(ip in network for network in allow):
        return
    if not all(_is_public(part) for part in (ip, *_wrapped(ip))):
        raise Misconfigured(
            f"blocked: {ip} is not a public address",
            f"if this address is yours, add `allow_private: [{ip}/{ip.max_prefixlen}]` to the source",
        )


def check_literal(host: str, allow: Iterable[Network] = ()) -> None:
    """Check a host that is itself an address, in any notation a C library takes; let names pass."""
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        try:
            address = socket.inet_ntoa(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return
    check_address(address, allow)


async def permitted(resolver: Resolver, host: str, port: int, allow: Sequence[Network] = ()) -> Sequence[str]:
    """The addresses of ``host`` that may be tried, the preferred one first.

    Raises Unreachable where there is none, Misconfigured where one of them may not be reached: a private
    answer among public ones is an attack, not a choice.
    """
    addresses = await resolver.resolve(host, port)
    if not addresses:
        raise Unreachable("DNS: the name has no address", "check the address")
    for address in addresses:
        check_address(address, allow)
    return addresses[:_TRIES]


def _plain(address: str) -> Address:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError as error:
        raise Unreachable("DNS: the answer is no address") from error
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip


def _wrapped(ip: Address) -> Sequence[Address]:
    if isinstance(ip, IPv4Address):
        return ()
    if ip in _NAT64:
        return (IPv4Address(int(ip) & 0xFFFFFFFF),)
    return tuple(inner for inner in (ip.sixtofour, *(ip.teredo or ())) if inner is not None)


def _is_public(ip: Address) -> bool:
    if ip in _NAT64:
        return True  # what counts is the address inside
    if isinstance(ip, IPv6Address) and ip not in _UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were checked: the name is asked once and the answer pinned."""

    def __init__(self, resolver: Resolver, allow: Sequence[Network] = ()) -> None:
        self._resolver = resolver
        self._allow = allow

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.AsyncNetworkStream:
        """Connect to ``host``; ``timeout`` in seconds is shared by the addresses that are tried."""
        tried = await permitted(self._resolver, host, port, self._allow)
        return await _first(tried, port, (timeout or _CONNECT) / len(tried))

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's signature
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: nothing on the web lives in a Unix socket."""
        raise Misconfigured("blocked: a Unix socket is not an address on the web")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its own retries (we ask for none)."""
        await asyncio.sleep(seconds)


async def _first(addresses: Sequence[str], port: int, seconds: float) -> httpcore.AsyncNetworkStream:
    *others, last = addresses
    for address in others:
        try:
            return await wire.connect(address, port, seconds)
        except Unreachable:
            continue
    return await wire.connect(last, port, seconds)
