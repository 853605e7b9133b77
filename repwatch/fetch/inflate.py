"""Unpacks a gzip stream piece by piece, and never into more bytes than were allowed."""

from __future__ import annotations

import zlib

from repwatch.errors import Unreachable, Unreadable

_GZIP = 16 + zlib.MAX_WBITS


class Plain:
    """A body that is what it is; ``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._limit = limit

    def feed(self, data: bytes) -> bytes:
        """The same bytes; raises Unreachable once there are more than the limit."""
        self._left -= len(data)
        if self._left < 0:
            raise too_large(self._limit)
        return data

    def finish(self) -> None:
        """Nothing is owed."""


class Gunzip:
    """A body packed with gzip; ``limit`` in unpacked bytes."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._limit = limit
        self._zlib = zlib.decompressobj(_GZIP)

    def feed(self, data: bytes) -> bytes:
        """The unpacked bytes; raises Unreachable over the limit and Unreadable for what is not gzip.

        What follows the end of the stream is ignored: servers pad.
        """
        if self._zlib.eof:
            return b""
        try:
            out = self._zlib.decompress(data, self._left + 1)  # one more, to tell "full" from "too much"
        except zlib.error as error:
            raise Unreadable("the body says gzip and is not") from error
        self._left -= len(out)
        if self._left < 0:
            raise too_large(self._limit)
        return out

    def finish(self) -> None:
        """Raise Unreachable if the stream ended in the middle, where zlib itself says nothing."""
        if not self._zlib.eof:
            raise Unreachable("the transfer was cut: the gzip stream has no end")


def unpacker(coding: str, limit: int) -> Plain | Gunzip:
    """Who unpacks a body with this ``Content-Encoding``; raises Unreadable for what we never offered."""
    name = coding.strip().lower()
    if name in ("", "identity"):
        return Plain(limit)
    if name in ("gzip", "x-gzip"):
        return Gunzip(limit)
    raise Unreadable(f"the body is packed in a way that was not offered: {name[:40]}")


def too_large(limit: int) -> Unreachable:
    """The error for a body that does not end in time; ``limit`` in bytes."""
    return Unreachable(
        f"the answer is larger than {limit / 2**20:g} MiB", "choose a smaller page of this site"
    )
