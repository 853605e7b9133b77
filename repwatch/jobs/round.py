"""One round: checks under way side by side, each written down as it ends, whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from repwatch.errors import RepwatchError, Unreadable
from repwatch.jobs.ask import Answer
from repwatch.jobs.ended import Ended
from repwatch.jobs.record import record
from repwatch.model import Run
from repwatch.store import meta
from repwatch.store.database import Store, Tx

log = logging.getLogger(__name__)

SHARED = 100  # runs that may share one transaction
COMPANY = 2.0  # seconds that an unchanged run waits for others to share a transaction with

Progress = Callable[[Run], None]


class Round:
    """Writes down what its checks bring.

    Checks that end while the store is busy share the next transaction, and unchanged ones wait a
    little for company. A run that cannot be written by a defect raises it once the others are written.
    """

    def __init__(self, store: Store, routes: Sequence[str], generation: str, progress: Progress) -> None:
        self._store = store
        self._routes = routes
        self._generation = generation
        self._progress = progress
        self._over: asyncio.Queue[Ended | None] = asyncio.Queue()
        self._defect: Exception | None = None

    async def run(self, checks: Sequence[Callable[[], Awaitable[Ended]]]) -> list[Run]:
        """Let them all end; raises RepwatchError when the file cannot be written, and cancels the rest."""
        tasks = [asyncio.ensure_future(self._finish(check)) for check in checks]
        try:
            runs = await self._write_all(len(tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._defect:
            raise self._defect
        return runs

    async def _finish(self, check: Callable[[], Awaitable[Ended]]) -> None:
        try:
            self._over.put_nowait(await check())
        except Exception as error:  # noqa: BLE001 - raised at the end; the others do not wait for it
            self._defect = error
            self._over.put_nowait(None)

    async def _write_all(self, count: int) -> list[Run]:
        runs: list[Run] = []
        while count:
            batch = await self._gathered(count)
            count -= len(batch)
            runs += await self._write([ended for ended in batch if ended])
        return runs

    async def _gathered(self, left: int) -> list[Ended | None]:
        """What ended: all there is as soon as something changed, else what a little patience brings."""
        batch = [await self._over.get()]
        most = min(left, SHARED)
        while len(batch) < most and (batch[-1] is None or batch[-1].answer.all_unchanged):
            try:
                async with asyncio.timeout(COMPANY):
                    batch.append(await self._over.get())
            except TimeoutError:
                break
        while len(batch) < most and not self._over.empty():
            batch.append(self._over.get_nowait())
        return batch

    async def _write(self, batch: Sequence[Ended]) -> list[Run]:
        try:
            runs = await self._store.write(lambda tx: self._record(tx, batch))
        except RepwatchError:
            raise  # the file itself cannot be written
        except Exception as error:  # noqa: BLE001 - a defect met in one run must not stop the others
            return await self._write_apart(batch, error)
        for run in runs:
            tell(run)
            self._progress(run)
        return runs

    def _record(self, tx: Tx, batch: Sequence[Ended]) -> list[Run]:
        """Nothing, when the content was replaced meanwhile: what the checks went by is no longer known."""
        if meta.generation(tx) != self._generation:
            log.warning("the database was restored; %d checks under way are thrown away", len(batch))
            return []
        return record(tx, batch, self._routes)

    async def _write_apart(self, batch: Sequence[Ended], error: Exception) -> list[Run]:
        """Write each run alone; the one that cannot be written is told as failed, and keeps its state.

        Where not even that can be written, the run is left out, and the others go on.
        """
        if len(batch) > 1:
            return [run for ended in batch for run in await self._write([ended])]
        (ended,) = batch
        log.error("source %s: its run cannot be written", ended.pair.source, exc_info=error)
        failure = Unreadable(f"unexpected error: {type(error).__name__}")
        if failure.cause in map(str, ended.answer.errors):
            self._defect = error
            return []
        answer = Answer(errors=[failure], queries=ended.answer.queries)
        return await self._write([replace(ended, answer=answer, items=())])


def tell(run: Run) -> None:
    """One log line a run."""
    fields = {
        "event": "run",
        "source": run.source,
        "subject": run.subject or None,
        "outcome": run.outcome.value,
        "read": run.read,
        "new": run.new,
        "seconds": round((run.ended - run.started).total_seconds(), 3),
        "cause": run.cause or None,
    }
    about = f"{run.source} for {run.subject}" if run.subject else run.source
    level = logging.WARNING if run.outcome.failed else logging.INFO
    said = (about, run.outcome, run.read, run.new, f" ({run.cause})" if run.cause else "")
    log.log(level, "checked %s: %s, read %d, new %d%s", *said, extra={"fields": fields})
