"""Fits the changed passages of a watched page into a card, and says in plain text what came and went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from repwatch.model import Passage, Piece

_MARKS = {"=": "{}", "+": "[+{}+]", "-": "[-{}-]"}


def fitted(passages: Sequence[Passage], room: int) -> tuple[Passage, ...]:
    """The first passages that fit into so many characters; the very first is cut rather than left out."""
    kept: list[Passage] = []
    for passage in passages if room > 0 else ():
        size = sum(len(words) for _, words in passage.pieces)
        if kept and size > room:
            break
        kept.append(passage if size <= room else _cut(passage, room))
        room -= size
    return tuple(kept)


def twin(passage: Passage) -> str:
    """The passage as plain text: ``[+came+]`` and ``[-went-]``."""
    said = " ".join(_MARKS[sign].format(words) for sign, words in passage.pieces)
    return f"{passage.heading} > {said}" if passage.heading else said


def _cut(passage: Passage, room: int) -> Passage:
    pieces: list[Piece] = []
    for sign, words in passage.pieces:
        if len(words) > room:
            pieces.append((sign, f"{words[:room].rstrip()}…"))
            break
        pieces.append((sign, words))
        room -= len(words)
    return replace(passage, pieces=tuple(pieces))
