"""The text of a watched page as blocks: one clean line a paragraph, headings as ``# …``, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from repwatch.rules.text import clean

LONGEST = 200_000
"""Characters of one page that are kept and compared; the longest encyclopaedia articles fit."""

BLOCK = 4000  # characters of one paragraph
HEADING = "# "

Blocks = tuple[str, ...]


def cleaned(texts: Iterable[str]) -> Iterator[str]:
    """The texts as clean lines, without those that say nothing."""
    return (block for text in texts if (block := clean(text, BLOCK)) not in ("", HEADING.strip()))


def bounded(blocks: Iterable[str]) -> tuple[Blocks, bool]:
    """As many of the first blocks as may be kept, and whether that is all of them."""
    kept: list[str] = []
    room = LONGEST
    for block in blocks:
        room -= len(block)
        if room < 0:
            return tuple(kept), False
        kept.append(block)
    return tuple(kept), True


def is_heading(block: str) -> bool:
    """Whether the block is a heading."""
    return block.startswith(HEADING)


def plain(block: str) -> str:
    """The words of the block, heading or not."""
    return block.removeprefix(HEADING)


def headed(blocks: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(heading, block) for each block that is no heading; the heading is "" before the first one."""
    heading = ""
    for block in blocks:
        if is_heading(block):
            heading = plain(block)
        yield heading, block


def joined(blocks: Blocks) -> str:
    """The blocks as one text to keep; "" stands for a page that is not there."""
    return "\n".join(blocks)


def split(text: str) -> Blocks:
    """The blocks that ``joined`` made one text of."""
    return tuple(text.split("\n")) if text else ()
