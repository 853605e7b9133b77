"""The versions in use: those with known trouble, and whether it concerns us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from repwatch.doctor.machine import Machine
from repwatch.doctor.sign import Sign, State, good, warn

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of some versions: from ``first`` up to, but without, ``mended``.

    ``source`` says where it is told. ``advice`` is empty where repwatch works round it.
    """

    part: str
    first: Version
    mended: Version
    what: str
    source: str
    advice: str = ""


TROUBLES = (
    Trouble(
        "sqlite",
        (3, 7, 0),
        (3, 51, 3),
        "two connections that fold the log back can damage the file; here only the owner does",
        "sqlite.org/wal.html#walresetbug",
    ),
    Trouble(
        "sqlite",
        (3, 52, 0),
        (3, 52, 1),
        "this release was withdrawn",
        "sqlite.org/changes.html",
        "install another SQLite, 3.51.3 or a later one",
    ),
    Trouble(
        "python",
        (3, 11, 0),
        (3, 11, 10),
        "a line break in a header can add headers to a mail; here it is taken out before",
        "CVE-2024-6923",
    ),
    Trouble(
        "python",
        (3, 12, 0),
        (3, 12, 5),
        "a line break in a header can add headers to a mail; here it is taken out before",
        "CVE-2024-6923",
    ),
    Trouble(
        "feedparser",
        (6, 0, 0),
        (6, 0, 15),
        "one long author can keep it busy for ever; here a child process with limits reads feeds",
        "kurtmckee/feedparser#562",
    ),
    Trouble(
        "apscheduler",
        (3, 0, 0),
        (4, 0, 0),
        "it falls silent after the clock steps; here due times live in the database",
        "agronholm/apscheduler#1036",
    ),
    Trouble(
        "h11",
        (0, 0, 0),
        (0, 16, 0),
        "it takes malformed chunked answers",
        "CVE-2025-43859",
        "install h11 0.16 or later: pip install -r requirements/repwatch.txt",
    ),
)

# The end of security updates, by the Python developer's guide (devguide.python.org/versions).
PYTHON_ENDS: dict[Version, datetime] = {
    (3, 11): datetime(2027, 10, 31, tzinfo=UTC),
    (3, 12): datetime(2028, 10, 31, tzinfo=UTC),
    (3, 13): datetime(2029, 10, 31, tzinfo=UTC),
    (3, 14): datetime(2030, 10, 31, tzinfo=UTC),
}


def known(machine: Machine, now: datetime) -> Iterator[Sign]:
    """What is in use, and every trouble that it is known for."""
    python = number(machine.python)
    yield good("in use", f"Python {machine.python}, SQLite {machine.sqlite}, {machine.openssl}")
    ends = PYTHON_ENDS.get(python[:2])
    if ends and now > ends:
        seen = f"{machine.python} gets no security updates since {ends:%Y-%m}"
        yield warn("python", seen, "install a later Python, then make .venv anew")
    if "OpenSSL 1." in machine.openssl:
        yield warn(
            "openssl", f"{machine.openssl} gets no updates since 2023-09", "use a Python with OpenSSL 3"
        )
    for trouble in TROUBLES:
        version = installed(machine, trouble.part)
        if version and trouble.first <= number(version) < trouble.mended:
            yield sign(trouble, version)


def sign(trouble: Trouble, version: str) -> Sign:
    """The trouble as a line; one that is worked round is good to know and no more."""
    state = State.WARN if trouble.advice else State.GOOD
    return Sign(trouble.part, state, f"{version}: {trouble.what} ({trouble.source})", trouble.advice)


def installed(machine: Machine, part: str) -> str:
    """The version of a part, "" where it is not installed."""
    own = {"python": machine.python, "sqlite": machine.sqlite}
    return own.get(part) or machine.packages.get(part, "")


def number(version: str) -> Version:
    """The leading numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
