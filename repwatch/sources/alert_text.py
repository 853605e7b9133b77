"""Reads the hits in the plain text of an alert mail: title, source or not, excerpt, and the link in <>."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repwatch.sources.alert_links import target
from repwatch.sources.entry import Entry

_BLOCK = re.compile(r"\n\s*\n")
_LINK = re.compile(r"<\s{0,9}([^<>\s]+)\s{0,9}>")
_FOOT = "- - - - -"


def hits(text: str) -> Iterator[Entry]:
    """Every hit in front of the mail's foot.

    A source's name cannot be told from the excerpt's first line here, and stays with the excerpt.
    """
    body = text.replace("\r\n", "\n").partition(_FOOT)[0]
    for block in _BLOCK.split(body):
        link = next((page for page in map(target, _LINK.findall(block)) if page), "")
        lines = [line.strip() for line in _LINK.sub("", block).splitlines()]
        said = [line for line in lines if line and not _is_section(line)]
        if link and said:
            yield Entry(title=said[0], links=(link,), summary=" ".join(said[1:]))


def _is_section(line: str) -> bool:
    """Whether it is a heading: "=== News - 10 new results for [query] ==="."""
    return line.startswith("==") and line.endswith("=")
