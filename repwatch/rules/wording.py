"""Compares two wordings of a paragraph word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from repwatch.model import Piece, Sign

_MOST = 400  # words on either side, beside what both begin and end with: the table of a comparison is square
_AROUND = 8  # words of context beside a change
_WORD = re.compile(r"\S+\s*")


def compared(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both texts in one row: what stayed, came and went; far context is elided."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = _alike(zip(old, new, strict=False))
    tail = _alike(zip(reversed(old[head:]), reversed(new[head:]), strict=False))
    first, second = old[head : len(old) - tail], new[head : len(new) - tail]
    steps = [*(("=", word) for word in new[:head]), *_steps(first, second)]
    steps += [("=", word) for word in new[len(new) - tail :]]
    return tuple(_elided(_runs(steps)))


def likeness(one: str, other: str) -> float:
    """The share of their different words that two texts have in common, 0..1."""
    first, second = set(one.casefold().split()), set(other.casefold().split())
    return len(first & second) / (max(len(first), len(second)) or 1)


def _alike(pairs: Iterable[tuple[str, str]]) -> int:
    """How many pairs at the beginning are the same word."""
    count = 0
    for one, other in pairs:
        if one.strip() != other.strip():
            break
        count += 1
    return count


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Word by word, as few changes as can be; two long stretches are exchanged as wholes."""
    if max(len(old), len(new)) > _MOST:
        old, new = ["".join(old)] if old else [], ["".join(new)] if new else []
    longest = _table(old, new)
    at, to = 0, 0
    while at < len(old) and to < len(new):
        if old[at].strip() == new[to].strip():
            yield "=", new[to]
            at, to = at + 1, to + 1
        elif longest[at + 1][to] >= longest[at][to + 1]:
            yield "-", old[at]
            at += 1
        else:
            yield "+", new[to]
            to += 1
    yield from (("-", word) for word in old[at:])
    yield from (("+", word) for word in new[to:])


def _table(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """The length of the longest common row of words from each pair of places on."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    bare = [word.strip() for word in new]
    for at in range(len(old) - 1, -1, -1):
        row, below, word = table[at], table[at + 1], old[at].strip()
        for to in range(len(new) - 1, -1, -1):
            row[to] = below[to + 1] + 1 if word == bare[to] else max(below[to], row[to + 1])
    return table


def _runs(steps: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one kind as one piece; between two kept words, what went stands before what came."""
    runs: list[Piece] = []
    for kept, group in groupby(steps, key=lambda step: step[0] == "="):
        members = list(group)
        signs: tuple[Sign, ...] = ("=",) if kept else ("-", "+")
        said = ((sign, "".join(word for kind, word in members if kind == sign).strip()) for sign in signs)
        runs += [(sign, words) for sign, words in said if words]
    return runs


def _elided(runs: Sequence[Piece]) -> Iterator[Piece]:
    """The runs with a few words around each change."""
    last = len(runs) - 1
    for place, (sign, text) in enumerate(runs):
        words = text.split()
        if sign != "=" or len(runs) == 1:
            yield sign, text
        elif place == 0 and len(words) > _AROUND:
            yield sign, "… " + " ".join(words[-_AROUND:])
        elif place == last and len(words) > _AROUND:
            yield sign, " ".join(words[:_AROUND]) + " …"
        elif len(words) > 2 * _AROUND:
            yield sign, f"{' '.join(words[:_AROUND])} … {' '.join(words[-_AROUND:])}"
        else:
            yield sign, text
