"""The daemon: does one run, does it make progress, and when was anything checked?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from repwatch.aside import aside
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import RepwatchError, StoreError
from repwatch.rules.text import clean
from repwatch.service import question
from repwatch.service.progress import Health
from repwatch.store import sources
from repwatch.store.owner import DAEMON

_QUIET_HOURS = 26.0  # without a daemon and without a check, nobody watches
_LOG = "read the daemon's log, then restart it"


def running(visit: Visit) -> Iterator[Sign]:
    """Whether somebody watches."""
    found = visit.store.other_owner()
    if found is None:
        try:
            yield _unwatched(last_check(visit), visit.clock.now())
        except StoreError:  # told under "Database"
            yield skipped("running", "no daemon runs; the database does not tell when it last did")
        return
    who = f"process {found.pid}" if found.pid else "its process is not known"
    word = f"a {found.role or 'process'} {'runs' if found.role == DAEMON else 'has the database'}"
    yield good("running", f"{word} ({who})")


def _unwatched(last: datetime | None, now: datetime) -> Sign:
    advice = "start 'repwatch run', best as a service, or 'repwatch check' by cron"
    if last is None:
        return warn("running", "no daemon runs, and nothing was ever checked", advice)
    hours = (now - last).total_seconds() / 3600
    ago = f"{hours:.0f} h ago" if hours >= 1 else "less than an hour ago"
    seen = f"no daemon runs; the last check was {ago}"
    return warn("running", seen, advice) if hours > _QUIET_HOURS else good("running", seen)


def last_check(visit: Visit) -> datetime | None:
    """When any source was last checked; raises StoreError when there is a database that does not tell."""
    if not visit.config.database_path.exists():
        return None
    states = visit.store.read_now(sources.states)
    return max((state.last_run for state in states.values() if state.last_run), default=None)


async def health(visit: Visit) -> list[Sign]:
    """What the daemon says of its own progress, where the configuration gives it an address."""
    keys = visit.config.health
    if keys is None:
        return []
    expected = question.mark(visit.config.database_path)
    try:
        said = await aside(lambda: question.ask(keys.host, keys.port, expected), "repwatch-doctor")
    except RepwatchError as error:
        return [silent(error, alive=visit.store.other_owner() is not None)]
    return [progress(said)]


def progress(said: Mapping[str, object]) -> Sign:
    """The daemon's word: its state, and the cause when it is late or stuck."""
    state, cause = (clean(str(said.get(key) or ""), 200) for key in ("state", "cause"))
    if state in [health for health in Health if health.well]:
        return good("progress", f"{state}, says the daemon")
    return bad("progress", f"{state}: {cause or 'it does not say why'}", _LOG)


def silent(error: RepwatchError, *, alive: bool) -> Sign:
    """Nobody, or somebody else, answers."""
    if alive:
        return bad("progress", error.cause, f"{error.next_step}; {_LOG}")
    return skipped("progress", error.cause, error.next_step)
