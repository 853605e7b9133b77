"""Turns a story into a card: every word of it, decided and ready to show."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from repwatch.model import Change, Label, Mention, Priority, Reason, Subject
from repwatch.report.marks import marked
from repwatch.report.material import Material
from repwatch.report.shapes import Action, Card, Link, Marked, Tone
from repwatch.report.stories import Place, Story
from repwatch.report.words import Words
from repwatch.rules.names import Names
from repwatch.rules.reasons import Code
from repwatch.rules.text import TITLE, clean
from repwatch.rules.url import safe_link, shown_host

SNIPPET = 280
REASONS = 3
_ALSO = 5
_WATCHED = Code.WATCHED_PAGE
_CERTAIN, _LIKELY, _EVEN = 0.95, 0.8, 0.5

log = logging.getLogger(__name__)


class CardMaker:
    """Makes the cards of one report, in its language and its timezone."""

    def __init__(self, material: Material, words: Words) -> None:
        self._material = material
        self._words = words
        self._subjects = {subject.id: subject for subject in material.subjects}
        self._names: dict[str, Names] = {}

    def make(self, story: Story) -> Card:
        """The card of a story, or an apology in its place."""
        try:
            return self._card(story)
        except OSError:  # the disk failed under our words or templates, which is no fault of the item
            raise
        except Exception:  # whatever one poisoned item does, the rest of the report must reach its reader
            log.exception("mention %s could not be shown", story.lead.id)
            apology = self._words.say("card.poison", id=story.lead.id)
            return Card(id=story.lead.id, tone="low", link=Link(apology))

    def _card(self, story: Story) -> Card:
        lead = story.lead
        name = self.called(lead.subject)
        changed = tuple(passage for change in story.changes for passage in change.passages)
        return Card(
            id=lead.id,
            tone=_tone(story),
            link=Link(clean(lead.title, TITLE) or self._words.say("card.untitled"), safe_link(lead.url)),
            priority=self._priority(lead),
            host=self._host(lead.url) or clean(lead.site, TITLE),
            when=self._when(lead),
            subject=self._words.say("card.about", subject=name) if len(self._subjects) > 1 else "",
            note=self._note(story),
            snippet=() if changed else self._snippet(lead),
            passages=changed,
            unshown=sum(change.more for change in story.changes),
            verdict=self._verdict(lead, name),
            reasons=self._reasons(reason for reason in lead.verdict.reasons if reason.code != _WATCHED),
            also=_also(story.mentions),
            also_more=self._also_more(story.mentions),
            sources=", ".join(self._sources(story.mentions)),
            actions=self._actions(lead, name),
        )

    def called(self, subject: str) -> str:
        """The name of a subject; its id when it is no longer configured."""
        return self._subjects[subject].name if subject in self._subjects else subject

    def _priority(self, lead: Mention) -> str:
        word = self._words.say(f"priority.{lead.priority}")
        reasons = ", ".join(self._reasons(lead.priority_reasons))
        return self._words.say("priority.why", priority=word, reasons=reasons) if reasons else word

    def _host(self, url: str) -> str:
        host, mixed = shown_host(url)
        return self._words.say("card.host_mixed", host=host) if mixed else host

    def _when(self, lead: Mention) -> str:
        words = self._words
        seen = words.say("card.seen", moment=words.moment(lead.first_seen))
        if lead.published is None and _is_watched(lead):
            return seen
        if lead.published is None:
            dated = words.say("card.dateless")
        else:
            ago = words.ago(lead.published)
            dated = words.say("card.published", moment=words.moment(lead.published), ago=ago)
        return f"{dated} · {seen}"

    def _note(self, story: Story) -> str:
        lead = story.lead
        if story.changes:
            return self._turns(story)
        if story.place is Place.CHANGED:
            key = "card.previous" if lead.previous_title else "card.edited"
            return self._words.say(key, title=clean(lead.previous_title, TITLE))
        if lead.change is Change.RESURFACED and lead.published:
            return self._words.say("card.resurfaced", day=self._words.day(lead.published))
        return ""

    def _turns(self, story: Story) -> str:
        """What became of a watched page, and since when that is sure."""
        turns = dict.fromkeys(change.turn for change in story.changes)
        name = self.called(story.lead.subject)
        said = " ".join(self._words.say(f"turn.{turn}", subject=name) for turn in turns)
        moment = self._words.moment(story.changed) if story.changed else ""
        return self._words.say("card.confirmed", said=said, moment=moment)

    def _snippet(self, lead: Mention) -> Marked:
        subject = self._subjects.get(lead.subject)
        text = clean(lead.summary, 4 * SNIPPET)
        if subject is None or not text:
            return ((text[:SNIPPET], False),) if text else ()
        return marked(text, self._names_of(subject), SNIPPET)

    def _names_of(self, subject: Subject) -> Names:
        if subject.id not in self._names:
            self._names[subject.id] = Names(subject)
        return self._names[subject.id]

    def _verdict(self, lead: Mention, name: str) -> str:
        if lead.decided is Label.ME:
            return self._words.say("verdict.confirmed", subject=name)
        if _is_watched(lead):
            return self._words.say("verdict.watched", subject=name)
        percent = self._words.percent(lead.verdict.probability)
        return self._words.say(f"verdict.{_belief(lead.verdict.probability)}", subject=name, percent=percent)

    def _reasons(self, reasons: Iterable[Reason]) -> tuple[str, ...]:
        weightiest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:REASONS]
        return tuple(self._words.reason(reason) for reason in weightiest)

    def _also_more(self, mentions: tuple[Mention, ...]) -> str:
        beyond = len(_elsewhere(mentions)) - _ALSO
        return self._words.count("card.more", beyond) if beyond > 0 else ""

    def _sources(self, mentions: tuple[Mention, ...]) -> list[str]:
        ids = dict.fromkeys(source for mention in mentions for source in mention.sources)
        return list(dict.fromkeys(self._material.titled(source) for source in ids))[:_ALSO]

    def _actions(self, lead: Mention, name: str) -> tuple[Action, ...]:
        confirm = Action(
            self._words.say("action.confirm", subject=name), f"repwatch mentions confirm {lead.id}"
        )
        reject = Action(self._words.say("action.reject"), f"repwatch mentions reject {lead.id}")
        if _is_watched(lead):
            return (replace(reject, label=self._words.say("action.enough")),)
        return (reject,) if lead.decided is Label.ME else (confirm, reject)


def _is_watched(lead: Mention) -> bool:
    """Whether the owner asked to watch this very page: no guess is made about whom it concerns."""
    return any(reason.code == _WATCHED for reason in lead.verdict.reasons)


def _tone(story: Story) -> Tone:
    if story.place is Place.REVIEW:
        return "review"
    tones: dict[Priority, Tone] = {Priority.HIGH: "high", Priority.NORMAL: "normal", Priority.LOW: "low"}
    return tones[story.lead.priority]


def _belief(probability: float) -> str:
    if probability >= _CERTAIN:
        return "certain"
    if probability >= _LIKELY:
        return "likely"
    return "maybe" if probability >= _EVEN else "doubtful"


def _elsewhere(mentions: tuple[Mention, ...]) -> tuple[Link, ...]:
    """The other places of a story, one link a host."""
    links: dict[str, Link] = {}
    for mention in mentions[1:]:
        url = safe_link(mention.url)
        host = shown_host(url)[0] or clean(mention.site, TITLE)
        if host:
            links.setdefault(host, Link(host, url))
    return tuple(links.values())


def _also(mentions: tuple[Mention, ...]) -> tuple[Link, ...]:
    return _elsewhere(mentions)[:_ALSO]
