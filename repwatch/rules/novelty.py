"""Says what a finding is beside what is known: new, resurfaced, edited or merely seen again.

First-seen decides what is new; a date only tells whether a page that we meet for the first time is old.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from repwatch.model import Change, Finding, Label
from repwatch.rules.headline import folded_headline
from repwatch.rules.text import fold
from repwatch.rules.url import canonical, host

OLD = timedelta(days=90)
AHEAD = timedelta(days=2)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_WINDOW = 5  # items: a shorter page may well be all new
_LONG = 8  # words: shorter summaries are not compared
_SAME, _RELATED = 0.8, 0.35  # shared words: above, the same text; below, another excerpt of the page

_DATES = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}\s?[h:]\s?\d{2}\b|\bil y a \d+ \w+"
    r"|\b\d+ (?:minute|hour|day|week|month)s? ago|\b(?:updated|mis a jour)\b"
    r"|\b\d{0,2}(?:er|st|nd|rd|th)? ?(?:jan|feb|fev|mar|apr|avr|may|mai|jun|juin|jul|juil|aug|aou|sep|oct|nov"
    r"|dec)[a-z]*\.? ?\d{0,2},? ?(?:19|20)\d\d\b"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a mention, as far as novelty asks."""

    id: int
    url: str
    title: str
    summary: str = ""
    site: str = ""
    previous_title: str = ""
    published: datetime | None = None
    keys: tuple[str, ...] = ()
    decided: Label | None = None


def compare(
    finding: Finding, known: Known | None, now: datetime, story_date: datetime | None = None
) -> Change:
    """What the finding is beside ``known``, the mention that shares a key with it (or None).

    ``story_date`` is the earliest date of the story the finding belongs to, where there is one. NEW
    beside a known mention means that the feed uses an old guid for another article.
    """
    if known and (finding.url, finding.title, finding.summary) == (known.url, known.title, known.summary):
        return Change.KNOWN  # nearly every item of every page: it must cost nothing
    if known is None or _reuses_guid(finding, known):
        return Change.RESURFACED if _is_old(finding, story_date, now) else Change.NEW
    return Change.EDITED if _retitled(finding, known) or _rewritten(finding, known) else Change.KNOWN


def gap(previous: Sequence[str], current: Sequence[str]) -> bool:
    """Whether items may have been missed: nothing of the last page's window is left on this one.

    Both hold one key an item. False on a source's first run and for pages of fewer than 5 items.
    """
    return bool(previous) and len(current) >= _WINDOW and set(previous).isdisjoint(current)


def plausible_date(said: datetime | None, now: datetime) -> datetime | None:
    """The date as far as it can be believed: from 1990 to ``now``; None for anything else.

    Up to two days ahead counts as ``now`` (time zones, slow clocks); a naive date is taken as UTC.
    """
    if said is None:
        return None
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    return min(said, now) if EARLIEST <= said <= now + AHEAD else None


def _is_old(finding: Finding, story_date: datetime | None, now: datetime) -> bool:
    """Only the page's own date counts: a feed's date says when the feed noticed."""
    own = finding.published if finding.published_is_page_date else None
    return any(date is not None and now - date > OLD for date in (own, story_date))


def _reuses_guid(finding: Finding, known: Known) -> bool:
    """Whether an old guid stands on another article: other page, other title, and no older.

    Some feeds give one guid to everything: an alert too many is better than an article unseen.
    """
    here, there = canonical(finding.url), canonical(known.url)
    if not here or not there or here == there or _likeness(finding.title, known.title) >= _RELATED:
        return False
    if finding.published is None or known.published is None:
        return True
    return finding.published > known.published


def _retitled(finding: Finding, known: Known) -> bool:
    now = _comparable(finding.title, finding.site, finding.url)
    before = [
        _comparable(title, known.site or finding.site, known.url)
        for title in (known.title, known.previous_title)
        if title
    ]
    return bool(now) and bool(before) and not any(_continues(now, title) for title in before)


def _comparable(title: str, site: str, url: str) -> str:
    return folded_headline(_DATES.sub(" ", fold(title)), site, host(url))


def _continues(one: str, other: str) -> bool:
    """Whether both are the same title, cut or not, with or without what a site adds to it."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and bool(short)


def _rewritten(finding: Finding, known: Known) -> bool:
    """Whether the page's own summary changed; a search engine picks another excerpt each time."""
    if (
        finding.rank
        or finding.asserted
        or min(len(finding.summary.split()), len(known.summary.split())) < _LONG
    ):
        return False
    return _RELATED < _likeness(finding.summary, known.summary) < _SAME


def _likeness(one: str, other: str) -> float:
    """The share of words in common, by the shorter text: a cut changes nothing. 0..1."""
    first, second = (set(re.findall(r"\w+", _DATES.sub(" ", fold(text)))) for text in (one, other))
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 1.0
