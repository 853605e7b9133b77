"""Takes over result pages that the owner saved: ranks and mentions, as if a source had been asked then.

Nobody asks such a source, so it has no next time, no outage and no gap. What is told is what a later
look shows for the first time; a first look, and whatever is older than one that is known, is history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from repwatch.clock import Clock
from repwatch.errors import RepwatchError
from repwatch.jobs.ask import Answer, Parses, discreet
from repwatch.jobs.diff import diff
from repwatch.jobs.ended import Ended
from repwatch.jobs.looks import PAGE, Look, Sheet, looks
from repwatch.jobs.record import first_look
from repwatch.model import (
    BY_HAND,
    OwedKind,
    Page,
    Pair,
    Rank,
    Request,
    Run,
    SourceState,
    Subject,
    Validators,
)
from repwatch.rules.asked import whose
from repwatch.rules.assess import Assessor
from repwatch.rules.identity import footprint
from repwatch.rules.movement import Move, moves
from repwatch.rules.outcome import conclude
from repwatch.sources.base import Source
from repwatch.sources.engines import source_of
from repwatch.store import owed, rankings, runs, sources
from repwatch.store.database import Store, Tx
from repwatch.store.owed import News

Known = Mapping[str, Validators]  # by file, and by page of a query

_REMEMBERED = 5000  # files and pages of a source that are recognised when they come again


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was found; ``at`` is when it was saved as far as the disk knows, or the owner's word."""

    name: str
    body: bytes
    at: datetime
    dated: bool = False  # the owner's word outranks the date inside the file


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one look: how many results are ``about`` the subject, and its run.

    ``run`` is None when every file was known. ``since`` is the time of the look before, None without.
    """

    look: Look
    about: int = 0
    run: Run | None = None
    since: datetime | None = None
    moves: tuple[Move, ...] = ()


class SavedPages:
    """The import of saved result pages into one installation; ``source`` reads them."""

    def __init__(
        self,
        *,
        source: Source,
        subjects: Sequence[Subject],
        routes: Sequence[str],
        store: Store,
        parser: Parses,
        clock: Clock,
    ) -> None:
        self._source = source
        self._subjects = subjects
        self._routes = routes
        self._store = store
        self._parser = parser
        self._clock = clock

    async def read(self, file: File, subject: str = "") -> Sheet:
        """What the file shows, about ``subject`` or whom its query names.

        Raises RepwatchError for what is no page of results, or nobody's.
        """
        now = self._clock.now()
        digest = hashlib.blake2b(file.body, digest_size=16).hexdigest()
        request = Request(f"file:///{digest}")
        parsed = await self._parser.parse(self._source, Page(request, 200, "", {}, file.body, now))
        about = parsed.about
        saved = about.get("saved", "")
        at = datetime.fromisoformat(saved) if saved and not file.dated else file.at
        return Sheet(
            name=file.name,
            digest=digest,
            at=min(at, now).replace(microsecond=0),
            subject=subject or self._whose(about["query"]),
            like=Rank(about["query"], about["engine"], about["locale"], 1),
            before=int(about["before"]) if about["before"] else None,
            findings=tuple(map(discreet, parsed.findings)),
            missing=parsed.missing,
        )

    async def keep(self, sheets: Sequence[Sheet]) -> list[Imported]:
        """Write down what is not known yet, all of it or nothing."""
        found = looks(list({sheet.digest: sheet for sheet in sheets}.values()))
        return await self._store.write(lambda tx: self._write(tx, found))

    def _whose(self, query: str) -> str:
        found = whose(query, self._subjects)
        if len(found) == 1:
            return found[0]
        known = ", ".join(each.id for each in self._subjects)
        if found:
            raise RepwatchError(f"{query} may be {' or '.join(found)}", "say which: --subject ID")
        raise RepwatchError(f"{query} names none of your subjects", f"say whose: --subject ID ({known})")

    def _write(self, tx: Tx, found: Sequence[Look]) -> list[Imported]:
        pairs = [_pair(look) for look in found]
        known = sources.some(tx, pairs)
        states = {pair: known.get(pair, SourceState(pair=pair)) for pair in pairs}
        before, done = dict(states), []
        for look, pair in zip(found, pairs, strict=True):
            imported, states[pair] = self._one(tx, look, states[pair], before[pair].pages)
            done.append(imported)
        sources.save(tx, list(states.values()))
        return done

    def _one(self, tx: Tx, look: Look, state: SourceState, before: Known) -> tuple[Imported, SourceState]:
        """Write one look down; ``before`` are the files and pages that were known when the import began."""
        fresh = [sheet for sheet in look.sheets if sheet.digest not in state.pages]
        if not fresh:
            return Imported(look), state
        last = rankings.before(tx, look.subject, look.like, look.at)
        written = [self._sheet(tx, look, sheet, state, before) for sheet in fresh]
        rankings.add(tx, state.pair, [item for sheet in fresh for item in sheet.findings], look.at)
        told = [] if _is_older(look, before) else [line for each in written for line in each.told()]
        owed.add(tx, self._routes, told)
        run = _run(look, fresh, written)
        runs.add(tx, [run])
        about = sum(each.about for each in written)
        return Imported(look, about, run, *_movement(look, last)), _after(state, look, run)

    def _sheet(self, tx: Tx, look: Look, sheet: Sheet, state: SourceState, before: Known) -> _Written:
        """Keep what one page shows; a page that was never seen of this query is a first look."""
        ended = _ended(look, sheet, state, Assessor(self._subjects, state.pair.source))
        quiet = _key(look, sheet) not in before or _is_older(look, before)
        news = diff(tx, ended, look.subject, baseline=quiet, edits=not quiet)
        return _Written(ended, news, quiet, len(list(ended.candidates)))


@dataclass(frozen=True, slots=True)
class _Written:
    """What came of one page: its news, whether they are only counted, and how many results are about."""

    ended: Ended
    news: Sequence[News]
    quiet: bool
    about: int

    def told(self) -> Sequence[News]:
        return [first_look(self.ended, self.news)] if self.quiet else self.news

    @property
    def new(self) -> int:
        return sum(line.kind is OwedKind.MENTION for line in self.news)


def _pair(look: Look) -> Pair:
    return Pair(source_of(look.like.engine), look.subject)


def _key(look: Look, sheet: Sheet) -> str:
    """What a page of a query is remembered by, whenever it is saved: its number, not its exact places."""
    like, number = look.like, ((sheet.before or 0) + PAGE // 2) // PAGE
    return footprint(f"{like.query}|{like.locale}|{number}")


def _is_older(look: Look, before: Known) -> bool:
    """Whether a later look at the same query is known already."""
    times = [seen.whole_at for sheet in look.sheets if (seen := before.get(_key(look, sheet)))]
    return any(at is not None and look.at <= at for at in times)


def _ended(look: Look, sheet: Sheet, state: SourceState, assessor: Assessor) -> Ended:
    """The page as a check that was over when it was saved."""
    return Ended(
        pair=state.pair,
        state=state,
        answer=Answer(findings=list(sheet.findings), answered=1, missing=list(sheet.missing)),
        assessor=assessor,
        items=assessor.identified(sheet.findings, look.at),
        guids_shared=False,
        started=look.at,
        at=look.at,
        every=0.0,
        next_due=look.at,
        jitter=0.0,
    )


def _run(look: Look, fresh: Sequence[Sheet], written: Sequence[_Written]) -> Run:
    """The run that this look was, at the time when it was saved."""
    read = sum(len(sheet.findings) for sheet in fresh)
    missing = [cause for sheet in fresh for cause in sheet.missing]
    outcome, cause = conclude(answered=1, findings=read, missing=missing, errors=(), gap=False)
    return Run(
        source=_pair(look).source,
        subject=look.subject,
        started=look.at,
        ended=look.at,
        outcome=outcome,
        cause=cause,
        read=read,
        new=sum(each.new for each in written),
        baseline=all(each.quiet for each in written),
    )


def _movement(
    look: Look, last: tuple[datetime, dict[int, str]] | None
) -> tuple[datetime | None, tuple[Move, ...]]:
    """Since when, and what moved on page one; nothing where either look did not show page one."""
    places = {item.rank.position: item.url for sheet in look.sheets for item in sheet.findings if item.rank}
    if last is None or min(places, default=PAGE + 1) > PAGE or min(last[1]) > PAGE:
        return None, ()
    return last[0], moves(last[1], places)


def _after(state: SourceState, look: Look, run: Run) -> SourceState:
    """What is remembered now; an older look does not change how the source stands."""
    seen = {key: Validators(whole_at=look.at) for sheet in look.sheets for key in (sheet.digest,)}
    for sheet in look.sheets:
        last = state.pages.get(_key(look, sheet), Validators()).whole_at
        seen[_key(look, sheet)] = Validators(whole_at=max(look.at, last or look.at))
    pages = dict(list({**state.pages, **seen}.items())[-_REMEMBERED:])
    if state.last_run and state.last_run > look.at:
        return replace(state, pages=pages)
    return replace(
        state,
        last_run=look.at,
        last_answer=look.at,
        outcome=run.outcome,
        cause=run.cause,
        baseline_done=True,
        kind=BY_HAND,
        pages=pages,
    )
