"""What one examination saw, how grave it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How grave a sign is."""

    GOOD = "good"
    WARN = "warn"  # it works, and may not for long, or not for everyone
    BAD = "bad"  # something must be mended
    SKIPPED = "skipped"  # not examined, and why


@dataclass(frozen=True, slots=True)
class Sign:
    """One line of the doctor. ``unusable``: nothing works at all before this is mended (exit 78)."""

    name: str
    state: State
    seen: str
    advice: str = ""
    area: str = ""
    unusable: bool = False


def good(name: str, seen: str) -> Sign:
    """Nothing to do."""
    return Sign(name, State.GOOD, seen)


def warn(name: str, seen: str, advice: str) -> Sign:
    """Worth knowing, and better mended."""
    return Sign(name, State.WARN, seen, advice)


def bad(name: str, seen: str, advice: str, *, unusable: bool = False) -> Sign:
    """To be mended."""
    return Sign(name, State.BAD, seen, advice, unusable=unusable)


def skipped(name: str, why: str, advice: str = "") -> Sign:
    """Not examined."""
    return Sign(name, State.SKIPPED, why, advice)
