"""The database file: is it there, ours, whole, up to date and private?"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from repwatch.doctor.access import mode, open_to_others
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import StoreError
from repwatch.store import backups, start
from repwatch.store.causes import MOUNT, read_only_disk
from repwatch.store.onlooker import Look

CHECK_SECONDS = 20.0  # a look for faults reads the whole file
_MIB = 1024 * 1024
_LOG_MIB = 64
_OLD_DAYS = 30
_FRESH_DAYS = 2
_STICKY = 0o1000


def file(visit: Visit) -> Iterator[Sign]:
    """Whether it is there, and this user may use it."""
    path = visit.config.database_path
    if not path.exists():
        yield from _place(path)
    elif not os.access(path, os.R_OK | os.W_OK):
        advice = MOUNT if read_only_disk(path) else _owner(path)
        yield bad("file", f"{path} cannot be read and written by this user", advice, unusable=True)
    elif not os.access(path.parent, os.W_OK):
        advice = f"make the folder writable: {_owner(path.parent)}"
        yield bad("file", f"{path.parent} is not writable: SQLite keeps its log there", advice, unusable=True)
    else:
        yield good("file", f"{path}, {path.stat().st_size / _MIB:.1f} MiB")


def _place(path: Path) -> Iterator[Sign]:
    """Whether the first check could make it."""
    near = nearest(path.parent)
    try:
        start.demand_no_orphan(path)
    except StoreError as error:
        yield bad("file", error.cause, error.next_step, unusable=True)
        return
    if os.access(near, os.W_OK):
        yield good("file", f"{path} is not there yet: the first check makes it")
    else:
        make = f"make the folder {path.parent}, owned by this user, or set 'database:'"
        advice = MOUNT if read_only_disk(near / path.name) else make
        yield bad("file", f"{path} is not there, and {near} is not writable", advice, unusable=True)


def nearest(folder: Path) -> Path:
    """The folder itself, or the closest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _owner(path: Path) -> str:
    return (
        f"run as its owner (user {path.stat().st_uid}), or give it to this user (chown {os.getuid()} {path})"
    )


def content(visit: Visit) -> Iterator[Sign]:
    """Its version and whether it is whole, read beside a running daemon and without a trace."""
    if not visit.config.database_path.exists():
        yield skipped("content", "there is no database yet")
        return
    clock = visit.clock
    ends = clock.monotonic() + CHECK_SECONDS
    try:
        look = visit.store.look(lambda: clock.monotonic() > ends)
    except StoreError as error:
        step = error.next_step or "restore a backup; nothing was changed"
        yield bad("content", error.cause, step, unusable=True)
        return
    yield version(look)
    yield soundness(look)


def version(look: Look) -> Sign:
    """The revision against the program's."""
    if look.revision == look.head:
        return good("version", f"{look.revision}, as this program wants it")
    if not look.revision:
        return good("version", "an empty file: the first check fills it")
    if look.revision > look.head:
        seen = f"the database is of version {look.revision}, this program knows {look.head}"
        return bad("version", seen, "install the newer repwatch again, or restore a backup", unusable=True)
    seen = f"the database is of version {look.revision}, this program of {look.head}"
    return warn("version", seen, "the next start of 'repwatch run' or 'check' copies and upgrades it")


def soundness(look: Look) -> Sign:
    """What SQLite's own quick check said."""
    if look.faults is None:
        seen = f"the quick check was not over after {CHECK_SECONDS:.0f} s and was stopped"
        return skipped("quick check", seen, "stop the daemon and let the sqlite3 program run it")
    if look.faults:
        more = f" (and {len(look.faults) - 1} more)" if len(look.faults) > 1 else ""
        advice = "stop repwatch, keep a copy of the file, and restore a backup"
        return bad("quick check", f"damaged: {look.faults[0]}{more}", advice, unusable=True)
    return good("quick check", "no fault found")


def log(visit: Visit) -> Iterator[Sign]:
    """The write-ahead log, which grows when nobody can fold it back."""
    if not visit.config.database_path.exists():
        return
    path = _beside(visit.config.database_path, "-wal")
    size = path.stat().st_size / _MIB if path.exists() else 0.0
    if size > _LOG_MIB:
        advice = "end programs that keep the file open, then restart the daemon, which folds it back"
        yield warn("log", f"{path.name} has grown to {size:.0f} MiB: some reader never lets go", advice)
    else:
        yield good("log", f"{size:.1f} MiB wait to be folded back into the file")


def privacy(visit: Visit) -> Iterator[Sign]:
    """Whether the files, and their copies beside them, are the owner's alone."""
    path = visit.config.database_path
    if not path.exists():
        return
    signs = [*_open_files(path), *_open_folder(path.parent)]
    yield from signs or [good("privacy", "the files are readable by their owner alone")]


def _open_files(path: Path) -> Iterator[Sign]:
    for found in kept_beside(path):
        if others := open_to_others(found):
            yield warn("privacy", f"{found} may be {others} by others", f"chmod 600 {found}")


def _open_folder(folder: Path) -> Iterator[Sign]:
    bits = mode(folder)
    if bits & 0o022 and not bits & _STICKY:
        yield warn("privacy", f"others may replace files in {folder}", f"chmod go-w {folder}")


def kept_beside(path: Path) -> list[Path]:
    """The database, its log and its lock, whatever else carries its name, and the backups."""
    named = (found for found in path.parent.glob(f"{glob.escape(path.stem)}*") if found.is_file())
    return sorted({*named, *backups.beside(path)})


def backup(visit: Visit) -> Iterator[Sign]:
    """When the newest copy beside the database was made."""
    path = visit.config.database_path
    if not path.exists():
        return
    copies = backups.beside(path)
    if not copies:
        advice = "make one now and then, and keep it on another disk: repwatch db backup FILE"
        yield skipped("backup", "none lies beside the database (it may be elsewhere)", advice)
        return
    newest = copies[0]
    days = (visit.clock.now().timestamp() - newest.stat().st_mtime) / 86_400
    age = f"{days:.0f} days old" if days >= _FRESH_DAYS else "not two days old"
    seen = f"the newest copy here is {newest.name}, {age}"
    yield (
        warn("backup", seen, "make a new one: repwatch db backup FILE")
        if days > _OLD_DAYS
        else good("backup", seen)
    )


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
