"""Builds the patterns in which a name may be written; they match folded text (``rules.text.fold``)."""

from __future__ import annotations

import re
from typing import NamedTuple

from repwatch.model import Relation, Subject
from repwatch.rules.text import fold

_PARTICLE = re.compile(
    "de|du|des|d|la|le|les|l|von|van|der|den|zu|zum|zur|ten|ter|di|da|do|dos|del|della|dello|degli|al|el|bin"
    "|ben|af|av|mac|mc|o|saint|sainte|st|ste|san|santa"
)
_MOVABLE = ("de", "du", "des", "d", "von", "van", "zu", "di", "da")
_SPLIT = re.compile(r"[\s'’‐‑-]+")  # noqa: RUF001 - as people and typesetters write them
_GERMAN = {"ü": "ue", "ö": "oe", "ä": "ae", "ø": "oe", "å": "aa"}

START = r"(?<![^\W_])"
END = r"(?![^\W_])"
_GIVEN_GLUE = r"(?:\s|-){1,2}"
_FAMILY_GLUE = r"[\s'-]{0,3}"
_BETWEEN = r"(?:\s+|[._])(?:[a-z]\.?\s+|[\"(][^\")]{1,24}[\")]\s+)?"


class Spellings(NamedTuple):
    """How one subject may be written; a pattern is None where the name has no such form.

    ``needles`` are folded words one of which every match contains; ``given`` are the folded words
    of the given name.
    """

    needles: tuple[str, ...]
    given: tuple[str, ...] = ()
    full: re.Pattern[str] | None = None
    inverted: re.Pattern[str] | None = None
    initial: re.Pattern[str] | None = None
    surname: re.Pattern[str] | None = None
    aliases: re.Pattern[str] | None = None


def spellings(subject: Subject) -> Spellings:
    """The patterns of a subject; an organisation, or a one-word name, is matched as a phrase."""
    given, family = split_name(subject)
    aliases = [alias for alias in subject.aliases if fold(alias).strip()]
    if not given or not family:
        needles = (*_phrase_needles([subject.name]), *_phrase_needles(aliases))
        return Spellings(needles, full=_phrases([subject.name]), aliases=_phrases(aliases))
    g, f, initials = _given(given), _family(family), _initials(given)
    return Spellings(
        needles=(*_needles(family), *_phrase_needles(aliases)),
        given=words(given),
        full=re.compile(f"{START}{g}{_BETWEEN}{f}{END}|(?<=[#@]){g.replace(_GIVEN_GLUE, '-?')}_?{f}{END}"),
        inverted=re.compile(
            f"{START}{_inverted_family(family)}(?P<comma>\\s*,)?\\s+{g}{_after(family)}{END}"
        ),
        initial=re.compile(f"{START}(?:{initials}\\s*{f}|{f},?\\s+{initials}){END}"),
        surname=re.compile(f"{START}{f}{END}"),
        aliases=_phrases(aliases),
    )


def split_name(subject: Subject) -> tuple[str, str]:
    """(given, family); derived from the name where a person's are not told, particles with the family.

    Both are empty for what has no such parts: an organisation, or a single word.
    """
    if subject.given and subject.family:
        return subject.given, subject.family
    if subject.relation is Relation.OWN_ORGANISATION:
        return "", ""
    return _derived(subject.name.split())


def _derived(parts: list[str]) -> tuple[str, str]:
    if len(parts) < 2:  # noqa: PLR2004 - a given name and a family name
        return "", ""
    loud = [part for part in parts if part.isupper() and len(part.strip(".")) > 1]
    if loud and len(loud) < len(parts):  # "DUPONT Michelle": registers shout the family name
        return " ".join(part for part in parts if part not in loud), " ".join(loud)
    start = len(parts) - 1
    while start > 1 and _PARTICLE.fullmatch(fold(parts[start - 1]).rstrip("'")):
        start -= 1
    return " ".join(parts[:start]), " ".join(parts[start:])


def words(name: str) -> tuple[str, ...]:
    """The folded words of a name, hyphens and apostrophes taken apart."""
    return tuple(part for part in _SPLIT.split(fold(name)) if part)


def _parts(name: str) -> list[str]:
    return [part for part in _SPLIT.split(name) if part]


def _given(given: str) -> str:
    return _GIVEN_GLUE.join(map(_word, _parts(given)))


def _family(family: str) -> str:
    return _FAMILY_GLUE.join(map(_word, _parts(family)))


def _leading(family: str) -> tuple[str, ...]:
    """The particles before the family name proper, folded; those that registers move."""
    parts = words(family)
    count = 0
    while count < len(parts) - 1 and parts[count] in _MOVABLE:
        count += 1
    return parts[:count]


def _inverted_family(family: str) -> str:
    """Registers may move the particle behind the given name: "Taillade, Ada de"."""
    skipped = len(_leading(family))
    if not skipped:
        return _family(family)
    bare = _FAMILY_GLUE.join(map(_word, _parts(family)[skipped:]))
    return f"(?:{_family(family)}|{bare}(?=.{{0,40}}\\s{_leading(family)[0]}{END}))"


def _after(family: str) -> str:
    moved = r"[\s']".join(_leading(family))
    return rf"(?:\s+{moved})?" if moved else ""


def _word(part: str) -> str:
    options = sorted(_variants(part))
    return re.escape(options[0]) if len(options) == 1 else f"(?:{'|'.join(map(re.escape, options))})"


def _variants(part: str) -> set[str]:
    """A word of a name, folded; who is called Müller is also called Mueller."""
    return {fold(part), fold(spelled_out(part))}


def spelled_out(text: str) -> str:
    """The text as a German, Danish or Norwegian keyboardless writer spells it: ue for ü, aa for å."""
    for letter, letters in _GERMAN.items():
        text = text.replace(letter, letters).replace(letter.upper(), letters.capitalize())
    return text


def offset_before_spelling(text: str, offset: int) -> int:
    """Where ``offset`` of ``spelled_out(text)`` stands in ``text``."""
    seen = 0
    for index, char in enumerate(text):
        if seen >= offset:
            return index
        seen += 2 if char.lower() in _GERMAN else 1
    return len(text)


def _initials(given: str) -> str:
    first, *others = (fold(part)[0] for part in _parts(given))
    rest = "".join(rf"(?:\.|-|\.-|\s|\.\s)?{re.escape(letter)}" for letter in others)
    return rf"{re.escape(first)}(?:{rest})?\.?" if rest else rf"{re.escape(first)}\.?"


def _needles(family: str) -> tuple[str, ...]:
    """The spellings of the first family word that is no particle (of the only one, else)."""
    parts = _parts(family)
    proper = [part for part in parts if not _PARTICLE.fullmatch(fold(part))] or parts[-1:]
    return tuple(sorted(_variants(proper[0])))


def _phrases(names: list[str]) -> re.Pattern[str] | None:
    patterns = [_phrase(name) for name in names]
    return re.compile("|".join(patterns)) if patterns else None


def _phrase(name: str) -> str:
    parts = [part for part in re.split(r"[\s-]+", fold(name)) if part]
    glued = r"[\s-]+".join(map(re.escape, parts))
    if not fold(name).isascii():  # scripts without case mostly write no spaces either
        return glued
    return f"(?<!\\w){glued}(?!\\w)"


def _phrase_needles(names: list[str]) -> tuple[str, ...]:
    return tuple(re.split(r"[\s-]+", fold(name).strip(" -"))[0] for name in names)
