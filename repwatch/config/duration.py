"""How long: ``90d``, ``2y`` or ``forever``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from repwatch.config.texttype import text_type
from repwatch.errors import ConfigError

EXAMPLES = "12h, 90d, 8w, 2y or forever"

_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
_FOREVER = "forever"
_FORM = re.compile(r"([1-9]\d{0,4}) ?([hdwy])")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; ``hours`` is None for one without end. A year has 365 days."""

    text: str
    hours: int | None = None

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read what people write; raises ConfigError with examples."""
        plain = text.strip().lower()
        if plain == _FOREVER:
            return cls(plain)
        found = _FORM.fullmatch(plain)
        if not found:
            raise ConfigError([f"this is no length of time: {text[:60]!r}"], f"write it like {EXAMPLES}")
        return cls(plain, int(found[1]) * _HOURS[found[2]])

    def before(self, now: datetime) -> datetime | None:
        """The moment so long before ``now``; None when that is before all time."""
        if self.hours is None:
            return None
        try:
            return now - timedelta(hours=self.hours)
        except OverflowError:
            return None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return text_type(cls, cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "string", "pattern": f"^({_FOREVER}|{_FORM.pattern})$", "examples": ["90d", _FOREVER]}
