"""Builds the view of a report: what is told, in which order and in which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from repwatch.model import Mention, Owed, OwedKind
from repwatch.report.cards import CardMaker
from repwatch.report.checks import CheckTeller, answering, failing
from repwatch.report.material import Checked, Material
from repwatch.report.room import ROOMS, fit
from repwatch.report.shapes import Section, Tally, View
from repwatch.report.stories import SECTIONS, Place, Story, place, set_aside, stories
from repwatch.report.words import Words
from repwatch.rules.text import clean

_MOST_CARDS = ROOMS[0].cards
_FIRST_LOOK_CARDS = 10
_NAME = 60  # characters of a name in a subject line
_PREHEADER_TITLE = 90


def build(material: Material) -> View:
    """The whole report as ready-to-show words; pure, and nothing in it is left to decide."""
    words = Words(material.route.language, material.route.timezone, material.now)
    told = stories(material.owed)
    shown = _shown(told)
    counts = _counts(told, material)
    who = _who(material, told, words)
    aside = set_aside(material.owed)
    teller = CheckTeller(material, words)
    sections = tuple(_sections(shown, material, words))
    view = View(
        language=words.language,
        subject=words.say("subject.test") * material.test + _subject_line(who, told, counts, words),
        who=who,
        preheader=_preheader(sections, teller.answered(), words),
        title=_headline(counts, material, words),
        lead=_lead(counts, words),
        period=_period(material, words),
        banner=_banner(material, words),
        tallies=_tallies(material, counts, words),
        sections=sections,
        set_aside=words.count("set_aside", aside) if aside else "",
        news=teller.news(),
        checked=teller.rows(),
        footer=_footer(material, words),
        labels=words.labels(),
        hidden=len(told) - len(shown),
        unlisted=teller.unlisted(),
    )
    return fit(view, ROOMS[0])


# --- numbers ----------------------------------------------------------------------------------


def _counts(told: tuple[Story, ...], material: Material) -> Counter[str]:
    """How many stories a place holds, with ``high`` and ``failing``, in the order they are said."""
    counts = Counter(str(story.place) for story in told)
    counts["high"] = sum(story.pressing for story in told)
    counts["high_new"] = sum(story.pressing and story.place is Place.NEW for story in told)
    counts["failing"] = failing(material.checked)
    counts["answering"] = answering(material.checked)
    counts["checked"] = len(material.checked)
    return counts


def _subject_line(who: str, told: tuple[Story, ...], counts: Counter[str], words: Words) -> str:
    said = [
        words.count(f"count.{name}", counts[name])
        for name in ("new", "high", "resurfaced", "changed", "review", "first", "failing")
        if counts[name]
    ]
    if not told and counts["answering"] == counts["checked"]:
        said.insert(0, words.say("count.nothing"))
    return words.say("subject.line", who=who, counts=", ".join(said or [words.say("count.unchecked")]))


def _banner(material: Material, words: Words) -> str:
    """What kind of message this is, unless it is a report as any other."""
    if material.test:
        return words.say("banner_test")
    return words.say("banner") if material.preview else ""


def _who(material: Material, told: tuple[Story, ...], words: Words) -> str:
    """The subject whose story leads, and how many others are watched."""
    if not material.subjects:
        return words.say("subject.nobody")
    leading = told[0].lead.subject if told else ""
    first = next((one for one in material.subjects if one.id == leading), material.subjects[0])
    who = clean(first.name, _NAME)
    others = len(material.subjects) - 1
    return words.count("subject.others", others, who=who) if others else who


def _headline(counts: Counter[str], material: Material, words: Words) -> str:
    """The first line: what is new, or that nothing is; silence of a source is never "nothing"."""
    if not counts["new"] and counts["changed"]:
        return words.count("headline.changed", counts["changed"])
    if not counts["new"]:
        if not any(check.outcome for check in material.checked):
            return words.say("headline.unchecked")
        read = answering(material.checked)
        return words.say(
            "headline.nothing"
            if read == len(material.checked)
            else "headline.nothing_there"
            if read
            else "headline.blind"
        )
    new = words.count("headline.new", counts["new"])
    return f"{new}, {words.count('headline.high', counts['high_new'])}" if counts["high_new"] else new


def _lead(counts: Counter[str], words: Words) -> str:
    """The second line: what else there is, and what could not be read."""
    names = ["resurfaced", "changed", "review", "first", "failing"]
    if not counts["new"]:
        names.remove("changed")  # the headline says it
    return " · ".join(words.count(f"headline.{name}", counts[name]) for name in names if counts[name])


def _tallies(material: Material, counts: Counter[str], words: Words) -> tuple[Tally, ...]:
    answered, total = answering(material.checked), len(material.checked)
    share = words.say("tally.share", number=words.number(answered), total=words.number(total))
    return (
        Tally(words.number(counts["new"]), words.count("tally.new", counts["new"]), "normal"),
        Tally(
            words.number(counts["high"]),
            words.count("tally.high", counts["high"]),
            "high" if counts["high"] else "calm",
        ),
        Tally(
            words.number(counts["review"]),
            words.count("tally.review", counts["review"]),
            "review" if counts["review"] else "calm",
        ),
        Tally(share, words.count("tally.answered", answered), "good" if answered == total else "bad"),
    )


# --- words around the cards -------------------------------------------------------------------


def _preheader(sections: tuple[Section, ...], answered: str, words: Words) -> str:
    card = next((card for section in sections for card in section.cards), None)
    if card is None:
        return words.say("preheader.plain", checked=answered)
    title = clean(card.link.text, _PREHEADER_TITLE)
    return words.say("preheader.card", title=title, host=card.host, checked=answered)


def _period(material: Material, words: Words) -> str:
    end = words.moment(material.now)
    if material.since is None:
        return words.say("period.first", end=end, zone=words.timezone)
    return words.say("period.since", start=words.moment(material.since), end=end, zone=words.timezone)


def _footer(material: Material, words: Words) -> tuple[str, ...]:
    why = words.say("footer.why", route=clean(material.route.id, _NAME))
    return why, words.say("footer.stop"), words.say("footer.private")


# --- sections ---------------------------------------------------------------------------------


def _shown(told: tuple[Story, ...]) -> tuple[Story, ...]:
    """The stories that get a card: the first ones, and only a few of a first look."""
    looked = [story for story in told if story.place is Place.FIRST]
    spared = set(map(id, looked[_FIRST_LOOK_CARDS:]))
    return tuple(story for story in told if id(story) not in spared)[:_MOST_CARDS]


def _sections(shown: tuple[Story, ...], material: Material, words: Words) -> Iterator[Section]:
    maker = CardMaker(material, words)
    for name in SECTIONS:
        cards = tuple(maker.make(story) for story in shown if story.section == name)
        lines = tuple(_first_looks(material, words)) if name == "first" else ()
        if cards or lines:
            title, note = words.say(f"section.{name}"), words.say(f"note.{name}")
            yield Section(name=name, title=title, note=note, lines=lines, cards=cards)


def _first_looks(material: Material, words: Words) -> Iterator[str]:
    """How many pages each source had when it was first read."""
    counted: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for line in material.owed:
        if line.mention is None:
            counted[line.source] += _baseline_count(line, material.checked)
        elif place(line, line.mention) is Place.FIRST:
            shown[line.source or _source_of(line.mention)] += 1
    for source, number in (+(counted | shown)).most_common(ROOMS[0].rows):  # the cards are among the counted
        yield words.count("first_look", number, source=material.titled(source))


def _source_of(mention: Mention) -> str:
    return mention.sources[0] if mention.sources else mention.site


def _baseline_count(line: Owed, checked: tuple[Checked, ...]) -> int:
    """The count a baseline line carries, else what the source's last run says; 0 for any other line."""
    if line.kind is not OwedKind.BASELINE:
        return 0
    if line.detail.isdecimal():
        return int(line.detail)
    return sum(row.new for row in checked if row.source == line.source)
