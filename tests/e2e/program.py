"""Starts the installed program as a user would, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("repwatch"))

_OFFLINE = """
import socket

def nobody(*_, **__):
    raise socket.gaierror(socket.EAI_AGAIN, "no name server")

socket.getaddrinfo = nobody
from repwatch.__main__ import main
main()
"""
OFFLINE = [sys.executable, "-c", _OFFLINE]


def environment(home: Path, **more: str) -> dict[str, str]:
    """What the program sees of the machine: nothing of the developer's own settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "80", "LANG": "C.UTF-8", **more}


def run(
    home: Path, *arguments: str, typed: str = "", command: list[str] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, with ``typed`` as its input."""
    return subprocess.run(
        [*(command or [PROGRAM]), *arguments],
        cwd=home,
        env=environment(home, **more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
