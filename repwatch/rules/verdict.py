"""Says whether a finding is about the subject, how sure that is, and why.

The first model: each ground adds its log-odds, by hand. ``Judge`` is all that others know of it, so
that a learned model can take its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from repwatch.model import Finding, Kind, Label, Reason, Subject, Verdict
from repwatch.rules.context import Terms
from repwatch.rules.headline import headline
from repwatch.rules.names import NameMatch, Names
from repwatch.rules.reasons import Code
from repwatch.rules.spelling import split_name
from repwatch.rules.text import fold
from repwatch.rules.url import canonical, host

ME = 0.8
NOT_ME = 0.2

_NAME = {
    "full": (Code.NAME_FULL, 0.3),
    "inverted": (Code.NAME_INVERTED, 0.3),
    "alias": (Code.NAME_ALIAS, 0.5),
    "initial": (Code.NAME_INITIAL, -0.7),
    "surname": (Code.NAME_SURNAME, -1.6),
    "near": (Code.NAME_NEAR, -5.0),
}
_PHRASE = 1.0
_LONG_PHRASE = 1.6  # an organisation's name of several words is rarely somebody else's
_COMMON_WORD = -2.2
_UNSEEN = -0.4
_CONTEXT = {"employer": 2.2, "place": 0.8, "topic": 1.8, "work": 2.2}
_NOT_ME = {"employer": -3.5, "place": -2.0, "topic": -2.5, "work": -3.5}
_INTRODUCED_OTHERWISE = -2.4
_NO_CONTEXT = -0.25
_OWN_PROFILE = 6.0
_OWN_HOST = 3.0

_WHOLE = frozenset({"full", "inverted", "alias", "initial"})

# Hosts where everybody has a page: a page there is not the subject's own because one of them is.
_SHARED_HOSTS = re.compile(
    r"(?:.*\.)?(?:linkedin|facebook|instagram|twitter|x|youtube|tiktok|github|gitlab|medium|xing|viadeo|reddit"
    r"|pinterest|threads|researchgate|academia|amazon|google|wikipedia|wikidata|orcid|bsky|vimeo|flickr|mastodon)"
    r"\.[a-z]{2,6}(?:\.[a-z]{2})?"
)
_INTRODUCTION = re.compile(
    r"\s*(?:\(([^)]{3,60})\)|,\s+([^\d,.;:()|]{4,60}?)(?:[,.;:(|]|\s+[-–—]\s|$)"  # noqa: RUF001 - dashes as typeset
    r"|\s+(?:of|from|at|chez|du|de la)\s+([A-ZÀ-Ý][\w'’-]+(?:\s+[\w'’-]+){0,3}))"  # noqa: RUF001 - likewise
)
_NO_INTRODUCTION = re.compile(
    r"(?:et|and|qui|who|dont|whose|mais|but|lors|when|apres|after|avant|before|selon|according|a|il|elle|he|she)\b"
    r"|\w+(?:ee?s?|ing|ed)\s+(?:par|by|de|d|a|of|to|with|in|on|pour|for)\b"
)
_ARTICLE_BEFORE = re.compile(
    r"(?:^|[\s'(])(?:l[ea]s?|l|une?|des?|du|au|ce|cette|son|sa|sans|ni|an?|no|the|rare)[\s']+$"
)


class Judge:
    """Judges findings for one subject; compiled once."""

    def __init__(self, subject: Subject) -> None:
        self.names = Names(subject)
        self._is_phrase = not split_name(subject)[1]
        self._is_word = self._is_phrase and len(subject.name.split()) == 1
        self._context = Terms(subject.context)
        self._tells_work = bool(subject.context.employers or subject.context.topics)
        self._not_me = Terms(subject.not_me)
        self._profiles = frozenset(filter(None, (canonical(profile.url) for profile in subject.profiles)))
        hosts = (host(profile.url) for profile in subject.profiles)
        self._hosts = frozenset(name for name in hosts if name and not _SHARED_HOSTS.fullmatch(name))

    def judge(self, finding: Finding) -> Verdict | None:
        """The verdict, or None when the finding neither names the subject nor is said to match.

        A near name gives ``not_me``; the weights of the reasons are log-odds and add up.
        """
        text = _said(finding)
        names = self.names.every(text)
        own = tuple(self._own(finding))
        if not names and not own and not self._is_asserted(finding):
            return None
        return _verdict((*self._named(names, text), *own, *self._told(text, names)))

    def _is_asserted(self, finding: Finding) -> bool:
        """Whether the service says that it matches; where it tells for which query, one about the subject."""
        if not finding.asserted or not (query := finding.fields.get("query", "")):
            return finding.asserted
        named = self.names.find(query)
        return named is not None and named.form != "near"

    def _own(self, finding: Finding) -> Iterator[Reason]:
        """Whether the address is the subject's own."""
        if canonical(finding.url) in self._profiles:
            yield Reason(Code.OWN_PROFILE, finding.url, _OWN_PROFILE)
        elif (name := host(finding.url)) in self._hosts:
            yield Reason(Code.OWN_HOST, name, _OWN_HOST)

    def _named(self, names: tuple[NameMatch, ...], text: str) -> Iterator[Reason]:
        if not names:
            yield Reason(Code.NAME_UNSEEN, "", _UNSEEN)
            return
        name = names[0]
        if not self._is_phrase or name.form == "alias":
            code, weight = _NAME[name.form]
            yield Reason(code, name.text, weight)
        elif self._is_word and all(_is_common(each, text) for each in names):
            yield Reason(Code.NAME_COMMON_WORD, name.text, _COMMON_WORD)
        else:
            yield Reason(Code.NAME_PHRASE, name.text, _PHRASE if self._is_word else _LONG_PHRASE)

    def _told(self, text: str, names: tuple[NameMatch, ...]) -> Iterator[Reason]:
        """What the text says beside the name."""
        best = self._best_hits(text)
        yield from best
        for hit in self._not_me.hits(text):
            yield Reason(Code(f"not_me_{hit.category}"), hit.term, _NOT_ME[hit.category] * hit.share)
        strange = self._strange_introduction(text, names) if self._tells_work else ""
        if strange:
            yield Reason(Code.INTRODUCED_OTHERWISE, strange, _INTRODUCED_OTHERWISE)
        elif not best and self._context:
            yield Reason(Code.NO_CONTEXT, "", _NO_CONTEXT)

    def _strange_introduction(self, text: str, names: tuple[NameMatch, ...]) -> str:
        """How the text presents the person when that speaks of nothing in the context; else ""."""
        said = [words for name in names if name.form in _WHOLE and (words := _introduction(text, name))]
        return said[0] if said and not any(self._is_familiar(words) for words in said) else ""

    def _is_familiar(self, introduction: str) -> bool:
        """Whether it speaks of the subject's work, or of nothing but a place of theirs."""
        hits = self._context.hits(introduction)
        if any(hit.category != "place" for hit in hits):
            return True
        places = sum(len(hit.term.split()) for hit in hits)
        return bool(hits) and len(re.findall(r"\w{4,}", introduction)) <= places

    def _best_hits(self, text: str) -> tuple[Reason, ...]:
        """One reason a category: a profession given in two languages is one ground, not two."""
        best: dict[str, Reason] = {}
        for hit in self._context.hits(text):
            weight = _CONTEXT[hit.category] * hit.share
            if hit.category not in best or weight > best[hit.category].weight:
                best[hit.category] = Reason(Code(f"context_{hit.category}"), hit.term, weight)
        return tuple(best.values())


