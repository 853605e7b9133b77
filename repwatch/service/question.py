"""Asks a running daemon how it is, through its health endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from repwatch.errors import RepwatchError

SECONDS = 5.0
_LONGEST = 65_536
_OWN_PORT = "give this one another port (health: {port: ...}) and restart it"


def mark(database: Path) -> str:
    """Tells one installation from another, and nobody what it is called."""
    return sha256(str(database.resolve()).encode()).hexdigest()[:12]


def ask(host: str, port: int, expected: str) -> Mapping[str, object]:
    """What the daemon of the installation marked ``expected`` says; raises RepwatchError."""
    where = f"{host}:{port}"
    try:
        told = json.loads(_body(host, port))
    except OSError as error:
        cause = error.strerror or str(error)
        raise RepwatchError(f"nobody answers at {where}: {cause}", "is `repwatch run` running?") from error
    except (HTTPException, ValueError):
        told = None
    if not isinstance(told, dict) or told.get("program") != "repwatch":
        raise RepwatchError(f"another program answers at {where}", _OWN_PORT)
    if told.get("installation") != expected:
        raise RepwatchError(f"the repwatch of another database answers at {where}", _OWN_PORT)
    return told


def _body(host: str, port: int) -> bytes:
    connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(_LONGEST)
    finally:
        connection.close()
