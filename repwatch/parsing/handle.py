"""Hands pages to parser children, so that what one page does to its parser holds up no other."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import dataclass

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Page, Parsed
from repwatch.parsing.attempt import Parser, attempt, glanced
from repwatch.parsing.process import Child

QUICK_SECONDS = 2.0
"""What a page may take in front of all others; an ordinary one takes some milliseconds."""

WALL_SECONDS = 20.0
"""A document that neither computes nor ends: generous, for a busy machine slows an honest one too."""

_MOST_SLOW = 1000  # pages remembered as slow


class InlineParser:
    """Parses in this process, without limits: for tests and simulations, where pages are our own."""

    async def parse(self, source: Parser, page: Page) -> Parsed:
        """What the source reads in the page; raises SourceError."""
        return attempt(source, page)

    async def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a child made of a page (None: it had not time enough), and what the page made of the child."""

    result: Parsed | SourceError | None
    survived: bool
    seconds: float


class Lane:
    """A child that serves one page after the other; a ``lasting`` one stays when no page waits."""

    def __init__(self, seconds: float, *, lasting: bool) -> None:
        self._seconds = seconds
        self._lasting = lasting
        self._child = Child()
        self._turn = asyncio.Lock()
        self._pages = 0

    async def read(self, source: Parser, page: Page) -> Reading:
        """Have a page read when its turn has come."""
        self._pages += 1
        try:
            async with self._turn:
                reader = getattr(source, "reader", source)  # a kind may let one without its secrets read
                payload = pickle.dumps((reader, page), pickle.HIGHEST_PROTOCOL)
                result = await self._child.ask(payload, self._seconds)
                reading = Reading(result, self._child.alive, self._child.seconds)
                if self._pages == 1 and not self._lasting:
                    await self._child.end()
                return reading
        finally:
            self._pages -= 1

    async def close(self) -> None:
        """End the child."""
        await self._child.end()


class ParserChild:
    """Two children, each started when first needed: a quick one, and a patient one for slow pages.

    A page that takes longer than QUICK_SECONDS is read again by the patient child, and the next time at
    once: pages made to stall a parser then wait for each other, and honest ones never for them.
    """

    def __init__(self, *, quick_seconds: float = QUICK_SECONDS, wall_seconds: float = WALL_SECONDS) -> None:
        self._quick_seconds = quick_seconds
        self._wall_seconds = wall_seconds
        self._quick = Lane(quick_seconds, lasting=True)
        self._patient = Lane(wall_seconds, lasting=False)
        self._slow: dict[str, None] = {}

    async def parse(self, source: Parser, page: Page) -> Parsed:
        """What the source reads in the page.

        Raises the SourceError that the source raised, and Unreadable for a page that ran into a limit
        or killed its parser; the next page then gets a fresh child.
        """
        if (seen := glanced(source, page)) is not None:
            return seen
        result = await self._read(source, page)
        if result is None:
            raise Unreadable(f"parsing the page was stopped after {self._wall_seconds:g} s")
        if isinstance(result, SourceError):
            raise result
        return result

    async def _read(self, source: Parser, page: Page) -> Parsed | SourceError | None:
        key = page.request.key
        if key not in self._slow:
            quick = await self._quick.read(source, page)
            if not quick.survived:
                self._remember(key)
            if quick.result is not None:
                return quick.result
        patient = await self._patient.read(source, page)
        if patient.survived and patient.seconds < self._quick_seconds:
            self._slow.pop(key, None)
        return patient.result

    def _remember(self, key: str) -> None:
        self._slow[key] = None
        if len(self._slow) > _MOST_SLOW:
            del self._slow[next(iter(self._slow))]

    async def close(self) -> None:
        """End the children."""
        await asyncio.gather(self._quick.close(), self._patient.close())
