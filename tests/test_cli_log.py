"""A log record is one line, whatever the web put into it."""

from __future__ import annotations

import logging

from repwatch.cli.log import LONGEST, OneLine


def line(message: str) -> str:
    return OneLine("%(levelname)s %(message)s").format(
        logging.LogRecord("repwatch", logging.WARNING, "x.py", 1, message, None, None)
    )


def test_control_characters_are_escaped() -> None:
    assert line("a\nINFO forged \x1b[2J") == r"WARNING a\nINFO forged \x1b[2J"


def test_accents_stay_readable() -> None:
    assert line("Réseaux — été") == "WARNING Réseaux — été"


def test_a_record_is_bounded() -> None:
    assert len(line("x" * 10_000)) == LONGEST
