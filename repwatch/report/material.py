"""What a report is made from: plain values, read by a job in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from repwatch.model import Outcome, Owed, Route, Subject


@dataclass(frozen=True, slots=True)
class Checked:
    """The last run of one configured (source, subject) pair.

    ``title`` is what people call the source, ``subject`` an id or empty. ``outcome`` is None before
    the first run; ``paused`` tells why the pair rests, or is empty. ``quiet_since`` is the time of its
    newest item where that is unusually long ago; ``usual`` is its usual gap in seconds, once known.
    """

    source: str
    title: str
    subject: str = ""
    outcome: Outcome | None = None
    cause: str = ""
    next_step: str = ""
    last_run: datetime | None = None
    last_answer: datetime | None = None
    failing_since: datetime | None = None
    next_try: datetime | None = None
    read: int = 0
    new: int = 0
    baseline: bool = False
    paused: str = ""
    quiet_since: datetime | None = None
    usual: float | None = None

    @property
    def quiet(self) -> bool:
        """Whether it answers, and has been silent for longer than is usual for it."""
        return self.quiet_since is not None and not self.failing and not self.paused

    @property
    def failing(self) -> bool:
        """Whether its last run read nothing at all."""
        return self.outcome is not None and self.outcome.failed


@dataclass(frozen=True, slots=True)
class Material:
    """Everything one report tells to one route.

    ``since`` is when the last report was made, or None for the first. ``checked`` holds every
    configured pair, so that what could not be read is told as plainly as what was found. ``imported``
    are the names of sources that are no configured ones, as saved pages are. A ``preview`` and a
    ``test`` mail say that nothing counts as told.
    """

    route: Route
    now: datetime
    since: datetime | None
    subjects: tuple[Subject, ...]
    owed: tuple[Owed, ...]
    checked: tuple[Checked, ...]
    imported: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False
    test: bool = False

    def titled(self, source: str) -> str:
        """What people call a source; its id when it is no longer configured."""
        called = (row.title for row in self.checked if row.source == source and row.title)
        return next(called, self.imported.get(source, source))
