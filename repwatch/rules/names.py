"""Finds a subject's name in a text, in any of its forms, and tells it from near names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from repwatch.model import Subject
from repwatch.rules.spelling import offset_before_spelling, spelled_out, spellings, split_name, words
from repwatch.rules.text import fold, original_span

Form = Literal["full", "inverted", "alias", "initial", "surname", "near"]

_TITLE = re.compile(
    "mm?|mmes?|mlle|mrs?|ms|miss|mister|dr|pr|prof|me|sir|lady|madame|monsieur|mademoiselle|docteur|doctor|maitre"
    "|professeure?|professor|famille|maire|mayor|presidente?|ministre|minister|senator|deputee?|judge|juge|coach"
    "|chef|capitaine|captain|herr|frau|signora?|senora?|abbe|pere"
)
_NO_NAME = re.compile(
    "les?|la|l|une?|des?|du|d|aux?|a|et|ou|mais|pour|par|sur|avec|sans|chez|contre|selon|quand|que|qui|affaire"
    "|proces|cabinet|maison|groupe|the|an|and|or|but|for|with|by|of|on|in|at|to|from|after|before|when|why|how"
    "|what|who|is|as|against|apres|avant|pourquoi|comment|ce|cette|son|sa|notre|vos|accused|si"
)
_COMPOUND_FIRST = frozenset(
    ("jean", "marie", "anne", "pierre", "paul", "louis", "mary", "hans", "karl", "ana")
)
_PREVIOUS = re.compile(r"([\w'’.-]+)\s+$")  # noqa: RUF001 - the apostrophe people type
_WORD_BORDER = re.compile(r"[\s,'’-]+")  # noqa: RUF001 - likewise
_LOOK_BACK = 48


class NameMatch(NamedTuple):
    """Where and how a name stands: ``text`` is the original's ``[start:end]``."""

    form: Form
    text: str
    start: int
    end: int


class Names:
    """The name of one subject, compiled once."""

    def __init__(self, subject: Subject) -> None:
        self._spellings = spellings(subject)
        self._phrase = not split_name(subject)[1]
        self._spelled_out = re.search("[uoa]e|aa", fold(subject.name)) is not None
        self._single = self._phrase and len(subject.name.split()) == 1

    def find(self, text: str) -> NameMatch | None:
        """The best form in which ``text`` bears the name, or None.

        "near" means that the text names somebody else of that family name ("Michel" for "Michelle").
        """
        return next(iter(self.every(text)), None)

    def every(self, text: str) -> tuple[NameMatch, ...]:
        """The places where ``text`` bears the name, the best form first.

        Where it stands in full, mere surnames and namesakes beside it are left out.
        """
        found = self._search(text)
        if not found and self._spelled_out and (respelled := spelled_out(text)) != text:
            return tuple(_moved_back(match, text) for match in self._search(respelled))
        return found

    def _search(self, text: str) -> tuple[NameMatch, ...]:
        folded = fold(text)
        if not any(needle in folded for needle in self._spellings.needles):
            return ()
        return tuple(self._candidates(text, folded))

    def _candidates(self, text: str, folded: str) -> Iterator[NameMatch]:
        """Every form found, the best first."""
        known = self._spellings
        whole = [
            *self._matches("full", known.full, text, folded),
            *self._matches("inverted", known.inverted, text, folded),
            *self._matches("alias", known.aliases, text, folded),
        ]
        yield from whole
        if whole:
            return
        near = self._namesake(text, folded)
        initial = next(self._matches("initial", known.initial, text, folded), None)
        if initial and not (near and _same_initial(near, known.given)):
            yield initial
        if near:
            yield near
        yield from self._matches("surname", known.surname, text, folded)

    def _matches(
        self, form: Form, pattern: re.Pattern[str] | None, text: str, folded: str
    ) -> Iterator[NameMatch]:
        for match in pattern.finditer(folded) if pattern else ():
            start, end = original_span(text, *match.span())
            found = NameMatch(form, text[start:end], start, end)
            if self._holds(found, text):
                yield found

    def _holds(self, found: NameMatch, text: str) -> bool:
        """Whether the words around leave the name what it seems to be."""
        if self._phrase or found.form == "alias":
            return found.form == "alias" or not self._single or _has_capital(found.text)
        if not _stands_alone(text, found):
            return False
        if found.form == "full":
            return _previous_word(text, found.start) not in _COMPOUND_FIRST
        if found.form == "inverted":
            family = _WORD_BORDER.split(found.text)[: -len(self._spellings.given)]
            return _has_capital(" ".join(family)) and not _belongs_to_a_list(text, found)
        return _is_initial(found.text) if found.form == "initial" else _has_capital(found.text)

    def _namesake(self, text: str, folded: str) -> NameMatch | None:
        """Somebody else's given name, or a longer family name, where ours stands."""
        for match in self._spellings.surname.finditer(folded) if self._spellings.surname else ():
            start, end = original_span(text, *match.span())
            found = NameMatch("near", text[start:end], start, end)
            if not _has_capital(found.text):
                continue
            if not _stands_alone(text, found):
                return found
            if other := self._other_given(text, start):
                return NameMatch("near", text[start - len(other) : end], start - len(other), end)
        return None

    def _other_given(self, text: str, start: int) -> str:
        """The given name right before the family name when it is not the subject's, with its space."""
        before = _PREVIOUS.search(text, max(0, start - _LOOK_BACK), start)
        if before is None:
            return ""
        word = before[1]
        said = fold(word).strip(".'")
        if not word[0].isupper() or _TITLE.fullmatch(said) or _NO_NAME.fullmatch(said) or word.endswith("'"):
            return ""
        return "" if self._is_ours(word, text, before.start()) else before[0]

    def _is_ours(self, word: str, text: str, start: int) -> bool:
        """Whether the word before the family name is the subject's given name, or its initials."""
        given = self._spellings.given
        initials = "".join(part[0] for part in given)
        if word.isupper() and "".join(words(word.replace(".", " "))) in (initials, initials[0]):
            return True
        return words(word) == given and _previous_word(text, start) not in _COMPOUND_FIRST


