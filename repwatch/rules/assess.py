"""What findings mean to the subjects they may be about: the decisions in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from repwatch.model import Candidate, Finding, Subject
from repwatch.rules.identity import keys, trustworthy_guids
from repwatch.rules.novelty import plausible_date
from repwatch.rules.priority import rate
from repwatch.rules.story import story_key
from repwatch.rules.verdict import Judge


class Assessor:
    """Decides about the findings of one source."""

    def __init__(self, subjects: Sequence[Subject], source: str) -> None:
        self._source = source
        self._judges = {subject.id: Judge(subject) for subject in subjects}

    def candidates(self, findings: Sequence[Finding], subject: str, now: datetime) -> tuple[Candidate, ...]:
        """Those findings that name a subject, with everything that is decided about each.

        ``subject`` is the one whose name was asked for, or "" to try them all.
        """
        judges = {subject: self._judges[subject]} if subject else self._judges
        trusted = self._trusted(findings)
        return tuple(
            candidate
            for finding in trusted
            for who, judge in judges.items()
            if (candidate := self._candidate(finding, who, judge, now))
        )

    def window(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """The first identity key of every finding, to see later whether a window was all new."""
        return tuple(
            found[0] for finding in self._trusted(findings) if (found := keys(finding, self._source))
        )

    def _trusted(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        if trustworthy_guids(findings):
            return findings
        return [replace(finding, guid="") for finding in findings]

    def _candidate(self, finding: Finding, subject: str, judge: Judge, now: datetime) -> Candidate | None:
        verdict = judge.judge(finding)
        identity = keys(finding, self._source)
        if verdict is None or not identity:
            return None
        dated = replace(finding, published=plausible_date(finding.published, now))
        priority, reasons = rate(dated, verdict)
        return Candidate(
            subject=subject,
            finding=dated,
            keys=identity,
            verdict=verdict,
            priority=priority,
            priority_reasons=reasons,
            story=story_key(dated, subject),
        )
