"""Learns how often a source brings something new, and says when its silence is no longer usual.

Counted are the items of its pages, whoever they are about: a blog that posts each day about others is
alive. All gaps are in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

MOST = 24  # gaps that are remembered
LEAST = 5  # gaps below which nothing can be called usual
TIMES = 3  # usual gaps of silence are too many
FLOOR = timedelta(days=2)  # nobody is quiet for a night, or for a day off


def usual(rhythm: Sequence[float]) -> float | None:
    """The gap that three gaps in four do not exceed; None while too few are known.

    The median would call every eighth silence of a source that posts at random three times too long.
    """
    if len(rhythm) < LEAST:
        return None
    ordered = sorted(rhythm)
    return ordered[(3 * len(ordered) - 1) // 4]


def quiet_after(rhythm: Sequence[float]) -> timedelta | None:
    """The silence that is too long: three usual gaps, and longer than any that is remembered."""
    gap = usual(rhythm)
    return max(timedelta(seconds=max(TIMES * gap, *rhythm)), FLOOR) if gap is not None else None


def is_quiet(last_new: datetime | None, rhythm: Sequence[float], now: datetime) -> bool:
    """Whether a source that answers has been silent for too long."""
    limit = quiet_after(rhythm)
    return last_new is not None and limit is not None and now - last_new > limit


def with_gap(rhythm: Sequence[float], last_new: datetime | None, now: datetime) -> tuple[float, ...]:
    """The gaps with the one that ends ``now``; a clock that was set back leaves none."""
    gap = (now - last_new).total_seconds() if last_new else 0.0
    return tuple([*rhythm, gap][-MOST:]) if gap > 0 else tuple(rhythm)
