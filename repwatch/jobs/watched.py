"""A configured source, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass

from repwatch.config.budget import Budget
from repwatch.config.cadence import Cadence
from repwatch.fetch.limits import Policy
from repwatch.model import Pair, Request, Subject
from repwatch.sources.base import Source


@dataclass(frozen=True, slots=True)
class Watched:
    """One source with whom it watches, how often and how much, and how its requests may travel."""

    id: str
    title: str
    source: Source
    every: Cadence
    subjects: tuple[Subject, ...]
    policy: Policy
    kind: str = ""
    budget: Budget | None = None

    def requests(self) -> dict[Pair, list[Request]]:
        """What to ask for, by what comes due together.

        Requests that carry no name make one pair, whose findings are matched against every subject.
        """
        by_pair: dict[Pair, list[Request]] = {}
        for request in self.source.plan(self.subjects):
            by_pair.setdefault(Pair(self.id, request.subject or ""), []).append(request)
        return by_pair

    def concerned(self, pair: Pair) -> tuple[Subject, ...]:
        """The subjects that a pair's findings may be about."""
        return tuple(subject for subject in self.subjects if pair.subject in ("", subject.id))
