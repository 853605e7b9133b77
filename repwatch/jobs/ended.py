"""A check that is over, not yet written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from repwatch.jobs.ask import Answer
from repwatch.model import Candidate, Outcome, Pair, SourceState, Validators
from repwatch.rules.assess import Assessor, Identified
from repwatch.rules.canary import Heard, proven
from repwatch.rules.identity import footprint
from repwatch.rules.novelty import gap
from repwatch.rules.outcome import conclude
from repwatch.rules.transition import Ending
from repwatch.rules.wishes import granted


@dataclass(frozen=True, slots=True)
class Ended:
    """What was asked, what came, and when to ask again. ``every`` is in seconds, ``jitter`` 0..1.

    ``canary`` is what was heard of something that must be there, after a round that found nothing.
    """

    pair: Pair
    state: SourceState
    answer: Answer
    assessor: Assessor
    items: tuple[Identified, ...]
    guids_shared: bool
    started: datetime
    at: datetime
    every: float
    next_due: datetime
    jitter: float
    canary: Heard | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom the items may be about: the one whose name was asked for, else everyone."""
        return (self.pair.subject,) if self.pair.subject else self.assessor.subjects

    @property
    def window(self) -> tuple[str, ...]:
        """What stands for every item, those of unchanged pages included: they still stand there.

        A round in which nothing came leaves none: what it was compared with is no longer there.
        """
        pages = (footprint(f"{key} {snapshot.part}") for key, snapshot in self.answer.snapshots)
        seen = (*(footprint(item.keys[0]) for item in self.items), *pages)
        return (
            tuple(dict.fromkeys((*seen, *self.state.window)))
            if self.answer.unchanged and not self.nothing
            else seen
        )

    @property
    def nothing(self) -> bool:
        """Whether no item was read: in the pages that are new or, where none is, when they were.

        What stands on an unchanged page says nothing of those that came back empty. And a round that
        was doubted, because its canary was silent, is no better for being the same again.
        """
        answer, state = self.answer, self.state
        if answer.findings or answer.snapshots:
            return False
        if answer.all_unchanged:
            doubted = state.canary is Outcome.EMPTY and not state.window
            return doubted or state.outcome is Outcome.EMPTY
        return answer.unchanged < answer.answered

    @property
    def new(self) -> int:
        """How many items the window before did not have."""
        return len(set(self.window).difference(self.state.window))

    @property
    def gap(self) -> bool:
        """Whether items may have passed between this window and the last one."""
        if self.answer.unchanged or self.answer.onward:
            return False
        return self.state.baseline_done and gap(self.state.window, self.window)

    @property
    def pages(self) -> Mapping[str, Validators] | None:
        """What is to be remembered of the pages, None to keep what is.

        A first page that counts as unchanged would hide those behind it that failed. One that goes on
        where the last one ended is behind us once it was read, whatever it did not show: asked for
        again, it would stand before all that follows.
        """
        answer = self.answer
        whole = not answer.errors and (answer.onward or not answer.missing)
        return answer.pages if whole else None

    @property
    def candidates(self) -> Iterator[Candidate]:
        """Everything that names a subject, known or not, and the pages that are watched for them."""
        for item in self.items:
            for subject in self.subjects:
                if candidate := self.assessor.candidate(item, subject):
                    yield candidate
        for _, snapshot in self.answer.snapshots:
            for subject in self.assessor.pages.concerned(self.subjects, snapshot.blocks):
                yield self.assessor.pages.candidate(snapshot, subject)

    def conclusion(self) -> tuple[Outcome, str]:
        """The outcome of the run, and its cause in words."""
        outcome, cause = conclude(
            answered=self.answer.answered,
            findings=0 if self.nothing else len(self.window),
            missing=self.answer.missing,
            errors=self.answer.errors,
            gap=self.gap,
        )
        return proven(outcome, cause, self.canary)

    def ending(self, outcome: Outcome, cause: str) -> Ending:
        """The end of this check, as the rules want to know it."""
        answer = self.answer
        return Ending(
            at=self.at,
            outcome=outcome,
            cause=cause,
            every=self.every,
            next_due=self.next_due,
            jitter=self.jitter,
            earliest=granted(self.at, self.at, answer.wish),
            retry_after=answer.retry_after,
            gone=answer.gone,
            spent_until=answer.spent_until,
            crowded=answer.crowded,
            gap=self.gap,
            moved_to=answer.moved_to,
            window=self.window,
            new=self.new,
            guids_shared=self.guids_shared,
            pages=self.pages,
            canary=self.canary,
        )
