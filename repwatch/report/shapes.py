"""What the templates are given: frozen, ready-to-show words and marks, nothing left to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from repwatch.model import Passage

Marked = tuple[tuple[str, bool], ...]  # pieces of a text; True where the watched name stands
Tone = Literal["high", "normal", "low", "review", "good", "warn", "bad", "calm"]


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads; ``url`` is http(s), or empty when nothing may be clicked."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the reader can do, and the literal command that does it."""

    label: str
    command: str


@dataclass(frozen=True, slots=True)
class Card:
    """One story: its leading mention, and where else it stands.

    ``passages`` are what changed on a watched page, ``unshown`` counts those that had no room.
    """

    id: int
    tone: Tone
    link: Link
    priority: str = ""
    host: str = ""
    when: str = ""
    subject: str = ""  # whose it is, when a report tells of several
    note: str = ""
    snippet: Marked = ()
    passages: tuple[Passage, ...] = ()
    unshown: int = 0
    passages_more: str = ""
    verdict: str = ""
    reasons: tuple[str, ...] = ()
    also: tuple[Link, ...] = ()
    also_more: str = ""
    sources: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Cards that belong together under one heading."""

    name: str
    title: str
    note: str = ""
    lines: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a source."""

    tone: Tone
    word: str
    source: str
    text: str
    detail: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what was checked; ``outcome`` is a word, the tone only colours it."""

    source: str
    outcome: str
    tone: Tone
    facts: str
    trouble: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One number of the summary."""

    number: str
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class View:
    """A whole report.

    ``hidden`` counts the cards, ``unspoken`` the news and ``unlisted`` the checks (by outcome) that had
    no room; ``more``, ``news_more`` and ``checked_more`` say so in words.
    """

    language: str
    subject: str
    who: str
    preheader: str
    title: str
    lead: str
    period: str
    banner: str
    tallies: tuple[Tally, ...]
    sections: tuple[Section, ...]
    set_aside: str
    news: tuple[News, ...]
    checked: tuple[Row, ...]
    footer: tuple[str, ...]
    labels: Mapping[str, str]
    hidden: int = 0
    unspoken: int = 0
    unlisted: Mapping[str, int] = field(default_factory=dict)
    more: str = ""
    news_more: str = ""
    checked_more: str = ""
