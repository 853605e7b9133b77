"""Runs every examination of the table, each within its own time and none in another's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from repwatch.aside import aside
from repwatch.clock import Clock
from repwatch.doctor import (
    alignment,
    canaries,
    clockwork,
    configuration,
    daemon,
    database,
    disk,
    limits,
    mail,
    names,
    sources,
    versions,
)
from repwatch.doctor.machine import Machine
from repwatch.doctor.sign import Sign, bad, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import ConfigError

log = logging.getLogger(__name__)

SECONDS = 30.0
ROUND = 3_600.0  # each source has a limit of its own, by its host's pace

Signs = Iterable[Sign]


@dataclass(frozen=True, slots=True)
class Examination:
    """One line of the table. ``look`` reads files and may block; ``ask`` waits for others.

    ``leaves``: it asks other machines; ``asks_sources``: it asks the sources what a check
    would ask, names included; ``canary``: it is made on demand only.
    """

    area: str
    name: str
    look: Callable[[Visit], Signs] | None = None
    ask: Callable[[Visit], Awaitable[Sequence[Sign]]] | None = None
    seconds: float = SECONDS
    leaves: bool = False
    asks_sources: bool = False
    canary: bool = False


# What `repwatch doctor` says, in this order.
EXAMINATIONS = (
    Examination("Configuration", "file", configuration.file),
    Examination("Configuration", "privacy", configuration.privacy),
    Examination("Configuration", "secrets", configuration.secrets),
    Examination("Configuration", "contact", configuration.contact),
    Examination("Configuration", "reports", configuration.reports),
    Examination("Database", "file", database.file),
    Examination("Database", "content", database.content, seconds=2 * database.CHECK_SECONDS),
    Examination("Database", "log", database.log),
    Examination("Database", "privacy", database.privacy),
    Examination("Database", "backup", database.backup),
    Examination("Disk", "room", disk.room),
    Examination("Disk", "file system", disk.kind),
    Examination("Daemon", "running", daemon.running),
    Examination("Daemon", "progress", ask=daemon.health),
    Examination("Clock", "now", clockwork.now),
    Examination("Clock", "zone", clockwork.zone),
    Examination("Clock", "agreement", ask=clockwork.agreement, seconds=ROUND, leaves=True, asks_sources=True),
    Examination("DNS", "names", ask=names.resolved, leaves=True),
    Examination("Sources", "sources", ask=sources.answers, seconds=ROUND, leaves=True, asks_sources=True),
    Examination("Canaries", "canaries", ask=canaries.sung, seconds=ROUND, leaves=True, canary=True),
    Examination("Mail", "log-in", ask=mail.logins, seconds=600.0, leaves=True),
    Examination("Mail", "draft", ask=mail.drafts),
    Examination("Mail", "sender", ask=alignment.alignment, seconds=60.0, leaves=True),
    Examination("Versions", "in use", lambda visit: versions.known(visit.machine, visit.clock.now())),
    Examination("Limits", "open files", lambda visit: limits.open_files(visit.machine, len(visit.watched))),
    Examination("Limits", "memory", lambda visit: limits.memory(visit.machine)),
)


async def examine(
    visit: Visit,
    *,
    offline: bool = False,
    no_sources: bool = False,
    canary: bool = False,
    table: Sequence[Examination] = EXAMINATIONS,
) -> list[Sign]:
    """Every sign, in the order of the table; whatever leaves the machine can be left out.

    ``canary`` asks the sources for what they must find, too.
    """
    wanted = [item for item in table if canary or not item.canary]
    signs = await asyncio.gather(
        *(examined(item, visit, left_out(item, offline=offline, no_sources=no_sources)) for item in wanted)
    )
    return [sign for found in signs for sign in found]


def left_out(item: Examination, *, offline: bool, no_sources: bool) -> str:
    """The option that leaves this examination out, if there is one."""
    if offline and item.leaves:
        return "--offline"
    return "--no-sources" if no_sources and item.asks_sources else ""


async def examined(item: Examination, visit: Visit, option: str) -> list[Sign]:
    """One examination; it may fail, and hang, and is told all the same."""
    if option:
        signs: Sequence[Sign] = [skipped(item.name, f"left out ({option})")]
    else:
        try:
            async with asyncio.timeout(item.seconds):
                signs = await _signs(item, visit)
        except TimeoutError:
            seen = f"not over after {item.seconds:g} s"
            signs = [bad(item.name, seen, "something hangs: the disk, the network or a server; try again")]
        except Exception as error:  # a defect here must not hide what the others see
            log.warning("examination %s, %s", item.area, item.name, exc_info=True)
            signs = [warn(item.name, f"cannot be examined: {error or type(error).__name__}", _DEFECT)]
    return [replace(sign, area=item.area) for sign in signs]


_DEFECT = "see 'repwatch -v doctor' for where it failed"


async def _signs(item: Examination, visit: Visit) -> Sequence[Sign]:
    if item.ask is not None:
        return await item.ask(visit)
    look = item.look
    assert look is not None
    # In a thread that nobody waits for when it hangs in a dead file system.
    return await aside(lambda: list(look(visit)), "repwatch-doctor")


def without_configuration(error: ConfigError, machine: Machine, clock: Clock) -> list[Sign]:
    """What can be said when the configuration cannot be used."""
    possible = {
        "Configuration": [*configuration.broken(error)],
        "Versions": [*versions.known(machine, clock.now())],
        "Limits": [*limits.open_files(machine, 0), *limits.memory(machine)],
    }
    areas = dict.fromkeys(item.area for item in EXAMINATIONS if not item.canary)
    others = [area for area in areas if area not in possible]
    waiting = skipped("others", f"{', '.join(others)}: the configuration must be mended first")
    possible["Configuration"].append(waiting)
    return [replace(sign, area=area) for area, signs in possible.items() for sign in signs]
