"""A log record is one line, whatever the web put into it."""

from __future__ import annotations

import json
import logging
import sys

from repwatch.cli.log import LONGEST, LONGEST_FIELD, JsonLine, OneLine, log_to_stderr


def line(message: str) -> str:
    return OneLine("%(levelname)s %(message)s").format(
        logging.LogRecord("repwatch", logging.WARNING, "x.py", 1, message, None, None)
    )


def test_control_characters_are_escaped() -> None:
    assert line("a\nINFO forged \x1b[2J") == r"WARNING a\nINFO forged \x1b[2J"


def test_accents_stay_readable() -> None:
    assert line("Réseaux — été") == "WARNING Réseaux — été"


def test_the_spaces_of_french_are_spaces() -> None:
    assert line("sujet\u00a0: prêt\u202f!") == "WARNING sujet : prêt !"


def test_a_record_is_bounded() -> None:
    assert len(line("x" * 10_000)) == LONGEST


def written(message: str, fields: dict[str, object] | None = None, *, failed: bool = False) -> str:
    record = logging.LogRecord("repwatch.jobs", logging.WARNING, "x.py", 1, message, None, None)
    if fields is not None:
        record.fields = fields
    if failed:
        try:
            int("a\nforged line")
        except ValueError:
            record.exc_info = sys.exc_info()
    return JsonLine().format(record)


def test_a_json_record_is_one_object_on_one_line() -> None:
    text = written("a\nforged \x1b[2J é", {"event": "run", "source": "blog\n", "new": 2})
    assert "\n" not in text
    assert text.isascii()
    said = json.loads(text)
    assert (said["level"], said["message"]) == ("warning", "a\nforged \x1b[2J é")
    assert (said["event"], said["source"], said["new"]) == ("run", "blog\n", 2)


def test_a_traceback_stays_within_its_json_record() -> None:
    text = written("failed", failed=True)
    assert "\n" not in text
    assert "ValueError" in json.loads(text)["traceback"]


def test_a_json_record_is_bounded() -> None:
    said = json.loads(written("x" * 10_000, {"cause": "y" * 10_000}))
    assert (len(said["message"]), len(said["cause"])) == (LONGEST, LONGEST_FIELD)


def test_the_scheduler_adds_no_line_of_its_own() -> None:
    log_to_stderr(logging.INFO)
    assert not logging.getLogger("apscheduler.scheduler").isEnabledFor(logging.ERROR)
