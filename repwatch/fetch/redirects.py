"""Follows redirects: where one may lead, and what may still be said there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreachable
from repwatch.masking import mask
from repwatch.rules import refusal
from repwatch.rules.text import clean

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_KEEPS_METHOD = frozenset({307, 308})
_LAST_PORT = 65_535
_LONGEST = 8192  # characters of an address
_SHOWN = 200  # characters of one that an error quotes
# What says nothing about the owner; all else stays with the origin it was meant for.
_HARMLESS = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-none-match", "if-modified-since", "user-agent"}
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on the wire. Header names are in lower case."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {mask(str(self.url))}"

    @property
    def port(self) -> int:
        """The TCP port, also where the URL does not name it."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be equal for secrets to travel on."""
        return self.url.scheme, self.url.host, self.port


def address(url: str) -> httpx.URL:
    """``url`` parsed; raises Misconfigured for what can never be fetched."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise Misconfigured(f"not an address: {_shown(url)}", "mend the address") from error
    if not _is_web(parsed):
        raise Misconfigured(f"not a web address: {_shown(url)}", "it must start with http:// or https://")
    return parsed


@dataclass(slots=True)
class Trail:
    """The way of one fetch from hop to hop.

    ``most`` bounds the redirects, ``off_host`` says whether they may leave the first host, and
    ``moved_to`` is where the permanent redirects at the start of the way led, or empty.
    """

    hop: Hop
    most: int
    off_host: bool = True
    moved_to: str = ""
    _home: str = field(init=False)
    _seen: set[tuple[str, str]] = field(init=False)
    _permanent: bool = True

    def __post_init__(self) -> None:
        self._home = self.hop.url.host
        self._seen = {(self.hop.method, str(self.hop.url))}

    @property
    def redirected(self) -> bool:
        """Whether the present hop is somewhere that the far side chose."""
        return len(self._seen) > 1

    def follow(self, status: int, location: str) -> None:
        """Go on to the next hop; raises Unreachable for a redirect that we do not follow.

        One to a log-in, a consent page or a CAPTCHA is told as such: Blocked.
        """
        hop = _onward(self.hop, status, location)
        if not self.off_host and hop.url.host != self._home:
            raise _elsewhere(hop.url, "redirected to another site", "check that the page still exists")
        step = (hop.method, str(hop.url))
        if step in self._seen:
            raise Unreachable("the redirects go in a circle")
        self._seen.add(step)
        if len(self._seen) > self.most + 1:
            raise Unreachable(f"more than {self.most} redirects")
        self._permanent = self._permanent and status in PERMANENT
        if self._permanent:
            self.moved_to = mask(str(hop.url))  # only ever told to the owner
        self.hop = hop


def _onward(hop: Hop, status: int, location: str) -> Hop:
    """The next hop: another origin gets neither credentials, custom headers nor the body of a POST."""
    url = _target(hop.url, location)
    moved = Hop(hop.method, url, hop.headers, hop.body) if status in _KEEPS_METHOD else _as_get(hop, url)
    if moved.origin == hop.origin:
        return moved
    if moved.body is not None:
        raise _elsewhere(url, "redirected to another site with the query", "check the address")
    return Hop(moved.method, url, {name: value for name, value in moved.headers.items() if name in _HARMLESS})


def _elsewhere(url: httpx.URL, cause: str, next_step: str) -> SourceError:
    """What a redirect means that we do not follow."""
    if refused := refusal.place(str(url)):
        return Blocked(f"{refused} ({cause}: {url.host})")
    return Unreachable(f"{cause}: {url.host}", next_step)


def _as_get(hop: Hop, url: httpx.URL) -> Hop:
    return Hop("GET", url, {name: value for name, value in hop.headers.items() if name != "content-type"})


def _target(base: httpx.URL, location: str) -> httpx.URL:
    if not location.strip():
        raise Unreachable("a redirect without an address")
    if len(location) > _LONGEST:
        raise Unreachable("a redirect to an address that is too long")
    try:
        url = base.join(location.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise Unreachable(f"a redirect to no address: {_shown(location)}") from error
    if not _is_web(url):
        raise Unreachable(f"blocked: a redirect to a {url.scheme or 'strange'}: address")
    if url.userinfo:
        raise Unreachable("blocked: a redirect with a user name in its address")
    return url.copy_with(fragment=None)


def _shown(url: str) -> str:
    """An address as a log or a terminal may show it: no secret, no escape sequence, one short line."""
    return clean(mask(url), _SHOWN)


def _is_web(url: httpx.URL) -> bool:
    port = url.port
    return url.scheme in ("http", "https") and bool(url.host) and (port is None or 0 < port <= _LAST_PORT)
