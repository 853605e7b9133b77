"""Where the log goes and how much of it: stderr, so that stdout holds the answer alone."""

from __future__ import annotations

import logging

LONGEST = 2000  # characters of a record

QUIET = ("httpx", "httpcore", "apscheduler")  # the first two would print addresses with their keys


class OneLine(logging.Formatter):
    """One record, one line: what came from the web can neither forge a record nor move the cursor."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with every control character escaped, cut to a bearable length."""
        text = super().format(record)
        return "".join(char if char.isprintable() else escaped(char) for char in text)[:LONGEST]


def escaped(char: str) -> str:
    """A character as Python spells it."""
    return char.encode("unicode_escape").decode("ascii")


def log_to_stderr(level: int) -> None:
    """Log from ``level`` up."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger().setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
