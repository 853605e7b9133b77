"""The daemon: does one run, does it make progress, and when was anything checked?"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

from repwatch.config.settings import Config
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import SourceError, StoreError
from repwatch.fetch.limits import Limits, Policy
from repwatch.model import Request, Validators
from repwatch.rules.text import clean
from repwatch.store import sources

_QUIET_HOURS = 26.0  # without a daemon and without a check, nobody watches
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_LONGEST_ROLE = 40


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the database; ``pid`` is 0 where its lock does not say."""

    role: str
    pid: int


def owner(database: Path) -> Owner | None:
    """The process that holds ``<database>.lock``, if one does.

    The shared lock that we ask for is let go at once: it only finds out whether another one is there.
    """
    try:
        descriptor = os.open(database.with_name(database.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return read_owner(os.read(descriptor, 200))
    finally:
        os.close(descriptor)
    return None


def read_owner(content: bytes) -> Owner:
    """``daemon 1234``, or what can be made of it."""
    words = content.decode("utf-8", "replace").split()
    role = clean(words[0], _LONGEST_ROLE) if words else ""
    pid = words[1] if len(words) > 1 else ""
    return Owner(role or "process", int(pid) if pid.isascii() and pid.isdecimal() and len(pid) <= 10 else 0)  # noqa: PLR2004


def running(visit: Visit) -> Iterator[Sign]:
    """Whether somebody watches."""
    found = owner(visit.config.database_path)
    if found is None:
        yield _unwatched(last_check(visit), visit.clock.now())
        return
    who = f"process {found.pid}" if found.pid else "its process is not known"
    word = "a daemon runs" if found.role == "daemon" else f"a {found.role} has the database"
    yield good("running", f"{word} ({who})")


def _unwatched(last: datetime | None, now: datetime) -> Sign:
    advice = "start 'repwatch run', best as a service, or 'repwatch check' by cron"
    if last is None:
        return warn("running", "no daemon runs, and nothing was ever checked", advice)
    hours = (now - last).total_seconds() / 3600
    seen = f"no daemon runs; the last check was {hours:.0f} h ago"
    return warn("running", seen, advice) if hours > _QUIET_HOURS else good("running", seen)


def last_check(visit: Visit) -> datetime | None:
    """When any source was last checked, as far as the database tells."""
    try:
        states = visit.store.read_now(sources.states)
    except StoreError:
        return None
    return max((state.last_run for state in states.values() if state.last_run), default=None)


async def health(visit: Visit) -> list[Sign]:
    """What the daemon says of its own progress, where the configuration gives it an address."""
    address = health_address(visit.config)
    if not address:
        return []
    policy = Policy(allow=_LOOPBACK, interval=0.0, limits=Limits(connect=3.0, total=5.0))
    try:
        page = await visit.fetcher.fetch(Request(address), policy, Validators())
    except SourceError as error:
        return [_unhealthy(address, error, alive=owner(visit.config.database_path) is not None)]
    return [good("progress", f"{address}: {clean(page.body.decode('utf-8', 'replace'), 200)}")]


def _unhealthy(address: str, error: SourceError, *, alive: bool) -> Sign:
    if alive:
        return bad("progress", f"{address}: {error.cause}", "read the daemon's log, then restart it")
    return skipped("progress", f"{address}: {error.cause}", "start the daemon")


def health_address(_config: Config) -> str:
    """The address of /healthz, "" when there is none. The one place to wire the ``health`` key into."""
    return ""
