"""Puts saved pages of results together again: which belong to one look, and where each result stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repwatch.model import Finding, Rank

TOGETHER = timedelta(hours=1)  # pages of one query that were saved within it are of one look
PAGE = 10  # places, as engines number their pages


@dataclass(frozen=True, slots=True)
class Sheet:
    """One saved page, read.

    ``like`` is its query, engine and locale; ``before`` counts the results of earlier pages, None where
    the page does not say.
    """

    name: str
    digest: str
    at: datetime
    subject: str
    like: Rank
    before: int | None
    findings: tuple[Finding, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody saw at one time for one query, page after page; places run through."""

    sheets: tuple[Sheet, ...]

    @property
    def at(self) -> datetime:
        """When its first page was saved."""
        return min(sheet.at for sheet in self.sheets)

    @property
    def subject(self) -> str:
        """Whose look it is."""
        return self.sheets[0].subject

    @property
    def like(self) -> Rank:
        """Its query, engine and locale."""
        return self.sheets[0].like


def looks(sheets: Sequence[Sheet]) -> list[Look]:
    """The looks that these pages were saved from, the oldest first."""
    found: list[list[Sheet]] = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.at):
        own = next((look for look in reversed(found) if _belongs(sheet, look)), None)
        if own is None:
            found.append([sheet])
        else:
            own.append(sheet)
    return [Look(tuple(_placed(_ordered(look, sheets)))) for look in found]


def _belongs(sheet: Sheet, look: Sequence[Sheet]) -> bool:
    first = look[0]
    same = (sheet.subject, sheet.like) == (first.subject, first.like)
    taken = sheet.before is not None and any(sheet.before == other.before for other in look)
    return same and not taken and sheet.at - first.at <= TOGETHER


def _ordered(look: Sequence[Sheet], given: Sequence[Sheet]) -> list[Sheet]:
    """By what the pages say of their place; where one does not, as they were given."""
    if all(sheet.before is not None for sheet in look):
        return sorted(look, key=lambda sheet: sheet.before or 0)
    return sorted(look, key=given.index)


def _placed(look: Sequence[Sheet]) -> Iterator[Sheet]:
    """The pages with places that run on from one to the next, and leave room for a page that is not there."""
    end, expected = 0, 0
    for sheet in look:
        gap = sheet.before is not None and sheet.before > expected
        start = sheet.before if gap and sheet.before is not None else end
        yield replace(sheet, before=start, findings=tuple(_moved(item, start) for item in sheet.findings))
        end = start + max((item.rank.position for item in sheet.findings if item.rank), default=0)
        expected = max(end, (sheet.before or 0) + PAGE)


def _moved(item: Finding, by: int) -> Finding:
    assert item.rank is not None
    return replace(item, rank=replace(item.rank, position=item.rank.position + by))
