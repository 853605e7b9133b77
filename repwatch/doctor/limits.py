"""What the machine allows a process: open files and memory."""

from __future__ import annotations

from collections.abc import Iterator

from repwatch.doctor.machine import Machine
from repwatch.doctor.sign import Sign, bad, good, skipped, warn

_FILES, _FEW_FILES = 1_024, 256
_MANY_SOURCES = 200
_LOW_MIB, _OUT_MIB = 200, 50


def open_files(machine: Machine, sources: int) -> Iterator[Sign]:
    """Each check under way holds a connection; this is the limit of the shell we run in."""
    limit = machine.open_files
    low = limit != -1 and (limit < _FEW_FILES or (limit < _FILES and sources > _MANY_SOURCES))
    seen = "no limit" if limit == -1 else f"{limit:,} may be open at once"
    if low:
        yield warn("open files", f"only {seen}", "ulimit -n 1024, or LimitNOFILE=1024 in the service")
    else:
        yield good("open files", seen)


def memory(machine: Machine) -> Iterator[Sign]:
    """What is left for a process."""
    if machine.memory is None:
        yield skipped("memory", "this system does not tell")
        return
    seen = f"{machine.memory:,.0f} MiB available"
    advice = "end other programs, or add swap: the system may kill repwatch"
    if machine.memory < _OUT_MIB:
        yield bad("memory", seen, advice)
    else:
        yield warn("memory", seen, advice) if machine.memory < _LOW_MIB else good("memory", seen)
