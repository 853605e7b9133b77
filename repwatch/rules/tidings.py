"""A moment and a number in the detail of a line about a source, written by rules and read by the report."""

from __future__ import annotations

from datetime import datetime


def told(since: datetime, number: float) -> str:
    """What the line carries: since when, and how many (rounds, seconds ...)."""
    return f"{since.isoformat()} {number:.0f}"


def read(detail: str) -> tuple[datetime, int] | None:
    """The same, read back; None for a detail that was written otherwise, as older releases did."""
    since, _, number = detail.partition(" ")
    try:
        return datetime.fromisoformat(since), int(number)
    except ValueError:
        return None
