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
        shares = (
            (category, term, 1.0 if phrase.search(folded) else _share(telling, folded))
            for category, term, phrase, telling in self._terms
        )
        return tuple(Hit(*found) for found in shares if found[2] >= _ENOUGH)


def _prepared(term: str) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """The term as a phrase, and its telling words."""
    whole = r"[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", fold(term)) if part)
    phrase = re.compile(rf"(?<!\w){whole}s?(?!\w)" if whole else r"(?!)")
    words = _WORD.findall(fold(term))
    telling = [word for word in words if len(word) >= _TELLING and not _FILLERS.fullmatch(word)]
    return phrase, tuple(_inflected(word) for word in telling)


def _inflected(word: str) -> re.Pattern[str]:
    """The word in any gender and number, as far as its beginning tells: avocat, avocate, avocates.

    A short word must be met whole: "Pau" is not in a "pause".
    """
    if len(word) < _STEM:
        return re.compile(rf"\b{word}s?\b")
    return re.compile(rf"\b{word[: max(_STEM, len(word) - 3)]}")


def _share(telling: tuple[re.Pattern[str], ...], folded: str) -> float:
    """The part of a term's telling words that a text holds."""
    return sum(word.search(folded) is not None for word in telling) / len(telling) if telling else 0.0
