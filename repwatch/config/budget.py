"""How much a source may be asked: ``100/day``, and when a day of it begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from repwatch.config.texttype import text_type
from repwatch.errors import ConfigError

EXAMPLES = "20/hour, 100/day, 500/week or 2000/month"

_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}
_FORM = re.compile(r"([1-9]\d{0,6}) ?/ ?(hour|day|week|month)")
_PATTERN = f"^{_FORM.pattern}$"


@dataclass(frozen=True, slots=True)
class Budget:
    """At most ``limit`` requests in each ``period``: an hour, day, week (from Monday) or month.

    The periods are those of the calendar in the configuration's time zone, so that everybody can
    tell when one ends.
    """

    limit: int
    period: str

    def __str__(self) -> str:
        return f"{self.limit}/{self.period}"

    @property
    def words(self) -> str:
        """As a sentence says it: "100 a day"."""
        return f"{self.limit} {'an' if self.period == 'hour' else 'a'} {self.period}"

    @property
    def seconds(self) -> float:
        """The usual length of the period."""
        return _HOURS[self.period] * 3600.0

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read what people write; raises ConfigError with examples."""
        found = _FORM.fullmatch(" ".join(text.lower().split()))
        if not found:
            raise ConfigError([f"this is no budget: {text[:60]!r}"], f"write it like {EXAMPLES}")
        return cls(int(found[1]), found[2])

    def since(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the period that holds ``at`` (aware) began, in UTC."""
        local = at.astimezone(zone)
        if self.period == "hour":
            return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        return _midnight(self._first_day(local.date()), zone)

    def until(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the period that holds ``at`` (aware) ends, in UTC."""
        if self.period == "hour":
            return self.since(at, zone) + timedelta(hours=1)
        days = {"day": 1, "week": 7, "month": 31}[self.period]
        first = self._first_day(at.astimezone(zone).date())
        return _midnight(self._first_day(first + timedelta(days=days)), zone)

    def _first_day(self, day: date) -> date:
        if self.period == "month":
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.period == "week" else day

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return text_type(cls, cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "string", "pattern": _PATTERN, "examples": ["100/day", "2000/month"]}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
