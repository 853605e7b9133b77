"""How often: an interval, a time of day or a cron line, and when that comes round next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from repwatch.config.texttype import text_type
from repwatch.errors import ConfigError

EXAMPLES = "15m, 6h, 1d, day at 07:00, weekdays at 08:00, mon 08:30, or five cron fields"
SHORTEST = 30
LONGEST = 366 * 86_400

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DAYS = {"day": "*", "weekdays": "1-5", "weekends": "0,6"}
_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_INTERVAL = re.compile(r"(\d{1,8}) ?([smhdw])")
_WALL = re.compile(r"([a-z]+(?:, ?[a-z]+)*)(?: at)? (\d{1,2}):(\d{2})")
_CRON_FIELDS = 5
_SAMPLE = 60  # ticks looked at to tell a cron line's usual spacing
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # any fixed day will do


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm: ``seconds`` between two times, and the cron line if it follows the wall clock."""

    text: str
    seconds: float
    cron: str | None = None

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Cadence:
        """Read what people write; raises ConfigError with examples."""
        plain = " ".join(text.lower().split())
        if interval := _INTERVAL.fullmatch(plain):
            return cls(text, _interval(text, int(interval[1]) * _UNITS[interval[2]]))
        if wall := _WALL.fullmatch(plain):
            cron = _wall_clock(text, wall[1], int(wall[2]), int(wall[3]))
            return cls(text, _spacing(text, cron), cron)
        if len(plain.split()) == _CRON_FIELDS:
            return cls(text, _spacing(text, plain), plain)
        raise _refused(text, "this is no rhythm")

    def next_after(self, at: datetime, tz: ZoneInfo) -> datetime:
        """The first time after ``at`` (aware); the answer is in UTC.

        An interval simply adds. A wall-clock time comes exactly once a local day: an hour that the
        clock skips comes right after the gap, one that it repeats counts the first time only.
        """
        if self.cron is None:
            return (at + timedelta(seconds=self.seconds)).astimezone(UTC)
        ticks = CronSim(self.cron, at.astimezone(tz))
        # From within a repeated hour cronsim may answer with its first pass, which is over.
        return next(tick for tick in (each.astimezone(UTC) for each in ticks) if tick > at)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return text_type(cls, cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "string", "examples": ["15m", "1h", "day at 07:00", "mon 08:30", "0 7 * * 1-5"]}


def _interval(text: str, seconds: int) -> float:
    if seconds < SHORTEST:
        raise _refused(text, f"this is shorter than {SHORTEST} s")
    if seconds > LONGEST:
        raise _refused(text, "this is longer than a year")
    return float(seconds)


def _wall_clock(text: str, days: str, hour: int, minute: int) -> str:
    """The cron line of ``weekdays at 08:00`` and its like."""
    names = [name.strip() for name in days.split(",")]
    if len(names) == 1 and names[0] in _DAYS:
        week = _DAYS[names[0]]
    elif all(name in _WEEK for name in names):
        week = ",".join(str(_WEEK.index(name)) for name in names)
    else:
        raise _refused(text, "days are day, weekdays, weekends or mon to sun")
    if hour > 23 or minute > 59:  # noqa: PLR2004 (the last hour and minute of a day need no other name)
        raise _refused(text, "times run from 00:00 to 23:59")
    return f"{minute} {hour} * * {week}"


def _spacing(text: str, cron: str) -> float:
    """The usual number of seconds between two ticks of a cron line, which is checked on the way."""
    try:
        ticks = CronSim(cron, _MONDAY)
        times = [next(ticks) for _ in range(_SAMPLE)]
    except CronSimError as error:
        raise _refused(text, f"cron says: {error}") from error
    except StopIteration:
        raise _refused(text, "this never comes round") from None
    return float(median((after - before).total_seconds() for before, after in pairwise(times)))


def _refused(text: str, why: str) -> ConfigError:
    return ConfigError([f"{why}: {text[:60]!r}"], f"write it like {EXAMPLES}")
