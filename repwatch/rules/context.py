"""Finds the words of a subject's context in a text, whole or in part."""

from __future__ import annotations

import re
from typing import NamedTuple

from repwatch.model import Context
from repwatch.rules.text import fold

_WORD = re.compile(r"[^\W_]+")
_FILLERS = re.compile(
    "and|des|les|the|for|pour|aux|cabinet|groupe|group|agence|agency|societe|company|restaurant|conseil|council"
    "|club|institut|institute|fondation|foundation|association|studio|clinique|clinic|editions|mairie|station"
    "|startup|chambers|atelier|ville|city|sarl|gmbh|inc|ltd"
)
_ENOUGH = 0.5  # of a term's telling words
_TELLING = 3  # letters
_STEM = 5


class Hit(NamedTuple):
    """A term that a text speaks of: ``share`` (0..1] of its telling words."""

    category: str
    term: str
    share: float


class Terms:
    """The terms of one context, compiled once."""

    def __init__(self, context: Context) -> None:
        self._terms = tuple((category, term, *_prepared(term)) for category, term in context.terms)

    def __bool__(self) -> bool:
        return bool(self._terms)

    def hits(self, text: str) -> tuple[Hit, ...]:
        """The terms that ``text`` speaks of, in the order of the configuration."""
        folded = fold(text)
        words = tuple(set(_WORD.findall(folded)))
        shares = (
            (category, term, 1.0 if phrase.search(folded) else _share(stems, words))
            for category, term, phrase, stems in self._terms
        )
        return tuple(Hit(*found) for found in shares if found[2] >= _ENOUGH)


def _prepared(term: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    words = _WORD.findall(fold(term))
    phrase = re.compile(
        r"(?<!\w)" + r"[\W_]+".join(map(re.escape, words)) + r"s?(?!\w)" if words else r"(?!)"
    )
    telling = [word for word in words if len(word) >= _TELLING and not _FILLERS.fullmatch(word)]
    return phrase, tuple(_stem(word) for word in telling)


def _stem(word: str) -> str:
    """What gender and number leave of a word: avocat and avocate, architect and architecte."""
    return word[: max(_STEM, len(word) - 3)]


def _share(stems: tuple[str, ...], words: tuple[str, ...]) -> float:
    """The part of the stems that begin one of the words; a lone short word must be met whole."""
    if not stems:
        return 0.0
    return sum(any(word.startswith(stem) for word in words) for stem in stems) / len(stems)
