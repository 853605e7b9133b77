"""What the doctor wants to know of the machine; a test makes one up."""

from __future__ import annotations

import os
import resource
import sqlite3
import ssl
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """What is left on a disk; ``files`` is how many more it can hold, None where it does not count them."""

    mib: float
    files: int | None


@dataclass(frozen=True, slots=True)
class Machine:
    """Versions and limits. ``mounts`` is the text of /proc/mounts, ``memory`` in MiB or None."""

    python: str
    sqlite: str
    openssl: str
    packages: Mapping[str, str]
    open_files: int
    memory: float | None
    mounts: str
    room: Callable[[Path], Room]


def this_machine() -> Machine:
    """The one we run on."""
    return Machine(
        python=".".join(map(str, sys.version_info[:3])),
        sqlite=sqlite3.sqlite_version,
        openssl=ssl.OPENSSL_VERSION,
        packages={item.name.lower(): item.version for item in distributions()},
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        memory=available(_text("/proc/meminfo")),
        mounts=_text("/proc/mounts"),
        room=room,
    )


def room(path: Path) -> Room:
    """What is left where ``path`` lies; raises OSError."""
    found = os.statvfs(path)
    return Room(found.f_bavail * found.f_frsize / _MIB, found.f_favail if found.f_files else None)


def available(meminfo: str) -> float | None:
    """MiB of memory that a program could have, by /proc/meminfo."""
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024
    return None


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # no Linux
