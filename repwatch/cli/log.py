"""Where the log goes and how it reads: stderr, so that stdout holds the answer alone."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from repwatch.masking import hide

LONGEST = 2000  # characters of a record
LONGEST_FIELD = 500  # characters of one text in a JSON record

WORDS, WHEN = "%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"
HUMAN, JSON = FORMATS = ("human", "json")

SPACES = {0xA0: " ", 0x202F: " "}  # French puts those before its colons

QUIET = {
    "httpx": logging.WARNING,  # it would print addresses with their keys, as does httpcore
    "httpcore": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.CRITICAL,  # a tick that is late, or cut by the stop, is told by our own schedule
}


class OneLine(logging.Formatter):
    """One record, one line: what came from the web can neither forge a record nor move the cursor."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with every control character escaped, cut to a bearable length."""
        text = hide(super().format(record))
        text = text.translate(SPACES)
        return "".join(char if char.isprintable() else escaped(char) for char in text)[:LONGEST]


class JsonLine(logging.Formatter):
    """One record, one JSON object of ASCII: ``at``, ``level``, ``logger``, ``message``, and its fields.

    The fields are those of an event (``event: run``, ``event: delivery``), under their own names.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as an object on one line."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide(record.getMessage())[:LONGEST],
        }
        fields: dict[str, object] = getattr(record, "fields", {})
        said |= {name: bounded(value) for name, value in fields.items()}
        if record.exc_info:
            said["traceback"] = hide(self.formatException(record.exc_info))[-LONGEST:]
        return json.dumps(said, default=str)


def bounded(value: object) -> object:
    """The value, a text without secrets and not longer than anybody reads."""
    return hide(value)[:LONGEST_FIELD] if isinstance(value, str) else value


def escaped(char: str) -> str:
    """A character as Python spells it."""
    return char.encode("unicode_escape").decode("ascii")


def log_to_stderr(level: int, style: str = HUMAN) -> None:
    """Log from ``level`` up, in one of FORMATS."""
    root = logging.getLogger()
    ours = [handler for handler in root.handlers if isinstance(handler.formatter, OneLine | JsonLine)]
    handler = ours[0] if ours else logging.StreamHandler()
    handler.setFormatter(JsonLine() if style == JSON else OneLine(WORDS, WHEN))
    logging.basicConfig(handlers=[handler])
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
