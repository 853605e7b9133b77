"""Takes what past mails told into the history: known from the day of its mail, and told to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from repwatch.clock import Clock
from repwatch.errors import Unreadable
from repwatch.jobs.ask import Parses, discreet
from repwatch.model import Change, Finding, Page, Request, Subject
from repwatch.rules import mbox
from repwatch.rules.assess import Assessor
from repwatch.sources.base import Source
from repwatch.store import mentions
from repwatch.store.database import Store, Tx

AT_ONCE = 500  # hits of one transaction: a daemon beside it must get its turn
PAGE_MAILS, PAGE_BYTES = 50, 4 * 1024 * 1024  # of one page for the parser child


@dataclass(frozen=True, slots=True)
class Past:
    """What mails told; ``missing`` says, in words, what of it could not be read."""

    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How many hits are about a subject: ``new`` to us, and ``known`` already."""

    new: int = 0
    known: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.new + other.new, self.known + other.known)


class Backfill:
    """Reads mails as ``reader`` does, and keeps what they told as if ``source`` had read them then."""

    def __init__(
        self,
        *,
        source: str,
        reader: Source,
        subjects: Sequence[Subject],
        store: Store,
        parser: Parses,
        clock: Clock,
    ) -> None:
        self._source = source
        self._reader = reader
        self._assessor = Assessor(subjects, source)
        self._store = store
        self._parser = parser
        self._clock = clock

    async def read(self, mails: Iterable[bytes]) -> Past:
        """What the mails told, the oldest first, as far as they can be read."""
        findings: list[Finding] = []
        missing: list[str] = []
        for page in self._pages(mails):
            try:
                parsed = await self._parser.parse(self._reader, page)
            except Unreadable as error:
                missing.append(error.cause)
                continue
            findings += map(discreet, parsed.findings)
            missing += parsed.missing
        latest = self._clock.now()
        ordered = sorted(findings, key=lambda finding: finding.published or latest)
        return Past(tuple(ordered), tuple(dict.fromkeys(missing)))

    async def keep(self, past: Past) -> Kept:
        """Write it down. What is known already stays as it is, and learns only who else has shown it."""
        kept = Kept()
        for start in range(0, len(past.findings), AT_ONCE):
            batch = past.findings[start : start + AT_ONCE]
            kept += await self._store.write(partial(self._written, findings=batch))
        return kept

    def _pages(self, mails: Iterable[bytes]) -> Iterator[Page]:
        """The mails in pages that a parser child can be asked to read."""
        batch: list[bytes] = []
        for mail in mails:
            if batch and (len(batch) == PAGE_MAILS or sum(map(len, batch)) + len(mail) > PAGE_BYTES):
                yield self._page(batch)
                batch = []
            batch.append(mail)
        if batch:
            yield self._page(batch)

    def _page(self, mails: Sequence[bytes]) -> Page:
        where = Request("file:///")
        return Page(where, 200, where.url, {"content-type": mbox.TYPE}, mbox.joined(mails), self._clock.now())

    def _written(self, tx: Tx, findings: Sequence[Finding]) -> Kept:
        kept = Kept()
        for finding in findings:
            for subject in self._assessor.subjects:
                kept += self._one(tx, finding, subject)
        return kept

    def _one(self, tx: Tx, finding: Finding, subject: str) -> Kept:
        """Keep one hit, first seen when its mail was sent; nothing is owed to anybody for it."""
        now = self._clock.now()
        (item,) = self._assessor.identified([finding], now)
        at = item.finding.published or now
        remembered = mentions.remembered(tx, subject, item.keys, self._source, at)
        match = next((remembered.by_key[key] for key in item.keys if key in remembered.by_key), None)
        if match is not None:
            mentions.see(tx, subject, [(match.id, item.keys)], remembered, source=self._source, now=at)
            return Kept(known=1)
        candidate = self._assessor.candidate(item, subject)
        if candidate is None:
            return Kept()
        mentions.add(tx, [(candidate, Change.NEW)], self._source, at, baseline=True)
        return Kept(new=1)
