"""Captures a source: asks it as a check does, and keeps its pages, without what is secret in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from repwatch.clock import Clock
from repwatch.errors import SourceError
from repwatch.fetch.limits import Leaves, Policy
from repwatch.jobs.ask import Fetches, Parses
from repwatch.jobs.check import Check
from repwatch.jobs.ended import Ended
from repwatch.jobs.watched import Watched
from repwatch.model import Page, Pair, Parsed, Request, Validators
from repwatch.recording import shown, written
from repwatch.rules.cleanse import cleansed, cleanser, secrets_in
from repwatch.sources.base import Source
from repwatch.store.database import Store

Result = Parsed | SourceError


@dataclass(slots=True)
class Tape:
    """A door and a parser that pass everything on, and keep each page with what was read in it.

    It asks without conditions, for an unchanged page would have no body.
    """

    door: Fetches
    parser: Parses
    heard: list[tuple[Page, Result]] = field(default_factory=list)

    async def fetch(
        self, request: Request, policy: Policy, validators: Validators, leaves: Leaves | None = None
    ) -> Page:
        """Bring one page; raises SourceError."""
        del validators
        return await self.door.fetch(request, policy, Validators(), leaves)

    def rest(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone for so long."""
        self.door.rest(url, seconds)

    async def parse(self, source: Source, page: Page) -> Parsed:
        """Read one page; raises SourceError."""
        result = await read(self.parser, source, page)
        if "canary" not in page.request.context:  # it proves an empty answer, and is none itself
            self.heard.append((page, result))
        if isinstance(result, SourceError):
            raise result
        return result


@dataclass(frozen=True, slots=True)
class Take:
    """One page without its secrets, what is read in it (JSON), and whether the whole page said the same."""

    page: Page
    expected: bytes
    faithful: bool


class Capture:
    """One round of a source that keeps nothing in the store but the names that were sent."""

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        store: Store,
        door: Fetches,
        parser: Parses,
        clock: Clock,
        timezone: ZoneInfo,
    ) -> None:
        self._parser = parser
        self._tape = Tape(door, parser)
        self._check = Check(
            watched=watched,
            routes=(),
            store=store,
            door=self._tape,
            parser=self._tape,
            clock=clock,
            timezone=timezone,
        )

    async def run(
        self, pairs: Sequence[Pair], secrets: Collection[str], offline: Source
    ) -> tuple[list[Take], list[Ended]]:
        """The pages of these pairs in the order in which they came, and how each pair ended.

        ``secrets`` are those of the configuration; what the pages themselves show to be secret goes too.
        ``offline`` is the same source with stand-ins for its secrets: it reads what is kept.
        """
        ended = [look for pair in pairs for look in await self._check.look([pair])]
        found = secrets_in(page for page, _ in self._tape.heard)
        clean = cleanser({*secrets, *found})
        takes = []
        for page, result in self._tape.heard:
            kept = cleansed(page, clean)
            again = await read(self._parser, offline, kept)
            faithful = clean(_said(again)) == clean(_said(result))
            takes.append(Take(kept, clean(written(shown(again))), faithful))
        return takes, ended


async def read(parser: Parses, source: Source, page: Page) -> Result:
    """What the source reads in a page, or the error that it raises."""
    try:
        return await parser.parse(source, page)
    except SourceError as error:
        return error


def _said(result: Result) -> bytes:
    """All but the addresses that follow: those hold the secrets by right."""
    return written({key: value for key, value in shown(result).items() if key != "follow"})
