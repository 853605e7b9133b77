"""Makes a Snapshot of what a page says: cleaned, bounded, without what the owner does not want to hear of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from repwatch.errors import Unreadable
from repwatch.model import Parsed, Snapshot
from repwatch.rules import text
from repwatch.rules.blocks import bounded, cleaned, is_heading, plain

READING = "1"
"""The way in which pages are read; another number makes all of them new, and none of them changed."""

NO_TEXT = "its text may be made by scripts, which are not run; watch another page of that site, or its feed"
_LANGUAGE = 35


class Watching(Protocol):
    """How a watched text is compared: the options that every kind of page has."""

    @property
    def ignore(self) -> tuple[str, ...]:
        """Regular expressions of what does not count."""
        ...

    @property
    def numbers(self) -> bool:
        """Whether a change of mere numbers counts."""
        ...


def reading(way: Watching, *more: str) -> str:
    """What names this way of reading a page: options that decide what its text is."""
    return "\n".join((READING, *more, *way.ignore, str(way.numbers)))


def seen(
    way: Watching, blocks: Iterable[str], *, title: str, url: str, language: str = "", part: str = ""
) -> Parsed:
    """The page's snapshot.

    Raises Unreadable for a page without a word: "nothing" is said only by a page that is not there.
    """
    kept, whole = bounded(cleaned(_heeded(blocks, way.ignore)))
    if all(map(is_heading, kept)):
        raise Unreadable("the page has no text that could be compared", NO_TEXT)
    name = text.clean(title, text.TITLE) or text.clean(plain(kept[0]), text.TITLE)
    missing = () if whole else (f"only the first {len(kept)} paragraphs of this long page are compared",)
    snapshot = Snapshot(name, url, kept, part, text.clean(language, _LANGUAGE).lower(), way.numbers)
    return Parsed(title=name, missing=missing, snapshots=(snapshot,))


def not_there(way: Watching, *, title: str, url: str, part: str = "") -> Parsed:
    """The snapshot of a page that is recognisably not there."""
    return Parsed(snapshots=(Snapshot(title, url, (), part, numbers=way.numbers),))


def _heeded(blocks: Iterable[str], ignore: Sequence[str]) -> Iterator[str]:
    """The blocks without what the owner's expressions match; one that stalls is stopped with the child."""
    patterns = [re.compile(each, re.IGNORECASE) for each in ignore]
    for block in blocks:
        rest = block
        for pattern in patterns:
            rest = pattern.sub(" ", rest)
        yield rest
