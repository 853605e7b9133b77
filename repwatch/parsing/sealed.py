"""Has a source plan and parse in a fresh process that touches nothing, and notes what it tried.

Started as ``python -m repwatch.parsing.sealed`` by the conformance kit, as light as the parser child. An
audit hook (PEP 578) refuses what an honest kind never does: sockets and names, other processes, files
that are written, moved or removed. Files may be read, for that is what an import does.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.parsing import codec
from repwatch.parsing.attempt import Parser, attempt

HEAVY = frozenset({"pydantic", "httpx", "sqlalchemy", "jinja2", "yaml", "rich", "apscheduler", "alembic"})
"""What the parser child has no use for: a kind that imports it makes every child dearer."""

_SECONDS = 60.0
_SEED = "4711"  # a fixed one, so that what fails, fails again
_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.kill",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
    "os.chown", "os.utime", "shutil.", "tempfile.", "sqlite3.connect", "webbrowser.open", "pty.spawn",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


class Source(Parser, Protocol):
    """What can plan and read."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """What to ask for."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened behind the seal: plan and pages as they were read, what was tried, what was imported."""

    planned: tuple[Request, ...]
    read: tuple[Parsed | SourceError, ...]
    tried: tuple[str, ...]
    imported: frozenset[str]


def behind_seal(source: Source, subjects: Sequence[Subject], pages: Sequence[Page]) -> Seen:
    """Plan and read these pages in a fresh process; its sets have an order of their own.

    Raises Unreadable when the process does not live to tell.
    """
    payload = pickle.dumps((source, tuple(subjects), tuple(pages)), pickle.HIGHEST_PROTOCOL)
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONHASHSEED": _SEED,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "repwatch.parsing.sealed"],
        input=payload,
        capture_output=True,
        env=environment,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unreadable(f"a fresh process cannot read it: {said[-1] if said else 'no word'}")
    return _seen(done.stdout)


def main() -> None:
    """Serve one payload, then say what was seen."""
    source, subjects, pages = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by behind_seal
    answer, sys.stdout = sys.stdout.buffer, sys.stderr  # a kind that prints does not garble the answer
    tried: list[str] = []
    sys.addaudithook(lambda event, details: _refuse(event, details, tried))
    planned = Parsed(follow=tuple(source.plan(subjects)))
    told = {
        "planned": codec.dumps(planned).decode(),
        "read": [codec.dumps(_result(source, page)).decode() for page in pages],
        "tried": tried,
        "imported": sorted(HEAVY & sys.modules.keys()),
    }
    answer.write(json.dumps(told).encode())


def _result(source: Source, page: Page) -> Parsed | SourceError:
    try:
        return attempt(source, page)
    except SourceError as error:
        return error


def _refuse(event: str, details: tuple[object, ...], tried: list[str]) -> None:
    """The hook: raises PermissionError, and keeps it in mind for the case that the kind swallows it."""
    if event.startswith(_REFUSED) or (event == "open" and _writes(details)):
        tried.append(f"{event} {details[0]!r}" if details else event)
        raise PermissionError(f"a kind of source does no I/O: {event}")


def _writes(details: tuple[object, ...]) -> bool:
    """Whether an ``open`` (path, mode, flags) is for writing; os.open has flags alone."""
    mode, flags = details[1:3]
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return isinstance(flags, int) and bool(flags & _WRITING)


def _seen(told: bytes) -> Seen:
    value = json.loads(told)
    planned = codec.loads(value["planned"].encode())
    assert isinstance(planned, Parsed)
    return Seen(
        planned=planned.follow,
        read=tuple(codec.loads(each.encode()) for each in value["read"]),
        tried=tuple(value["tried"]),
        imported=frozenset(value["imported"]),
    )


if __name__ == "__main__":
    main()
