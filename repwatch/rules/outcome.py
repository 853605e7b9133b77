"""How a run ended, from what its requests brought."""

from __future__ import annotations

from collections.abc import Sequence

from repwatch.errors import SourceError
from repwatch.masking import hide
from repwatch.model import Outcome

# The worst news first: what only the owner can mend must not hide behind a passing fault.
SEVERITY = (Outcome.MISCONFIGURED, Outcome.BLOCKED, Outcome.UNREADABLE, Outcome.UNREACHABLE)


def conclude(
    *, answered: int, findings: int, missing: Sequence[str], errors: Sequence[SourceError], gap: bool
) -> tuple[Outcome, str]:
    """The outcome and its cause in words.

    ``answered`` counts the requests that brought a readable page. Where some did and others failed,
    or parts are missing, the run is partial: it adds what it found and proves no absence.
    """
    causes = [hide(cause) for cause in dict.fromkeys([*(str(error) for error in errors), *missing])]
    if errors and not answered:
        worst = min(errors, key=lambda error: SEVERITY.index(Outcome(error.outcome)))
        return Outcome(worst.outcome), hide(str(worst))
    if gap:
        causes.append("may have missed items: everything in the window was new")
    if causes:
        return Outcome.PARTIAL, "; ".join(causes)
    return (Outcome.OK if findings else Outcome.EMPTY), ""
