"""The disk below the database: room, and whether its file system can carry it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from repwatch.doctor.database import nearest
from repwatch.doctor.machine import Room
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit

_LOW_MIB, _OUT_MIB = 200, 20
_LOW_FILES, _OUT_FILES = 1_000, 10
_KIND = 2  # the field of /proc/mounts that says it
_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.rclone",
    }
)


def room(visit: Visit) -> Iterator[Sign]:
    """How much is left; a full disk pauses everything."""
    folder = nearest(visit.config.database_path.parent)
    left = visit.machine.room(folder)
    yield _bytes(folder, left)
    if left.files is not None and left.files < _LOW_FILES:
        grave = bad if left.files < _OUT_FILES else warn
        seen = f"only {left.files} more files fit on the disk of {folder}"
        yield grave("files", seen, "remove small files that nobody needs, such as old caches")


def _bytes(folder: Path, left: Room) -> Sign:
    seen = f"{left.mib:,.0f} MiB left for {folder}"
    advice = "make room: nothing can be stored when it is full"
    if left.mib < _OUT_MIB:
        return bad("room", seen, advice)
    return warn("room", seen, advice) if left.mib < _LOW_MIB else good("room", seen)


def kind(visit: Visit) -> Iterator[Sign]:
    """SQLite's log needs memory that all users of the file share, which a network cannot give."""
    folder = nearest(visit.config.database_path.parent).resolve()
    found = file_system(folder, visit.machine.mounts)
    if not found:
        yield skipped("file system", "this system does not tell what kind it is")
    elif found in _NETWORK:
        seen = f"{folder} is on a network file system ({found}), where the database can be damaged"
        yield warn("file system", seen, "set 'database:' to a file on a disk of this machine")
    else:
        yield good("file system", found)


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system that holds ``folder``, by the text of /proc/mounts; "" when unknown."""
    points = [
        (unescaped(fields[1]), fields[2])
        for line in mounts.splitlines()
        if len(fields := line.split()) > _KIND
    ]
    holding = [(len(point), kind) for point, kind in points if folder.is_relative_to(point)]
    longest = max((length for length, _ in holding), default=0)
    kinds = [kind for length, kind in holding if length == longest]
    return kinds[-1] if kinds else ""  # of two mounts at one place the later one counts


def unescaped(point: str) -> str:
    """A mount point as a path: the kernel writes a space as a backslash and 040."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, letter)
    return point
