"""Which private networks a source may reach, and which addresses need that leave."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

Network: TypeAlias = IPv4Network | IPv6Network

NAMED: dict[str, tuple[str, ...]] = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
}


def networks(value: object) -> tuple[Network, ...]:
    """Networks from CIDR texts and the names of ``NAMED``; raises PydanticCustomError."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise PydanticCustomError("networks", "expected a list of networks, as in [127.0.0.1/32]")
    return tuple(found for item in items for found in _network(item))


def _network(item: object) -> tuple[Network, ...]:
    if isinstance(item, IPv4Network | IPv6Network):
        return (item,)
    try:
        return tuple(ip_network(text) for text in NAMED.get(str(item), (str(item),)))
    except ValueError:
        raise PydanticCustomError(
            "networks",
            "{item} is not a network; write it as 127.0.0.1/32 or by name: {names}",
            {"item": repr(item), "names": ", ".join(NAMED)},
        ) from None


Networks = Annotated[
    tuple[Network, ...],
    BeforeValidator(networks),
    PlainSerializer(lambda found: [str(network) for network in found], return_type=list[str]),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "examples": [["loopback"]]}),
    Field(description="Private networks that may be reached: CIDR, or loopback, private, link-local"),
]


def refusal(address: str, allowed: Iterable[Network]) -> str:
    """Why this URL cannot be asked, or an empty text. Names are only resolved when connecting."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:
        return "this is not an address; write it as https://host/path"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "only http:// and https:// addresses can be asked"
    if parts.username is not None or parts.password is not None:
        return "an address must not carry a user name or password"
    ip = _literal(parts.hostname)
    if ip is None or ip.is_global or any(ip in network for network in allowed):
        return ""
    return (
        f"{parts.hostname} is a private address, which is refused by default;"
        f" if you mean it, add allow_private: [{ip}/{ip.max_prefixlen}]"
    )


def is_loopback(name: str) -> bool:
    """Whether this host, a name or an address, can only be this machine."""
    ip = _literal(name)
    return ip is not None and ip.is_loopback


def host(address: str) -> str:
    """The host of a URL, or an empty text if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name)
    except ValueError:
        return None
