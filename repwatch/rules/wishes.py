"""Says when a page may be asked for again, by what its publisher wishes and within reason.

``Cache-Control`` and ``Expires`` (RFC 9111), and a feed's own ``ttl`` and ``skipHours`` (RSS 2.0).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from repwatch.model import NO_WISH, Fields, Page, Wish

MOST = 6 * 3600
"""Seconds: a longer wish is a mistake more often than not, and mentions would be missed."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NEVER_KEPT = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
_DAY = frozenset(range(24))


def of_answer(page: Page) -> Wish:
    """What the headers of an answer wish; only a GET can be kept."""
    return Wish(stays_good(page.headers, page.fetched_at)) if page.request.method == "GET" else NO_WISH


def stays_good(headers: Fields, now: datetime) -> int:
    """The seconds for which an answer says that it will not change; names of ``headers`` in lower case."""
    control = headers.get("cache-control", "")
    if _NEVER_KEPT.search(control):
        return 0
    if found := _MAX_AGE.search(control):
        return int(found[1])
    try:
        until = parsedate_to_datetime(headers.get("expires", ""))
    except (ValueError, TypeError, OverflowError):  # "0" and "-1" are in use, and mean "now"
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(int((until - now).total_seconds()), 0)


def granted(planned: datetime, now: datetime, wish: Wish) -> datetime:
    """When to ask again: as planned, but no sooner than wished; MOST seconds and a day are the bounds."""
    due = max(planned, now + timedelta(seconds=min(wish.rest, MOST)))
    if _DAY.issubset(wish.hours):  # never is no wish to take seriously
        return due
    while due.astimezone(UTC).hour in wish.hours:
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due


def both(one: Wish, other: Wish) -> Wish:
    """What two pages of one source wish together."""
    return Wish(max(one.rest, other.rest), tuple(sorted({*one.hours, *other.hours})))
