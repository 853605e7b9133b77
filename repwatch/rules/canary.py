"""Says when a source that found nothing is asked for something that must be there, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from repwatch.model import Outcome

TRUSTED = timedelta(hours=6)  # as long as one that sang is believed: it costs a request
DOUBTED = timedelta(hours=1)  # as long as one that did not is left alone


@dataclass(frozen=True, slots=True)
class Heard:
    """A canary: OK sang, EMPTY was silent, and a failure (or None: never asked) says nothing of the source.

    ``words`` are those that must find something, ``cause`` is why it could not be asked.
    """

    words: str
    at: datetime | None = None
    outcome: Outcome | None = None
    cause: str = ""


def is_due(heard: Heard, now: datetime) -> bool:
    """Whether it has to be asked (again); a time that lies ahead was written by a clock that was wrong."""
    if heard.at is None or heard.at > now:
        return True
    return now - heard.at >= (TRUSTED if heard.outcome is Outcome.OK else DOUBTED)


def proven(outcome: Outcome, cause: str, heard: Heard | None) -> tuple[Outcome, str]:
    """The outcome of a run beside what its canary says: silence makes an empty round unreadable.

    One that could not be asked proves nothing, neither that the source works nor that it does not.
    """
    if outcome is not Outcome.EMPTY or heard is None or heard.outcome in (None, Outcome.OK):
        return outcome, cause
    if heard.outcome is Outcome.EMPTY:
        return Outcome.UNREADABLE, f"finds nothing even for “{heard.words}”"
    return Outcome.PARTIAL, f"found nothing, and could not be tested with “{heard.words}”: {heard.cause}"
