"""Hands pages to parser children, and outlives whatever a page does to them."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Page, Parsed
from repwatch.parsing import codec, frames
from repwatch.parsing.attempt import Parser, attempt
from repwatch.parsing.child import CPU_SECONDS, MEMORY, OUT_OF_MEMORY

WALL_SECONDS = 20.0
"""A document that neither computes nor ends: generous, for a busy machine slows an honest one too."""

_FAREWELL_SECONDS = 2.0
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "VIRTUAL_ENV")


class InlineParser:
    """Parses in this process, without limits: for tests and simulations, where pages are our own."""

    async def parse(self, source: Parser, page: Page) -> Parsed:
        """What the source reads in the page; raises SourceError."""
        return attempt(source, page)

    async def close(self) -> None:
        """Nothing to end."""


class ParserChild:
    """One or more children, started when first needed and reused; one document at a time each."""

    def __init__(self, size: int = 1, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        # The last one used comes first: the others stay asleep, or are never started.
        self._idle: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        self._children = [_Child() for _ in range(size)]
        for child in self._children:
            self._idle.put_nowait(child)

    async def parse(self, source: Parser, page: Page) -> Parsed:
        """What the source reads in the page.

        Raises the SourceError that the source raised, and Unreadable for a page that ran into a limit
        or killed its parser; the next page then gets a fresh child.
        """
        payload = pickle.dumps((source, page), pickle.HIGHEST_PROTOCOL)
        child = await self._idle.get()
        try:
            result = await child.ask(payload, self._wall_seconds)
        finally:
            self._idle.put_nowait(child)
        if isinstance(result, SourceError):
            raise result
        return result

    async def close(self) -> None:
        """End the children."""
        for child in self._children:
            await child.end()


class _Child:
    """One process, replaced after each document that it did not survive."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def ask(self, payload: bytes, wall_seconds: float) -> Parsed | SourceError:
        """The child's answer, or why there is none. Cancelled half-way, it leaves no child behind."""
        if self._process is None or self._process.returncode is not None:  # it may have died idle
            self._process = await _started()
        process = self._process
        try:
            async with asyncio.timeout(wall_seconds):
                return codec.loads(await _exchange(process, payload))
        except TimeoutError:
            await self._kill()
            return Unreadable(f"parsing the page was stopped after {wall_seconds:g} s")
        except ValueError:
            await self._kill()
            return Unreadable("the page made its parser answer nonsense")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Unreadable(_how_it_died(await self._wait()))
        except asyncio.CancelledError:
            await self._kill()
            raise

    async def end(self) -> None:
        """Close the pipe and wait; a child that does not take the hint is killed."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._wait()
        except TimeoutError:
            await self._kill()

    async def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it went by itself meanwhile
                self._process.kill()
            await self._wait()

    async def _wait(self) -> int:
        assert self._process is not None
        status = await self._process.wait()
        self._process = None
        return status


async def _started() -> Process:
    """A fresh child. It inherits no environment but what Python needs: secrets stay with the parent."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "repwatch.parsing.child",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=environment,
    )


async def _exchange(process: Process, payload: bytes) -> bytes:
    """Send a frame, receive one. Raises ValueError for an answer of absurd length."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frames.packed(payload))
    await process.stdin.drain()
    (length,) = frames.LENGTH.unpack(await process.stdout.readexactly(frames.LENGTH.size))
    if length > frames.LONGEST_ANSWER:
        raise ValueError(f"an answer of {length} bytes")
    return await process.stdout.readexactly(length)


def _how_it_died(status: int) -> str:
    if status == -signal.SIGXCPU:
        return f"parsing the page was stopped after {CPU_SECONDS} s of CPU"
    if status < 0:
        return f"the page killed its parser ({signal.Signals(-status).name})"
    if status == OUT_OF_MEMORY:
        return f"the page needs more than {MEMORY // 1024**2} MiB to be parsed"
    return f"the page ended its parser (status {status})"
