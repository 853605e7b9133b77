"""How much one fetch may take of our time, memory and patience, and what a source may reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from repwatch.model import Fields

Network = IPv4Network | IPv6Network

PATIENCE = 30.0
"""Seconds that a request waits for a host that wants to be left alone; for longer it is refused."""

Leaves = Callable[[str, bytes | None, datetime], None]
"""Told of each request, redirects too, in the moment it goes out: its address, its body and the time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one fetch: ``connect`` and ``total`` in seconds, ``body`` in decoded bytes.

    ``total`` covers everything that waits for the far side: names, TLS, every redirect, the body.
    ``header_bytes`` is checked after httpcore's own cap of 100 kB, so a lower number is what it adds.
    """

    connect: float = 10.0
    total: float = 30.0
    body: int = 8 * 1024 * 1024
    redirects: int = 5
    header_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner grants one source.

    ``allow`` lists the private networks that it may reach (``allow_private`` in the YAML), ``proxy`` is
    an ``http://`` address or empty, ``interval`` the least seconds between two requests to one host
    and port, ``headers`` go out with every request until a redirect leaves the origin.
    """

    allow: tuple[Network, ...] = ()
    proxy: str = ""
    interval: float = 1.0
    headers: Fields = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    reach: str = field(init=False, repr=False, compare=False)  # ``allow`` and ``proxy``, cheap to look up

    def __post_init__(self) -> None:
        object.__setattr__(self, "reach", " ".join([*map(str, self.allow), self.proxy]))
