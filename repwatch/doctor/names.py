"""The names that the configuration uses: does the resolver know them, quickly, and as public ones?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from repwatch.doctor.probes import is_here, plan
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import SourceError
from repwatch.fetch.guard import check_address
from repwatch.fetch.limits import Network
from repwatch.jobs.watched import Watched
from repwatch.model import Request

SECONDS = 15.0  # for one name
_SLOW = 2.0
_RESOLVER = "check the network and /etc/resolv.conf of this machine"


@dataclass(frozen=True, slots=True)
class Name:
    """A name, who uses it, and which private networks it may stand for (None: any, it is our mail)."""

    host: str
    user: str
    port: int
    allow: Sequence[Network] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the resolver said of a name, and how long it took."""

    name: Name
    seconds: float
    addresses: Sequence[str] = ()
    error: str = ""


async def resolved(visit: Visit) -> list[Sign]:
    """Every name, all at once."""
    wanted = [name for name in names(visit) if not is_literal(name.host)]
    if not wanted:
        return [skipped("names", "the configuration uses no name that is looked up")]
    found = await asyncio.gather(*(look_up(visit, name) for name in wanted))
    return list(told(found))


def names(visit: Visit) -> list[Name]:
    """Each name once: those of the sources, or of their proxies, and those of the mail servers."""
    known = {name.host: name for name in (*_mail_names(visit), *_source_names(visit.watched))}
    return list(known.values())


def _source_names(watched: Sequence[Watched]) -> Iterator[Name]:
    for source in watched:
        planned = plan(source)
        if isinstance(planned, Request):
            parts = urlsplit(source.policy.proxy or planned.url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            yield Name(parts.hostname or "", source.id, port, source.policy.allow)


def _mail_names(visit: Visit) -> Iterator[Name]:
    for entry in visit.config.channels.values():
        if host := getattr(entry.options, "host", ""):
            yield Name(str(host), entry.id, int(getattr(entry.options, "effective_port", 25)), None)


def is_literal(host: str) -> bool:
    """Whether no name server is asked: the host is an address already, or this machine."""
    try:
        ip_address(host)
    except ValueError:
        return is_here(host)
    return True


async def look_up(visit: Visit, name: Name) -> Found:
    """Ask the resolver that the sources use."""
    started = visit.clock.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            addresses = await visit.names.resolve(name.host, name.port)
    except SourceError as error:
        return Found(name, visit.clock.monotonic() - started, error=error.cause)
    except TimeoutError:
        return Found(name, SECONDS, error=f"DNS: no answer within {SECONDS:.0f} s")
    return Found(name, visit.clock.monotonic() - started, addresses)


def told(found: Sequence[Found]) -> Iterator[Sign]:
    """The troubles, each with who has it; one line for all that went well."""
    failed = [each for each in found if each.error]
    if len(failed) == len(found):
        yield bad("names", f"no name can be looked up ({failed[0].error})", _RESOLVER)
        return
    for each in failed:
        advice = f"check the address of {each.name.user!r} for a typing mistake"
        yield bad("names", f"{each.name.host}: {each.error}", advice)
    answered = [each for each in found if not each.error]
    for each in answered:
        yield from _private(each)
    yield _pace(answered)


def _private(found: Found) -> Iterator[Sign]:
    """An address that the guard would not connect to."""
    try:
        for address in found.addresses if found.name.allow is not None else ():
            check_address(address, found.name.allow or ())
    except SourceError as error:
        step = error.next_step or "ask whoever runs the name server"
        yield bad("names", f"{found.name.host} ({found.name.user}): {error.cause}", step)


def _pace(answered: Sequence[Found]) -> Sign:
    slowest = max(answered, key=lambda each: each.seconds)
    count = f"{len(answered)} name{'s' * (len(answered) != 1)}"
    seen = f"{count} looked up, the slowest in {slowest.seconds:.1f} s ({slowest.name.host})"
    if slowest.seconds > _SLOW:
        return warn("names", seen, f"a slow resolver delays every check: {_RESOLVER}")
    return good("names", seen)
