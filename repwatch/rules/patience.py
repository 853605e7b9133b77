"""Says how long a service wants to be left alone, by the headers of its refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_EPOCH_FROM = 1_000_000_000  # a smaller number counts the seconds that are left
_LONGEST = 366 * 86_400.0
_USED_UP = re.compile(r"0(?:\.0+)?")


def asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, unclamped: ``Retry-After``, else when a limit that is used up begins anew.

    ``headers`` have lower-case names. None where nothing, or nothing sensible, is said.
    """
    wait = retry_after(headers.get("retry-after", ""), now)
    return wait if wait is not None else _until_reset(headers, now)


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header: a number or an HTTP date."""
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return _ahead(parsedate_to_datetime(text), now)
    except (ValueError, OverflowError):
        return None


def _until_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the limit begins anew, if nothing of it is left."""
    for prefix in ("x-ratelimit", "ratelimit"):
        if _USED_UP.fullmatch(headers.get(f"{prefix}-remaining", "").strip()):
            return _reset(headers.get(f"{prefix}-reset", "").strip(), now)
    return None


def _reset(said: str, now: datetime) -> float | None:
    """Mastodon writes a moment in ISO 8601, GitHub and Bluesky an epoch, Reddit the seconds that are left."""
    if _NUMBER.fullmatch(said):
        number = float(said)
        seconds = number - now.timestamp() if number >= _EPOCH_FROM else number
        return seconds if 0 < seconds <= _LONGEST else None
    try:
        return _ahead(datetime.fromisoformat(said), now)
    except (ValueError, OverflowError):
        return None


def _ahead(moment: datetime, now: datetime) -> float | None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (aware - now).total_seconds()
    return seconds if seconds > 0 else None
