"""Remembers what failed by a defect, and leaves it alone for a while: longer each time."""

from __future__ import annotations

from collections.abc import Hashable

from repwatch.clock import Clock

FIRST, LONGEST = 60.0, 3600.0  # seconds


class Rests:
    """Rests of any number of things, by name; what works again is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[Hashable, int] = {}
        self._until: dict[Hashable, float] = {}  # on the monotonic clock

    def __len__(self) -> int:
        return len(self._failures)

    def over(self, what: Hashable) -> bool:
        """Whether it may be tried (again)."""
        return self._clock.monotonic() >= self._until.get(what, 0.0)

    def failed(self, what: Hashable) -> None:
        """It failed; without a pause it would be tried, and would fail, once a second for ever."""
        failures = self._failures[what] = self._failures.get(what, 0) + 1
        rest = min(FIRST * 2.0 ** min(failures - 1, 20), LONGEST)
        self._until[what] = self._clock.monotonic() + rest

    def worked(self, what: Hashable) -> None:
        """It came to its end."""
        self._failures.pop(what, None)
        self._until.pop(what, None)
