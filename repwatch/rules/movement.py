"""What moved on the first page of results between two rankings of the same query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from repwatch.rules.url import canonical

PAGE_ONE = 10  # places


@dataclass(frozen=True, slots=True)
class Move:
    """A page that stands elsewhere than before; a place of 0 is "not on page one"."""

    url: str
    was: int
    now: int


def moves(before: Mapping[int, str], after: Mapping[int, str]) -> tuple[Move, ...]:
    """What rose, fell, came or left, in the order of the new places, what left last. Both: URL by place."""
    old, new = _places(before), _places(after)
    stay = [Move(url, old.get(key, ("", 0))[1], now) for key, (url, now) in new.items()]
    left = [Move(url, was, 0) for key, (url, was) in old.items() if key not in new]
    return (*(move for move in stay if move.was != move.now), *left)


def _places(ranking: Mapping[int, str]) -> dict[str, tuple[str, int]]:
    """(URL, place) of each page on page one, its best place where it has two."""
    found: dict[str, tuple[str, int]] = {}
    for place in sorted(ranking):
        if place <= PAGE_ONE:
            found.setdefault(canonical(ranking[place]) or ranking[place], (ranking[place], place))
    return found