def _has_capital(text: str) -> bool:
    return any(char.isupper() for char in text) or not any(char.islower() for char in text)


def _moved_back(found: NameMatch, text: str) -> NameMatch:
    start, end = (offset_before_spelling(text, offset) for offset in (found.start, found.end))
    return NameMatch(found.form, text[start:end], start, end)


def _same_initial(near: NameMatch, given: tuple[str, ...]) -> bool:
    return bool(given) and fold(near.text)[:1] == given[0][:1]


def _stands_alone(text: str, found: NameMatch) -> bool:
    """Whether it is no part of a longer hyphenated name: "Anne-" before it, "-Martin" behind it."""
    before, after = text[: found.start], text[found.end : found.end + 2]
    glued_before = re.search(r"(\w+)-$", before[-_LOOK_BACK:])
    if glued_before and glued_before[1][0].isupper():
        return False
    return not (after[:1] in ("-", "‐", "‑") and after[1:].isupper())  # noqa: RUF001 - hyphens as typeset


def _previous_word(text: str, start: int) -> str:
    """The word right before, folded, when it is capitalised and only a space lies between, or nothing."""
    before = _PREVIOUS.search(text, max(0, start - _LOOK_BACK), start)
    return fold(before[1]) if before and before[1][0].isupper() and not before[1].isupper() else ""


def _belongs_to_a_list(text: str, found: NameMatch) -> bool:
    """Whether the two words are two people's: "Jean Dupont, Michelle Martin"."""
    if found.text.split()[0].strip(",").isupper() and len(found.text.split()[0]) > 1:
        return False
    previous = _previous_word(text, found.start)
    said = previous.strip(".")
    if said and not _NO_NAME.fullmatch(said) and not _TITLE.fullmatch(said):
        return True
    follows = re.match(r"[ \u00a0]([^\W\d_])", text[found.end : found.end + 2])
    return "," in found.text and follows is not None and follows[1].isupper()


def _is_initial(text: str) -> bool:
    """Whether the initial is a capital; "A Dupont" without a full stop is a preposition."""
    letters = re.match(r"[^\W\d_](?=[.\s-]|[A-Z]\b)", text) or re.search(
        r"(?<=[\s,])[^\W\d_](?=\W*$|[.\s-])", text
    )
    if letters is None:
        return False
    return letters[0].isupper() and not re.match(r"[AÀOYI]\s", text)
