"""From a subject as it is written to the Subject that is watched."""

from __future__ import annotations

from repwatch.config.schema import ContextKeys, SubjectKeys
from repwatch.model import Context, OwnProfile, Relation, Subject

# Small words that open a family name: "Ada de la Fiction", "Tom van der Beispiel".
_ROMANCE = ("da", "dal", "de", "del", "della", "des", "di", "do", "dos", "du", "el", "la", "las", "le", "les")
_OTHERS = ("af", "al", "ap", "bin", "den", "der", "lo", "los", "ten", "ter", "van", "vom", "von", "zu", "zum")
_PARTICLES = frozenset((*_ROMANCE, *_OTHERS))


def subject(written: SubjectKeys) -> Subject:
    """The Subject; an organisation has neither given nor family name."""
    given, family = _names(written)
    return Subject(
        id=written.id,
        name=written.name,
        relation=written.relation,
        given=given,
        family=family,
        aliases=written.aliases,
        context=_context(written.context),
        not_me=_context(written.not_me),
        profiles=tuple(OwnProfile(own.url, own.persona, own.reviewed or "") for own in written.profiles),
    )


def _names(written: SubjectKeys) -> tuple[str, str]:
    if written.relation is Relation.OWN_ORGANISATION:
        return "", ""
    given, family = split_name(written.name)
    if written.family and not written.given and written.name.endswith(written.family):
        given = written.name.removesuffix(written.family).strip()
    if written.given and not written.family and written.name.startswith(written.given):
        family = written.name.removeprefix(written.given).strip()
    return written.given or given, written.family or family


def split_name(name: str) -> tuple[str, str]:
    """Given and family name: the last word is the family, with the particles before it."""
    words = name.split()
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _context(written: ContextKeys) -> Context:
    return Context(written.employers, written.places, written.topics, written.works)
