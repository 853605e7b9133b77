"""Says how much a finding deserves attention, and why: rules over its verdict and its cue words."""

from __future__ import annotations

from repwatch.model import Change, Finding, Kind, Label, Priority, Reason, Verdict
from repwatch.rules.cues import cues
from repwatch.rules.headline import headline
from repwatch.rules.reasons import Code
from repwatch.rules.text import fold
from repwatch.rules.url import host

_GRAVE = frozenset({Code.CUE_ACCUSED, Code.CUE_DANGER})
_LIKELY = 0.5  # grave news need no more certainty than this to be told first


def rate(
    finding: Finding, verdict: Verdict, change: Change = Change.NEW
) -> tuple[Priority, tuple[Reason, ...]]:
    """The priority with its reasons, the decisive one first.

    Grave news that are likely about the subject come first; what is about somebody else, and routine
    (directories, lists, programmes), comes last. The rest is normal.
    """
    if verdict.label is Label.NOT_ME:
        return Priority.LOW, (Reason(Code.NOT_ABOUT_ME),)
    told = _told(finding)
    reasons = (*told, *_circumstances(finding, verdict, change))
    codes = {reason.code for reason in told}
    if codes & _GRAVE:
        return (Priority.HIGH if verdict.probability >= _LIKELY else Priority.NORMAL), reasons
    if finding.kind is Kind.PROFILE or codes & {Code.CUE_CRITICISED, Code.CUE_PRAISED}:
        return Priority.NORMAL, reasons
    return (Priority.LOW if Code.ROUTINE in codes else Priority.NORMAL), reasons


def _told(finding: Finding) -> tuple[Reason, ...]:
    title = headline(finding.title, finding.site, host(finding.url))
    return tuple(Reason(cue.code, cue.word) for cue in cues(fold(f"{title} | {finding.summary}")))


def _circumstances(finding: Finding, verdict: Verdict, change: Change) -> tuple[Reason, ...]:
    said = (
        (finding.kind is Kind.PROFILE, Code.PROFILE_FOUND),
        (change is Change.RESURFACED, Code.RESURFACED),
        (verdict.label is Label.UNSURE, Code.NOT_SURE),
    )
    return tuple(Reason(code) for holds, code in said if holds)
