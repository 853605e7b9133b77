"""The parser child: reads (source, page) pickles from stdin and answers in JSON, within hard limits.

Started by ``process`` as ``python -m repwatch.parsing.child``. Its imports are few on purpose: a child
weighs what its sources import.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
from typing import BinaryIO

from repwatch.errors import SourceError
from repwatch.model import Parsed
from repwatch.parsing import codec, frames
from repwatch.parsing.attempt import attempt

MEMORY = 96 * 1024 * 1024
"""Of data, what an idle child holds included; a feed of 8 MiB that feedparser reads needs 80 MiB."""

ADDRESSES = 512 * 1024 * 1024
CPU_SECONDS = 5

OUT_OF_MEMORY = 75
"""Exit status after a document that used up the memory: what is left of the process is not trusted."""


def main() -> int:
    """Serve documents until the parent closes the pipe."""
    requests, answers = _private_pipes()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    gc.set_threshold(50_000, 20, 20)  # a document's values die with it, nearly all without cycles
    try:
        answers.write(frames.packed(b""))  # ready: the imports are done
        answers.flush()
        while (payload := frames.read(requests)) is not None:
            _arm()
            answers.write(frames.packed(codec.dumps(_result(payload))))
            answers.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both ends of the talk; a library that prints then writes to stderr, not into a frame."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _arm() -> None:
    """Give the next document its CPU seconds; at their end the kernel kills the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, hard))


def _result(payload: bytes) -> Parsed | SourceError:
    try:
        source, page = pickle.loads(payload)  # noqa: S301 - written by our parent, never by a page
        return attempt(source, page)
    except SourceError as error:
        return error


if __name__ == "__main__":
    raise SystemExit(main())
