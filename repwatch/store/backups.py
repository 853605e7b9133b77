"""The backups that lie beside a database."""

from __future__ import annotations

from pathlib import Path

_MAGIC = b"SQLite format 3\0"


def beside(path: Path) -> list[Path]:
    """The databases in the same folder that look like copies of this one, the newest first."""
    try:
        found = [(each.stat().st_mtime, each) for each in path.parent.glob("*.db") if each != path]
        return [each for _, each in sorted(found, reverse=True) if _is_database(each)]
    except OSError:
        return []


def named(path: Path, why: str) -> Path:
    """Where a copy of ``path`` goes that is made for a reason: ``repwatch.db.before-0002.db``."""
    return path.with_name(f"{path.name}.{why}.db")


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
