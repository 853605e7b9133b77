"""Decides when a change of a page is one: what two looks in a row agree on, and nothing else.

A look that differs from what was told last is kept beside it as ``pending``. What the next look shows
too is told, a paragraph at a time; what it does not show was a flap (a vandal's hour, a rotating
advertisement, another server's copy) and is not told. So a page of which one corner changes at every
look still tells what changes elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from repwatch.rules.blocks import Blocks

SECOND_LOOK = timedelta(minutes=10)
"""When a page that differs for the first time is looked at again: most vandals are undone by then."""

GONE_AFTER = timedelta(hours=1)
"""How long a page must have been answered with "not there": servers say so while they are mended."""

Comparable = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Look:
    """What is remembered of a page after a look: the text told last, and another that awaits its proof.

    ``again`` asks for the second look soon, in that time; None leaves it to the source's cadence.
    """

    told: Blocks
    pending: Blocks | None = None
    pending_at: datetime | None = None
    again: timedelta | None = None


def look(before: Look, current: Blocks, now: datetime, comparable: Comparable) -> Look:
    """What is to be remembered after a look at ``current``; a change is to be told when ``told`` changes.

    An empty text is a page that is not there.
    """
    if not differs(before.told, current, comparable):
        return Look(before.told)
    pending = before.pending
    if pending is None or bool(pending) is not bool(current):
        return Look(before.told, current, now, SECOND_LOOK if current else GONE_AFTER)
    if not current:
        return _gone(before, now)
    told = _agreed(before.told, pending, current, comparable)
    if not differs(told, current, comparable):
        return Look(told)
    return Look(told, current, now)


def differs(one: Blocks, other: Blocks, comparable: Comparable) -> bool:
    """Whether two texts say different things; the order of their paragraphs does not matter."""
    if bool(one) is not bool(other):
        return True
    return one != other and _said(one, comparable) != _said(other, comparable)


def _gone(before: Look, now: datetime) -> Look:
    since = before.pending_at or now
    left = since + GONE_AFTER - now
    return Look(()) if left <= timedelta() else Look(before.told, (), since, left)


def _agreed(told: Blocks, pending: Blocks, current: Blocks, comparable: Comparable) -> Blocks:
    """What two of the three looks show, in the order of the newest.

    A page of which nothing ever stays is taken as it is: it is told, rather than not read at all.
    """
    was, then, now = (_said(text, comparable) for text in (told, pending, current))
    kept = [block for block in current if not comparable(block) or comparable(block) in was | then]
    missed = [block for block in told if comparable(block) in then - now]
    agreed = (*kept, *missed)
    if was - then - now or (now & then) - was:
        return agreed if _said(agreed, comparable) else current
    return told


def _said(text: Blocks, comparable: Comparable) -> frozenset[str]:
    return frozenset(map(comparable, text)) - {""}
