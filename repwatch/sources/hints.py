"""Reads when a feed would rather not be asked: its ``ttl`` and ``skipHours``."""

from __future__ import annotations

import re

from repwatch.model import Wish

# Both stand in the head of an RSS channel (rssboard.org/rss-specification): minutes, and hours in UTC.
_ITEM = re.compile(rb"<item[\s>]", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s{0,20}(\d{1,6})\s{0,20}</ttl>", re.IGNORECASE)
_SKIPPED = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.IGNORECASE)
_MINUTE = 60
_MIDNIGHT = 24  # some number the hours from 1


def read(body: bytes) -> Wish:
    """The wish in a feed (UTF-8); a feed without one wishes nothing."""
    first = _ITEM.search(body)
    head = body[: first.start()] if first else body
    ttl, skipped = _TTL.search(head), _SKIPPED.search(head)
    hours = {int(hour) % _MIDNIGHT for hour in _HOUR.findall(skipped[1])} if skipped else set()
    return Wish(int(ttl[1]) * _MINUTE if ttl else 0, tuple(sorted(hours)))
