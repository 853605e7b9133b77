"""What findings mean to the subjects they may be about: the decisions in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from repwatch.model import Candidate, Finding, Subject
from repwatch.rules.identity import commonplace, keys
from repwatch.rules.novelty import plausible_date
from repwatch.rules.priority import rate
from repwatch.rules.story import story_key
from repwatch.rules.verdict import Judge
from repwatch.rules.watched_page import WatchedPages


@dataclass(frozen=True, slots=True)
class Identified:
    """A finding and the keys of its identity, the most telling first."""

    finding: Finding
    keys: tuple[str, ...]


class Assessor:
    """Decides about the findings of one source."""

    def __init__(self, subjects: Sequence[Subject], source: str) -> None:
        self._source = source
        self._judges = {subject.id: _judge(subject) for subject in subjects}
        self.pages = WatchedPages({each: judge.names for each, judge in self._judges.items()}, source)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The ids of everyone whom a finding may be about."""
        return tuple(self._judges)

    def identified(
        self, findings: Sequence[Finding], now: datetime, *, guids: bool = True
    ) -> tuple[Identified, ...]:
        """Every finding with its identity, without dates that cannot be.

        ``guids`` says whether this source's guids tell its items apart.
        """
        shared = commonplace(findings) if guids else ""
        return tuple(self._identify(finding, now, guids=guids, shared=shared) for finding in findings)

    def candidate(self, item: Identified, subject: str) -> Candidate | None:
        """What an item means to a subject; None when it does not name them."""
        verdict = self._judges[subject].judge(item.finding)
        if verdict is None:
            return None
        priority, reasons = rate(item.finding, verdict)
        return Candidate(
            subject=subject,
            finding=item.finding,
            keys=item.keys,
            verdict=verdict,
            priority=priority,
            priority_reasons=reasons,
            story=story_key(item.finding, subject),
        )

    def _identify(self, finding: Finding, now: datetime, *, guids: bool, shared: str) -> Identified:
        date = plausible_date(finding.published, now)
        guid = finding.guid if guids else ""
        if date != finding.published or guid != finding.guid:
            finding = replace(finding, published=date, guid=guid)
        return Identified(finding, keys(finding, self._source, shared))


@lru_cache(maxsize=1024)
def _judge(subject: Subject) -> Judge:
    """The judge of a subject, made once for all the sources that watch it."""
    return Judge(subject)
