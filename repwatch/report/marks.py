"""Where the watched name stands in a snippet, as pieces that a template can mark."""

from __future__ import annotations

from repwatch.report.shapes import Marked
from repwatch.rules.names import Names

_MOST_MARKS = 5
_LEAD = 80  # characters kept before the first mark when a text must be cut


def marked(text: str, names: Names, limit: int) -> Marked:
    """The text in pieces, True where the name stands, cut to ``limit`` characters around the first."""
    spans = _spans(text, names)
    start = _window(spans, len(text), limit)
    pieces = _pieces(text, spans, start, start + limit)
    return shortened(pieces, limit) if start == 0 else (("…", False), *shortened(pieces, limit))


def shortened(pieces: Marked, limit: int) -> Marked:
    """The first ``limit`` characters of marked pieces, with an ellipsis where something was cut."""
    kept: list[tuple[str, bool]] = []
    for text, hit in pieces:
        room = limit - sum(len(piece) for piece, _ in kept)
        if len(text) > room:
            return (*kept, (text[:room].rstrip(), hit), ("…", False)) if room > 0 else (*kept, ("…", False))
        kept.append((text, hit))
    return tuple(kept)


def _spans(text: str, names: Names) -> list[tuple[int, int]]:
    """Start and end of each place where the name stands; a name that is merely near is not one."""
    spans: list[tuple[int, int]] = []
    at = 0
    while len(spans) < _MOST_MARKS:
        found = names.find(text[at:])
        if found is None or found.form == "near" or found.end <= found.start:
            break
        spans.append((at + found.start, at + found.end))
        at += found.end
    return spans


def _window(spans: list[tuple[int, int]], length: int, limit: int) -> int:
    """Where an excerpt starts so that the first mark is inside."""
    if not spans or length <= limit or spans[0][1] <= limit:
        return 0
    return max(0, min(spans[0][0] - _LEAD, length - limit))


def _pieces(text: str, spans: list[tuple[int, int]], start: int, end: int) -> Marked:
    pieces: list[tuple[str, bool]] = []
    at = start
    for first, last in spans:
        if first >= end:
            break
        pieces += [(text[at:first], False), (text[max(first, at) : last], True)]
        at = last
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])
