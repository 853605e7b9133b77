"""Who may read and write a file, as words."""

from __future__ import annotations

import stat
from pathlib import Path


def mode(path: Path) -> int:
    """The permission bits; raises OSError."""
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(path: Path) -> str:
    """What users other than the owner may have done to the file: "read", "written", both, or ""."""
    bits = mode(path)
    words = [word for word, mask in (("read", 0o044), ("written", 0o022)) if bits & mask]
    return " and ".join(words)
