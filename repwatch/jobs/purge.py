"""Erases everything that is kept about one subject, and nothing of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from repwatch.clock import Clock
from repwatch.errors import StoreError
from repwatch.jobs.digest import Digest
from repwatch.jobs.watched import Watched
from repwatch.model import Route, Subject
from repwatch.store import erasure, meta
from repwatch.store.database import Store, Tx
from repwatch.store.erasure import SCRUB, Erasing, Retold, Traces


class Purge:
    """The erasure of ``subject``, who may be configured no more."""

    def __init__(
        self,
        subject: str,
        *,
        watched: Sequence[Watched],
        subjects: Sequence[Subject],
        routes: Sequence[Route],
        store: Store,
        clock: Clock,
    ) -> None:
        self.subject = subject
        self._names = tuple(name for each in subjects if each.id == subject for name in each.names)
        self._sources = tuple(each.id for each in watched if [who.id for who in each.subjects] == [subject])
        self._routes: Mapping[str, Route] = {route.id: route for route in routes}
        self._store = store
        others = [each for each in subjects if each.id != subject]
        theirs = [without(each, subject) for each in watched if each.id not in self._sources]
        self._digest = Digest(theirs, others, store, clock)

    @property
    def configured(self) -> bool:
        """Whether the configuration still names the subject."""
        return bool(self._names)

    async def traces(self) -> Traces:
        """What would go."""
        return await self._store.read(lambda tx: erasure.traces(tx, self._who(tx)))

    async def known(self) -> list[str]:
        """Everyone of whom something is kept."""
        return await self._store.read(erasure.subjects)

    async def unfinished(self) -> bool:
        """Whether an erasure was cut short before the file was written anew."""
        return bool(await self._store.read(lambda tx: meta.get(tx, SCRUB)))

    async def run(self) -> None:
        """Erase it, tell the others anew what went with it, and write the file anew without it."""
        demand_owner(self._store)
        await self._store.overwrite()
        for retold in await self._store.write(lambda tx: erasure.erase(tx, self._who(tx))):
            await self._tell_again(retold)
        await self._store.scrub()
        await self._store.write(lambda tx: meta.put(tx, SCRUB, ""))

    def _who(self, tx: Tx) -> Erasing:
        names = (*self._names, *erasure.names(tx, self.subject))
        return Erasing(self.subject, tuple(dict.fromkeys(names)), self._sources)

    async def _tell_again(self, retold: Retold) -> None:
        """To those alone who had not received it; the others know it."""
        route = self._routes.get(retold.route)
        if route:
            await self._digest.send_lines(replace(route, recipients=retold.recipients), retold.lines)


def without(watched: Watched, subject: str) -> Watched:
    """The source as it would be if it did not look for the subject."""
    return replace(watched, subjects=tuple(each for each in watched.subjects if each.id != subject))


def demand_owner(store: Store) -> None:
    """Raises StoreError while another process has the database: only the owner may write the file anew."""
    if store.owner:
        return
    other = store.other_owner()
    who = (
        f"a repwatch {other.role} (process {other.pid})"
        if other and other.pid
        else "another repwatch process"
    )
    raise StoreError(f"{store.path}: {who} has this database", "stop it first, and start it afterwards")


def backups(database: Path) -> list[Path]:
    """Copies beside the database that repwatch made, and that still hold everything."""
    return sorted(database.parent.glob(f"{database.name}.before-*"))
