"""Words what changed on a watched page between two texts, as the report shows it and the store keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain

from repwatch.model import Difference, Passage, Piece, Turn
from repwatch.rules import wording
from repwatch.rules.blocks import Blocks, headed, plain
from repwatch.rules.confirm import Comparable
from repwatch.rules.names import Names
from repwatch.rules.text import clean

SHOWN = 12  # passages
_LOOKED_AT = 60  # changed paragraphs of either text that are set side by side
_CHARACTERS = 500  # of one passage
_HEADING = 100
_ALIKE = 0.35  # share of words that makes one paragraph the other one's earlier wording
_NEAR = "near"


def difference(before: Blocks, after: Blocks, names: Names, comparable: Comparable) -> Difference:
    """What changed, for the subject with these names; what names them comes first."""
    passages = list(_passages(before, after, comparable))
    passages.sort(key=lambda passage: not names_in(_words(passage), names))
    shown = tuple(map(_short, passages[:SHOWN]))
    return Difference(_turn(before, after, names), shown, len(passages) - len(shown))


def names_in(text: str, names: Names) -> bool:
    """Whether the text bears the name; somebody else of that family does not count."""
    found = names.find(text)
    return found is not None and found.form != _NEAR


def named_in(blocks: Blocks, names: Names) -> bool:
    """Whether one of the paragraphs bears the name; the bar keeps it from being read across two."""
    return names_in(" | ".join(blocks), names)


def come(told: Difference) -> str:
    """The words that came, which say what kind of news the change is."""
    return " ".join(words for passage in told.passages for sign, words in passage.pieces if sign == "+")


def written(told: Difference) -> str:
    """The difference as a text to keep."""
    passages = [[passage.heading, passage.pieces] for passage in told.passages]
    return json.dumps({"turn": told.turn, "passages": passages, "more": told.more}, ensure_ascii=False)


def read(text: str) -> Difference | None:
    """The difference that ``written`` made a text of; None for any other text (its words were pruned)."""
    try:
        kept = json.loads(text)
        passages = tuple(
            Passage(str(heading), tuple(_piece(sign, words) for sign, words in pieces))
            for heading, pieces in kept["passages"]
        )
        return Difference(Turn(kept["turn"]), passages, int(kept["more"]))
    except (ValueError, TypeError, KeyError):
        return None


def _piece(sign: str, words: str) -> Piece:
    if sign not in ("=", "+", "-"):
        raise ValueError(f"no sign of ours: {sign!r}")
    return sign, str(words)  # type: ignore[return-value] # mypy does not narrow by "in"


def _turn(before: Blocks, after: Blocks, names: Names) -> Turn:
    if not after:
        return Turn.GONE
    if not before:
        return Turn.APPEARED
    was, now = (named_in(text, names) for text in (before, after))
    if was is now:
        return Turn.CHANGED
    return Turn.NAMED if now else Turn.UNNAMED


def _passages(before: Blocks, after: Blocks, comparable: Comparable) -> Iterator[Passage]:
    """Each paragraph that came, beside the one that it took the place of; then those that merely went."""
    gone = list(_only(before, after, comparable))
    fresh = list(_only(after, before, comparable))
    left = list(range(min(len(gone), _LOOKED_AT)))
    for number, (heading, block) in enumerate(fresh):
        twin = _twin(block, gone, left) if number < _LOOKED_AT else None
        if twin is None:
            yield Passage(heading, (("+", block),))
        else:
            left.remove(twin)
            yield Passage(heading, wording.compared(gone[twin][1], block))
    for heading, block in chain((gone[place] for place in left), gone[_LOOKED_AT:]):
        yield Passage(heading, (("-", block),))


def _only(text: Blocks, other: Blocks, comparable: Comparable) -> Iterator[tuple[str, str]]:
    """(heading, block) of what ``other`` does not say; each once."""
    said = {comparable(block) for block in other} | {""}
    for heading, block in headed(text):
        if comparable(block) not in said:
            said.add(comparable(block))
            yield heading, plain(block)


def _twin(block: str, gone: Sequence[tuple[str, str]], left: Sequence[int]) -> int | None:
    """The place of the paragraph that is most like this one, if any is like it at all."""
    if not left:
        return None
    best = max(left, key=lambda place: wording.likeness(gone[place][1], block))
    return best if wording.likeness(gone[best][1], block) >= _ALIKE else None


def _words(passage: Passage) -> str:
    """Both wordings, one after the other, with a bar that no name is read across."""
    ways = ("=+", "=-")
    return " | ".join(" ".join(words for sign, words in passage.pieces if sign in signs) for signs in ways)


def _short(passage: Passage) -> Passage:
    """The passage without what nobody would read, so that what is kept of it stays small."""
    kept: list[Piece] = []
    room = _CHARACTERS
    for sign, words in passage.pieces:
        if room <= 0:
            break
        kept.append((sign, clean(words, room)))
        room -= len(words)
    return Passage(clean(passage.heading, _HEADING), tuple(kept))
