"""One parser child: a process that reads one document at a time and outlives none that harms it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Parsed
from repwatch.parsing import codec, frames
from repwatch.parsing.child import CPU_SECONDS, MEMORY, OUT_OF_MEMORY

_START_SECONDS = 30.0  # for its imports, on a machine that has much else to do
_FAREWELL_SECONDS = 2.0
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "VIRTUAL_ENV")


class Child:
    """One process, replaced after each document that it did not survive."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self.seconds = 0.0  # what the last page took, its child's start apart

    @property
    def alive(self) -> bool:
        """Whether there is a process; it may have died idle."""
        return self._process is not None and self._process.returncode is None

    async def ask(self, payload: bytes, wall_seconds: float) -> Parsed | SourceError | None:
        """The child's answer, or why there is none; None when it took longer than that.

        Cancelled half-way, it leaves no process behind.
        """
        now = asyncio.get_running_loop().time
        began = now()
        try:
            process = await self._ready()
            began = now()
            async with asyncio.timeout(wall_seconds):
                return codec.loads(await _exchange(process, payload))
        except TimeoutError:
            await self._kill()
            return None
        except ValueError:
            await self._kill()
            return Unreadable("the page made its parser answer nonsense")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Unreadable(_how_it_died(await self._wait()))
        except asyncio.CancelledError:
            await self._kill()
            raise
        finally:
            self.seconds = now() - began

    async def _ready(self) -> Process:
        """The process, once its imports are done: a page is not to be blamed for them."""
        if self._process is None or self._process.returncode is not None:
            self._process = await _started()
            async with asyncio.timeout(_START_SECONDS):
                await _answer(self._process)
        return self._process

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
    """Send a frame, receive one."""
    assert process.stdin is not None
    process.stdin.write(frames.packed(payload))
    await process.stdin.drain()
    return await _answer(process)


async def _answer(process: Process) -> bytes:
    """One frame from the child. Raises ValueError for an answer of absurd length."""
    assert process.stdout is not None
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
