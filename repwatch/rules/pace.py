"""Says how much of its cadence a source may be left alone for, so that its window does not run over.

A pace is a share: 1.0 is the configured cadence, 0.5 twice as often.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SLOWER = 1.1  # the growth of the share after a calm round: a few dozen of them bring the cadence back
_LEAST = 1 / 8
_SHORTEST = 300.0  # seconds: no source is asked more often because its window ran over
_LATE = 0.05  # share by which the next time may be late, so that sources drift apart


def paced(pace: float, every: float, *, gap: bool, calm: bool) -> float:
    """The next pace of a source with the cadence ``every`` (seconds).

    Halved, within bounds, when items may have been missed; a little longer again after a ``calm``
    round, in which at least half of the window was known.
    """
    if gap:
        least = max(_LEAST, min(_SHORTEST / every, 1.0))
        return max(pace / 2, least)
    return min(pace * SLOWER, 1.0) if calm else pace


def due(at: datetime, next_due: datetime, every: float, pace: float, jitter: float) -> datetime:
    """When a source that was asked ``at`` is due again; never later than ``next_due``, its usual time."""
    if pace >= 1.0:
        return next_due
    return min(next_due, at + timedelta(seconds=every * pace * (1 + _LATE * jitter)))
