"""The words of a report in one language: catalogue, plural forms, dates and shares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from repwatch.model import Reason

LANGUAGES = ("en", "fr")
_CATALOGUES = files("repwatch") / "report" / "locale"
_BEFORE = re.compile(r" (?=[:;?!»%])|(?<=«) ")
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}  # day before month in both
_MOMENT = {"en": "d MMM y, HH:mm", "fr": "d MMM y 'à' HH:mm"}


class Words:
    """Says things in ``language`` (an unknown one falls back to English), with times in ``timezone``.

    ``now`` is what "3 hours ago" counts from, and whose year goes without saying.
    """

    def __init__(self, language: str, timezone: str = "UTC", now: datetime | None = None) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self.timezone = timezone
        self._now = now or datetime.min.replace(tzinfo=UTC)
        self._entries = catalogue(self.language)
        self._locale = Locale.parse(_LOCALES[self.language])
        self._zone = ZoneInfo(timezone)

    def has(self, key: str) -> bool:
        """Whether the catalogue knows the key."""
        return key in self._entries

    def say(self, key: str, **values: object) -> str:
        """The text of a key, filled in; KeyError for a key that no catalogue has."""
        return self._entries[key].format(**values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The plural form of a key that goes with ``number``."""
        form = self._locale.plural_form(number)
        entry = self._entries.get(f"{key}.{form}") or self._entries[f"{key}.other"]
        return entry.format(number=self.number(number), **values)

    def labels(self) -> Mapping[str, str]:
        """The fixed words of the templates, by their short names."""
        pairs = (key.split(".", 1) for key in self._entries)
        return {
            name: self.say(f"label.{name}") for group, *rest in pairs if group == "label" for name in rest
        }

    def number(self, number: int) -> str:
        """An integer with the language's separators."""
        return format_decimal(number, locale=self._locale)

    def percent(self, share: float) -> str:
        """0.934 as "93%" or "93 %"; never a certainty that a probability cannot give."""
        return format_percent(min(max(share, 0.01), 0.99), format=None, locale=self._locale)

    def moment(self, at: datetime) -> str:
        """Day and time in the report's timezone."""
        local = at.astimezone(self._zone)
        pattern = _MOMENT[self.language]
        if local.year == self._now.year:
            pattern = pattern.replace(" y", "")
        return format_datetime(local, pattern, locale=self._locale)

    def day(self, at: datetime) -> str:
        """The day in full, in the report's timezone."""
        return format_date(at.astimezone(self._zone).date(), "long", locale=self._locale)

    def ago(self, at: datetime) -> str:
        """How long before (or after) now it is: "3 hours ago"."""
        return format_timedelta(at - self._now, add_direction=True, threshold=1, locale=self._locale)

    def span(self, seconds: float) -> str:
        """How long it is: "3 hours"."""
        return format_timedelta(timedelta(seconds=seconds), threshold=1, locale=self._locale)

    def reason(self, reason: Reason) -> str:
        """A ground of a decision in words; a code without words of its own is named as it is."""
        if self.has(f"reason.{reason.code}"):
            return self.say(f"reason.{reason.code}", detail=reason.detail)
        key = "reason.other" if reason.detail else "reason.other_plain"
        return self.say(key, code=reason.code, detail=reason.detail)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The flat catalogue of a language: ``section.new`` to text, plural forms as ``count.new.one``."""
    tree = yaml.safe_load((_CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8"))
    return {key: _typeset(text, language) for key, text in _flat(tree)}


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _typeset(text: str, language: str) -> str:
    """Curly apostrophes, and in French the no-break spaces that nobody should have to type."""
    text = text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return _BEFORE.sub("\N{NO-BREAK SPACE}", text) if language == "fr" else text
