"""The backups that lie beside a database."""

from __future__ import annotations

from datetime import datetime
from glob import escape
from pathlib import Path

ENDINGS = ("-wal", "-shm", "-journal", ".lock")  # of the files that come and go beside a database

_MAGIC = b"SQLite format 3\0"


def own_files(path: Path) -> list[Path]:
    """The database and the files that belong to it, there or not."""
    return [path, *(path.with_name(path.name + ending) for ending in ENDINGS)]


def beside(path: Path) -> list[Path]:
    """The databases in the same folder that look like copies of this one, the newest first."""
    try:
        found = [(each.stat().st_mtime, each) for each in path.parent.glob("*.db") if each != path]
        return [each for _, each in sorted(found, reverse=True) if _is_database(each)]
    except OSError:
        return []


def ours(path: Path) -> list[Path]:
    """The copies that this program made of ``path`` by itself."""
    return sorted(path.parent.glob(f"{escape(path.name)}.*.db"))


def before_migration(path: Path, revision: str) -> Path:
    """Where the copy goes that is made before the tables change."""
    return path.with_name(f"{path.name}.before-{revision}.db")


def before_restore(path: Path, now: datetime) -> Path:
    """Where the content goes that a restored backup takes the place of."""
    return path.with_name(f"{path.name}.before-restore-{now:%Y%m%dT%H%M%SZ}.db")


def damaged(path: Path, now: datetime) -> Path:
    """Where a database goes that cannot be read any more; no name of a backup."""
    return path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
