"""The systemd unit as the tests read it, and a copy that names the program under test."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.program import PROGRAM

UNIT = Path(__file__).parent.parent / "config" / "repwatch.service"
INSTALLED = "/opt/repwatch/bin/repwatch"
CONFIGURED = "/etc/repwatch/repwatch.yaml"


def directives(unit: Path = UNIT) -> Iterator[tuple[str, str]]:
    """Each name and value in the order of the file; some names come twice."""
    for line in unit.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def value(name: str, unit: Path = UNIT) -> str:
    """The only value of a directive."""
    (found,) = [text for key, text in directives(unit) if key == name]
    return found


def command(config: str) -> list[str]:
    """What ExecStart runs, with the program and the configuration of a test."""
    words = shlex.split(value("ExecStart"))
    assert INSTALLED in words
    assert CONFIGURED in words
    return [{INSTALLED: PROGRAM, CONFIGURED: config}.get(word, word) for word in words]


def copied(folder: Path) -> Path:
    """The unit with a program that is there, as `systemd-analyze verify` demands."""
    path = folder / UNIT.name
    path.write_text(UNIT.read_text("utf-8").replace(INSTALLED, PROGRAM), "utf-8")
    return path