def _said(finding: Finding) -> str:
    """What the finding says, in one text; a bar keeps a name from being read across two fields."""
    title = headline(finding.title, finding.site, host(finding.url))
    parts = [title, finding.summary, finding.author]
    if finding.kind is Kind.PROFILE:
        parts += [
            value
            for key, value in finding.fields.items()
            if key not in ("uid", "handle", "avatar", "publisher")
        ]
    return " | ".join(part for part in parts if part)


def _introduction(text: str, name: NameMatch) -> str:
    """The words by which the text presents the person right behind the name; "" when it does not."""
    found = _INTRODUCTION.match(text, name.end)
    said = next((part for part in found.groups() if part), "").strip() if found else ""
    return "" if _NO_INTRODUCTION.match(fold(said)) else said


def _is_common(name: NameMatch, text: str) -> bool:
    """Whether a one-word name is used like the common word, or is a part of a longer name."""
    before, after = text[max(0, name.start - 24) : name.start], text[name.end : name.end + 2]
    return _ARTICLE_BEFORE.search(fold(before)) is not None or re.match(r" [A-ZÀ-Ý]", after) is not None


def _verdict(reasons: tuple[Reason, ...]) -> Verdict:
    probability = 1 / (1 + math.exp(-sum(reason.weight for reason in reasons)))
    label = Label.ME if probability >= ME else Label.NOT_ME if probability < NOT_ME else Label.UNSURE
    return Verdict(label, probability, reasons)
