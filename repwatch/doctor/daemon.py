"""The daemon: does one run, does it make progress, and when was anything checked?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network

from repwatch.config.settings import Config
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import SourceError, StoreError
from repwatch.fetch.limits import Limits, Policy
from repwatch.model import Request, Validators
from repwatch.rules.text import clean
from repwatch.store import sources
from repwatch.store.owner import DAEMON

_QUIET_HOURS = 26.0  # without a daemon and without a check, nobody watches
_ITS_OWN = frozenset({500, 503})  # how it says that it is late or stuck
_WELL = ("starting", "ok")
_LOG = "read the daemon's log, then restart it"
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def running(visit: Visit) -> Iterator[Sign]:
    """Whether somebody watches."""
    found = visit.store.other_owner()
    if found is None:
        yield _unwatched(last_check(visit), visit.clock.now())
        return
    who = f"process {found.pid}" if found.pid else "its process is not known"
    word = f"a {found.role or 'process'} {'runs' if found.role == DAEMON else 'has the database'}"
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
        page = await visit.fetcher.fetch(Request(address, expects=_ITS_OWN), policy, Validators())
    except SourceError as error:
        return [_silent(address, error, alive=visit.store.other_owner() is not None)]
    return [progress(address, page.body)]


def progress(address: str, body: bytes) -> Sign:
    """The daemon's word: its state, and the cause when it is late or stuck."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("program") != "repwatch":
        return bad("progress", f"another program answers at {address}", "give `health` a port of its own")
    state, cause = (clean(str(said.get(key) or ""), 200) for key in ("state", "cause"))
    if state in _WELL:
        return good("progress", f"{state}, says {address}")
    return bad("progress", f"{state}: {cause or 'it does not say why'}", _LOG)


def _silent(address: str, error: SourceError, *, alive: bool) -> Sign:
    seen = f"{address}: {error.cause}"
    return bad("progress", seen, _LOG) if alive else skipped("progress", seen, "start the daemon")


def health_address(config: Config) -> str:
    """The address of the daemon's /healthz, "" when the configuration gives it none."""
    keys = getattr(config, "health", None)
    if keys is None:
        return ""
    host = f"[{keys.host}]" if ":" in keys.host else keys.host
    return f"http://{host}:{keys.port}/healthz"
