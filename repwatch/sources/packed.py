"""Unpacks a document that is itself a gzip file, piece by piece and never into more than was allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from repwatch.errors import Unreachable, Unreadable

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 64 * 1024


def pieces(body: bytes, limit: int) -> Iterator[bytes]:
    """The document in pieces, unpacked where it is packed; ``limit`` in unpacked bytes.

    Raises Unreadable for more than the limit and for what is no gzip after all, Unreachable for a file
    that stops in the middle. Only a piece at a time is in memory. What follows the end is padding.
    """
    if not body.startswith(_MAGIC):
        yield from (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))
        return
    unpacker, rest, left = zlib.decompressobj(_GZIP), body, limit
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(rest, _PIECE)
        except zlib.error as error:
            raise Unreadable("the document begins like a gzip file and is none") from error
        rest, left = unpacker.unconsumed_tail, left - len(piece)
        if left < 0:
            raise Unreadable(f"the document is larger than {limit / 2**20:g} MiB when it is unpacked")
        if not piece and not unpacker.eof:
            raise Unreachable("the transfer was cut: the gzip file has no end")
        yield piece
