"""Says when to try again: a source that failed, a delivery that did not go through.

``jitter`` is a random share from 0 to 1 (``clock.jitter(1)``), so that many failures at one moment do
not come back at one moment. All results are seconds from now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

MINUTE = 60.0
QUARTER = 15 * MINUTE
DAY = 86_400.0
_SPREAD = 0.1
_DELIVERY_STEPS = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
_DELIVERY_SPREAD = 0.2
DELIVERY_DAYS = 14
_LAST_ATTEMPT = len(_DELIVERY_STEPS) + DELIVERY_DAYS * 24

OUTAGE_FAILURES = 3
_OUTAGE_AFTER = timedelta(hours=24)


def source_retry(
    failures: int, every: float, retry_after: float | None, jitter: float, *, passing: bool = False
) -> float:
    """Seconds until a source that failed ``failures`` times in a row is asked again.

    ``every`` (its cadence) doubles with each further failure, up to 24 h; a fault that is likely to
    pass (no network, a server's 5xx) starts at a quarter of an hour, so that one bad moment does not
    cost a daily source its day. A server's Retry-After, taken as 1 min to 24 h, is never undercut.
    """
    doublings = min(max(failures, 1) - 1, 20)  # 2**20 minutes is past any cap
    first = min(every, QUARTER) if passing else every
    wait = min(first * (1 << doublings), DAY)
    if retry_after is not None:
        wait = max(wait, MINUTE, min(retry_after, DAY))
    return min(wait * (1 + _SPREAD * jitter), DAY)


def delivery_retry(attempts: int, jitter: float) -> float | None:
    """Seconds until the next attempt after ``attempts`` that failed for a passing reason.

    1, 5, 15, then 60 minutes, each give or take a fifth. None only after 14 days of attempts: the
    delivery is then parked and shown, never dropped in silence.
    """
    if attempts >= _LAST_ATTEMPT:
        return None
    step = _DELIVERY_STEPS[min(max(attempts, 1), len(_DELIVERY_STEPS)) - 1]
    return step * (1 - _DELIVERY_SPREAD + 2 * _DELIVERY_SPREAD * jitter)


def is_outage(failures: int, failing_since: datetime | None, now: datetime) -> bool:
    """Whether a source's failures are worth telling: three in a row, or 24 hours of them."""
    if failures >= OUTAGE_FAILURES:
        return True
    return failures > 0 and failing_since is not None and now - failing_since >= _OUTAGE_AFTER


def missed_rounds(since: datetime, until: datetime, every: float) -> int:
    """How many rounds of the cadence ``every`` (seconds) fell into a time of failures, at least one.

    The first failed at ``since``; one that would begin with the end of it is none, be it a little late.
    """
    rounds = (until - since).total_seconds() / every
    return max(1, ceil(rounds - _SPREAD))
