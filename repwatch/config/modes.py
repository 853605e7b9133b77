"""Who else may read or write the files that a daemon trusts."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from repwatch.errors import ConfigError

WRITABLE = "may be written by others, who could redirect your reports"
HANDED_OVER = Path("/run")  # credentials of systemd, secrets of a container: their giver guards them


def writable_by_others(path: Path) -> bool:
    """Whether the group or the world may change it."""
    return path.exists() and bool(_mode(path) & (stat.S_IWGRP | stat.S_IWOTH))


def readable_by_others(path: Path) -> bool:
    """Whether people beside us may read it; a file of another owner is ours to read by its group alone."""
    if path.resolve().is_relative_to(HANDED_OVER):
        return False
    ours = path.stat().st_uid == os.geteuid()
    return bool(_mode(path) & (stat.S_IROTH | (stat.S_IRGRP if ours else 0)))


def demand_own(path: Path) -> None:
    """Raise ConfigError for a configuration that others may write: what they write there would be done."""
    if writable_by_others(path):
        raise ConfigError([f"{path} {WRITABLE}"], f"chmod 600 {path}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
