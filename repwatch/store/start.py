"""What must hold before the database is used; each failure is one line with its cause."""

from __future__ import annotations

import os
from pathlib import Path


def make_private(path: Path) -> None:
    """Make the folder (0700) and the file (0600). Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
