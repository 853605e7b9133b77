"""Copies a database that may be in use: whole, checked and private, or not at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from repwatch.store.causes import named_errors
from repwatch.store.soundness import demand_sound, read_only

PART = ".part"  # the end of a name that holds a copy which is not finished


def copy(source: Path, target: Path) -> None:
    """Put a sound copy of ``source``, as it is at one moment, in the place of ``target``.

    Nobody who uses the source waits, and nothing is folded. Raises StoreError; the target is then
    as it was.
    """
    with part(target) as fresh:
        take_over(source, fresh)
        demand_sound(fresh, copied_from=source)
        put_in_place(fresh, target)


@contextmanager
def part(target: Path) -> Iterator[Path]:
    """An empty private file beside ``target``, which goes away again unless it was put in place."""
    with named_errors(target):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=PART)
        os.close(handle)
    fresh = Path(name)
    try:
        yield fresh
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            fresh.with_name(fresh.name + ending).unlink(missing_ok=True)


def take_over(source: Path, fresh: Path) -> None:
    """Copy the content in one step, so that it is of one moment, and leave no log beside the copy."""
    with named_errors(source), closing(read_only(source)) as here:
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()  # says "not a database" of its own name
        with named_errors(fresh), closing(sqlite3.connect(fresh)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")


def put_in_place(fresh: Path, target: Path) -> None:
    """Replace ``target`` by a finished file, and let the disk know before anybody relies on it."""
    with named_errors(target):
        sync(fresh)
        fresh.replace(target)
        sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(path: Path) -> None:
    """Remove the unfinished copies beside ``path`` that a killed process left."""
    for ending in ("", "-journal", "-wal", "-shm"):
        for each in path.parent.glob(f".*{PART}{ending}"):
            if each.name.startswith(f".{path.name}."):
                each.unlink(missing_ok=True)
