"""Fits a view into less room: fewer words a card first, then fewer cards; what goes is counted and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from repwatch.report.marks import shortened
from repwatch.report.passages import fitted
from repwatch.report.shapes import Card, Section, View
from repwatch.report.words import Words

_PASSAGES = 5  # times the room of a snippet: what changed is what a watched page is told for


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a view is shown: cards, characters of a snippet, reasons, news and checked rows."""

    cards: int
    snippet: int
    reasons: int
    news: int
    rows: int


# The last one always fits: a few hundred characters a row, and nothing that grows with the material.
ROOMS = (
    Room(cards=50, snippet=280, reasons=3, news=30, rows=40),
    Room(cards=50, snippet=160, reasons=2, news=20, rows=25),
    Room(cards=50, snippet=80, reasons=1, news=10, rows=15),
    Room(cards=40, snippet=80, reasons=1, news=10, rows=15),
    Room(cards=30, snippet=80, reasons=1, news=10, rows=15),
    Room(cards=20, snippet=80, reasons=1, news=10, rows=15),
    Room(cards=10, snippet=80, reasons=1, news=10, rows=15),
    Room(cards=4, snippet=0, reasons=1, news=10, rows=15),
    Room(cards=0, snippet=0, reasons=0, news=8, rows=10),
)


def fit(view: View, room: Room) -> View:
    """The view cut to a room, with what was left out counted in words."""
    words = Words(view.language)
    sections, dropped = _sections(view.sections, room, words)
    hidden = view.hidden + dropped
    unspoken = view.unspoken + max(0, len(view.news) - room.news)
    unlisted = dict(Counter(view.unlisted) + Counter(row.outcome for row in view.checked[room.rows :]))
    return replace(
        view,
        sections=sections,
        news=view.news[: room.news],
        checked=view.checked[: room.rows],
        hidden=hidden,
        unspoken=unspoken,
        unlisted=unlisted,
        more=words.count("more", hidden) if hidden else "",
        news_more=words.count("news.more", unspoken) if unspoken else "",
        checked_more=_unlisted(unlisted, words),
    )


def _sections(sections: tuple[Section, ...], room: Room, words: Words) -> tuple[tuple[Section, ...], int]:
    """The sections with the first cards only, and how many cards went."""
    kept: list[Section] = []
    left, dropped = room.cards, 0
    for section in sections:
        cards = tuple(_leaner(card, room, words) for card in section.cards[:left])
        left -= len(cards)
        dropped += len(section.cards) - len(cards)
        if cards or section.lines:
            kept.append(replace(section, cards=cards, lines=section.lines[: room.rows]))
    return tuple(kept), dropped


def _leaner(card: Card, room: Room, words: Words) -> Card:
    snippet = shortened(card.snippet, room.snippet + 1) if room.snippet else ()
    passages = fitted(card.passages, _PASSAGES * room.snippet)
    unshown = card.unshown + len(card.passages) - len(passages)
    return replace(
        card,
        snippet=snippet,
        passages=passages,
        unshown=unshown,
        passages_more=words.count("card.passages", unshown) if unshown else "",
        reasons=card.reasons[: room.reasons],
    )


def _unlisted(unlisted: dict[str, int], words: Words) -> str:
    if not unlisted:
        return ""
    shares = [
        words.say("checked.share", number=words.number(n), outcome=outcome) for outcome, n in unlisted.items()
    ]
    return words.count("checked.more", sum(unlisted.values()), outcomes=", ".join(shares))
