"""The time: does our clock agree with the web's, and does the zone know its summers?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)  # no honest clock shows an earlier time to this program
_OFF, _FAR_OFF = 120.0, 3_600.0  # seconds
_YEAR = 366
_ADVICE = "let the machine set it: timedatectl set-ntp true, or install chrony"


def now(visit: Visit) -> Iterator[Sign]:
    """Whether the clock can be right at all."""
    at = visit.clock.now()
    if at < RELEASED:
        yield bad("now", f"{at:%Y-%m-%d %H:%M} UTC is before this program was made", _ADVICE)
    else:
        yield good("now", f"{at:%Y-%m-%d %H:%M} UTC")


async def agreement(visit: Visit) -> list[Sign]:
    """Our clock against the ``Date`` of the answers that the sources gave, one voice a host."""
    voices = {probe.host: probe.ahead for probe in await visit.probes.made() if probe.ahead is not None}
    if not voices:
        return [skipped("agreement", "no other machine's answer told its time")]
    return [judged(statistics.median(voices.values()), len(voices))]


def judged(ahead: float, hosts: int) -> Sign:
    """What a difference of so many seconds means."""
    off = abs(ahead)
    way = "ahead of" if ahead > 0 else "behind"
    seen = f"{span(off)} {way} the web (median of {hosts} host{'s' * (hosts != 1)})"
    if off > _FAR_OFF:
        return bad("agreement", seen, _ADVICE)
    return warn("agreement", seen, _ADVICE) if off > _OFF else good("agreement", seen)


def span(seconds: float) -> str:
    """A difference in words."""
    if seconds >= 2 * 3_600:
        return f"{seconds / 3_600:.0f} h"
    return f"{seconds / 60:.0f} min" if seconds >= _OFF else f"{seconds:.0f} s"


def zone(visit: Visit) -> Iterator[Sign]:
    """The zone of every time in the configuration, and its next change."""
    timezone, at = visit.config.timezone, visit.clock.now()
    change = next_change(timezone, at)
    then = f"; the clocks change on {change:%Y-%m-%d}" if change else "; no change within a year"
    yield good("zone", f"{timezone.key}, where it is {at.astimezone(timezone):%H:%M} now{then}")


def next_change(timezone: ZoneInfo, at: datetime) -> datetime | None:
    """The first local day, within a year, that ends at another distance from UTC than today's."""
    offset = at.astimezone(timezone).utcoffset()
    for days in range(1, _YEAR + 1):
        day = (at + timedelta(days=days)).astimezone(timezone)
        if day.utcoffset() != offset:
            return changed_on(timezone, at + timedelta(days=days - 1), offset)
    return None


def changed_on(timezone: ZoneInfo, start: datetime, offset: timedelta | None) -> datetime:
    """The local time of the first hour after ``start`` whose distance from UTC is not ``offset``."""
    hours = (start + timedelta(hours=hour) for hour in range(1, 25))
    return next(at.astimezone(timezone) for at in hours if at.astimezone(timezone).utcoffset() != offset)
