"""The wire between the parser child and its parent: frames with their length in front."""

from __future__ import annotations

import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")

LONGEST_ANSWER = 32 * 1024 * 1024


def packed(payload: bytes) -> bytes:
    """The payload as a frame."""
    return LENGTH.pack(len(payload)) + payload


def read(stream: BinaryIO) -> bytes | None:
    """The next frame's payload, None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None
