"""Fills the {placeholders} of a catalog entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
NAMES = frozenset(
    {"name", "given", "family", "alias", "language", "country", "country_small", "contact", "key", "since"}
)

# A quote would end the phrase that the name stands in, a backslash would hide the quote after it.
_BREAKS_A_PHRASE = re.compile(r'["\\]')


def used(value: object) -> frozenset[str]:
    """The placeholders in a template, or anywhere in a tree of them."""
    if isinstance(value, str):
        return frozenset(PLACEHOLDER.findall(value))
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return frozenset().union(*map(used, parts))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with each placeholder replaced; an unknown one is empty."""
    return fill_with(template, lambda name: phrase(values.get(name, "")))


def fill_with(template: str, value: Callable[[str], str]) -> str:
    """The template with each placeholder replaced by what ``value`` says of its name."""
    return PLACEHOLDER.sub(lambda match: value(match[1]), template)


def fill_tree(value: object, values: Mapping[str, str]) -> object:
    """A JSON body with the placeholders of all its texts replaced."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, Mapping):
        return {key: fill_tree(part, values) for key, part in value.items()}
    return [fill_tree(part, values) for part in value] if isinstance(value, list) else value


def quoted(words: str) -> str:
    """The words as the phrase that a search engine is asked for: what a ranking calls its query."""
    return f'"{phrase(words)}"'


def phrases(names: Iterable[str]) -> tuple[str, ...]:
    """The names as quoted phrases, each once."""
    return tuple(dict.fromkeys(map(quoted, names)))


def phrase(words: str) -> str:
    """The words without what would end a quoted phrase."""
    return " ".join(_BREAKS_A_PHRASE.sub(" ", words).split())
