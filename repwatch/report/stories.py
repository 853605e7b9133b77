"""Sorts what is owed into places of the report, one story at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from repwatch.model import Change, Difference, Label, Mention, Owed, OwedKind, Priority
from repwatch.rules.difference import read


class Place(StrEnum):
    """What a story is to the reader."""

    NEW = "new"
    RESURFACED = "resurfaced"
    CHANGED = "changed"
    REVIEW = "review"
    FIRST = "first"


SECTIONS = ("attention", "new", "resurfaced", "changed", "review", "first")


@dataclass(frozen=True, slots=True)
class Story:
    """Mentions of one subject that tell the same thing; the first one leads.

    ``changes`` are those of a watched page, the oldest first; the newest was seen at ``changed``.
    """

    place: Place
    mentions: tuple[Mention, ...]
    changes: tuple[Difference, ...] = ()
    changed: datetime | None = None

    @property
    def lead(self) -> Mention:
        """The most pressing mention, then the one seen first."""
        return self.mentions[0]

    @property
    def pressing(self) -> bool:
        """Whether it is surely theirs, of high priority, and no part of a first look."""
        return self.lead.priority is Priority.HIGH and self.place not in (Place.REVIEW, Place.FIRST)

    @property
    def section(self) -> str:
        """The name of the section it belongs to."""
        return "attention" if self.pressing else str(self.place)


def stories(owed: Iterable[Owed]) -> tuple[Story, ...]:
    """Every story to show, in the order of the report; ``not_me`` is left out."""
    groups: dict[tuple[str, str, Place], list[tuple[Owed, Mention]]] = {}
    for line in owed:
        if line.mention is not None and line.mention.label is not Label.NOT_ME:
            groups.setdefault(_group(line, line.mention), []).append((line, line.mention))
    told = [_story(place, lines) for (_, _, place), lines in groups.items()]
    return tuple(sorted(told, key=_order))


def _group(line: Owed, mention: Mention) -> tuple[str, str, Place]:
    """What belongs together: a watched page is a story of its own, whatever it is called."""
    alone = line.kind is OwedKind.CHANGED or not mention.story
    return mention.subject, f"mention {mention.id}" if alone else mention.story, place(line, mention)


def _story(place: Place, lines: Sequence[tuple[Owed, Mention]]) -> Story:
    changes = [line for line, _ in lines if line.kind is OwedKind.CHANGED]
    return Story(
        place,
        _leading_first({mention.id: mention for _, mention in lines}.values()),
        tuple(found for line in changes if (found := read(line.detail))),
        max((line.at for line in changes), default=None),
    )


def set_aside(owed: Iterable[Owed]) -> int:
    """How many mentions are owed that turned out to be about somebody else."""
    aside = {line.mention.id for line in owed if line.mention and line.mention.label is Label.NOT_ME}
    return len(aside)


def place(line: Owed, mention: Mention) -> Place:
    """What a mention is to the reader, given the line that owes it."""
    if line.kind is OwedKind.CHANGED:
        return Place.CHANGED
    if line.kind is OwedKind.BASELINE or mention.baseline:
        return Place.CHANGED if line.kind is OwedKind.EDITED else Place.FIRST
    if mention.label is Label.UNSURE:
        return Place.REVIEW
    if line.kind is OwedKind.EDITED or mention.change is Change.EDITED:
        return Place.CHANGED
    return Place.RESURFACED if mention.change is Change.RESURFACED else Place.NEW


def _leading_first(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda one: (one.priority.rank, one.first_seen, one.id)))


def _order(story: Story) -> tuple[int, int, float, int]:
    """Section, then priority, then the newest first."""
    lead = story.lead
    newest = -(lead.published or lead.first_seen).timestamp()
    return SECTIONS.index(story.section), lead.priority.rank, newest, lead.id
