"""Counts what a daemon did since it started, for whoever asks whether it gets on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from repwatch.jobs.agenda import Look
from repwatch.model import DeliveryState, Pair, Run


class Tally:
    """Plain numbers and times, all in UTC; ``overdue`` is the longest wait of a pair, in seconds."""

    def __init__(self, started: datetime) -> None:
        self.started = started
        self.last_due: datetime | None = None
        self.last_done: datetime | None = None
        self.last_delivery: datetime | None = None
        self.last_look: datetime | None = None
        self.overdue = 0.0
        self.runs: Counter[str] = Counter()
        self.deliveries: Counter[str] = Counter()

    def looked(self, look: Look, waiting: Sequence[Pair], now: datetime) -> None:
        """Something (or nothing) was found to be due."""
        self.last_look = now
        times = [at for pair in waiting if (at := look.pairs[pair])]
        self.overdue = max((now - at).total_seconds() for at in times) if times else 0.0
        if waiting:
            self.last_due = max(times, default=now)

    def checked(self, run: Run) -> None:
        """A run was written down."""
        self.last_done = run.ended
        self.runs[run.outcome] += 1

    def delivered(self, state: DeliveryState, now: datetime) -> None:
        """An attempt was settled."""
        self.last_delivery = now
        self.deliveries[state] += 1
