"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from repwatch.errors import ConfigError

PRIVATE = 0o600


def write(path: Path, text: str, *, bom: bool = False) -> None:
    """Put ``text`` at ``path`` in one step, keeping the file's mode (0600 for a new one).

    A symbolic link stays, and what it points to is replaced. Raises ConfigError; the old file is
    then as it was.
    """
    target = path.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else PRIVATE
    data = text.encode("utf-8-sig" if bom else "utf-8")
    try:
        _replace(target, data, mode)
    except OSError as error:
        raise ConfigError(
            [f"{path} cannot be written: {error.strerror}"], "check the folder and who may write there"
        ) from error


def _replace(target: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
