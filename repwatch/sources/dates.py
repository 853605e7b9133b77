"""Reads the moment that a page gives for an item, and disbelieves the impossible ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from repwatch.rules.novelty import AHEAD, EARLIEST

# From here on an epoch number can only be milliseconds: as seconds it is the year 5138.
_MILLISECONDS_FROM = 100_000_000_000

# What results pages in English say; those of other languages stay without a date.
_AGO = re.compile(r"(\d{1,3}|an?) (min(?:ute)?|hour|day|week|month|year)s? ago", re.IGNORECASE)
_HOURS = {"min": 1 / 60, "minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 730, "year": 8766}


def sane(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment in UTC, or None when it lies before 1990 or more than two days after ``now``.

    A moment without zone counts as UTC.
    """
    if moment is None:
        return None
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # the year 1 or 9999 leaves the calendar when it changes zones
        return None
    return aware if EARLIEST <= aware <= now + AHEAD else None


def read(value: object, now: datetime, formats: Sequence[str] = ()) -> datetime | None:
    """The moment that ``value`` names: an epoch (s or ms), ISO 8601, RFC 2822, or one of ``formats``.

    "2 hours ago" counts back from ``now``, which is when the page was fetched.

    Never raises; what cannot be read, or cannot be true, is None.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return sane(_of_epoch(value), now)
    words = str(value).strip()
    for form in formats:
        try:
            return sane(datetime.strptime(words, form), now)  # noqa: DTZ007 - sane() adds the zone
        except ValueError:
            continue
    return sane(_of_words(words) or _ago(words, now), now)


def _of_epoch(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _of_words(words: str) -> datetime | None:
    if words.isdecimal() and len(words) >= len("1000000000"):
        return _of_epoch(int(words[:20]))
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(words)
    except (ValueError, IndexError, TypeError):
        return None


def _ago(words: str, now: datetime) -> datetime | None:
    found = _AGO.fullmatch(words)
    if not found:
        return None
    many = int(found[1]) if found[1].isdecimal() else 1
    return now - timedelta(hours=many * _HOURS[found[2].lower()])
