"""Says what of a paragraph counts as a change: ages of posts, clock times and counters flap by themselves.

Every pattern is linear in the text that it looks at (bounded repetitions, none inside another that could
share its characters): the text comes from a stranger, and this runs outside the parser child. What the
owner lists under ``ignore`` is cut out inside it.
"""

from __future__ import annotations

import re

_NUMBER = r"\d{1,9}(?:[.,\u00a0\u202f ]\d{1,3}){0,4}(?: ?[kKmM]\b)?"
_UNIT = (
    r"(?:s|sec(?:ond)?e?s?|min(?:ute)?s?|h|hours?|heures?|d|days?|j|jours?|w|weeks?|semaines?|months?|mois"
    r"|y|years?|ans?|ann[eé]es?)"
)
_COUNTED = (
    r"(?:(?:page )?(?:views?|vues?)|visit(?:e?s?|ors?|eurs?)|read(?:s|ers?)?|lect(?:ures?|eurs?)"
    r"|comment(?:s|aires?)?|repl(?:y|ies)|r[eé]ponses?|likes?|shares?|partages?|reposts?|votes?|points?"
    r"|followers?|subscribers?|abonn[eé]e?s?|members? online|membres? en ligne|online|en ligne"
    r"|results?|r[eé]sultats?|downloads?|t[eé]l[eé]chargements?|stars?|favou?rites?|favoris|notifications?"
    r"|min(?:utes?)? (?:read|de lecture))"
)
_MONTH = (
    r"(?:jan(?:uary|v(?:ier)?)?|f[eé]v(?:rier)?|feb(?:ruary)?|mar(?:ch|s)?|a[pv]r(?:il)?|ma[iy]|june?|juin"
    r"|july?|juil(?:let)?|aug(?:ust)?|ao[uû]t|sept?(?:emb(?:er|re))?|oct(?:ob(?:er|re))?"
    r"|nov(?:emb(?:er|re))?|d[eé]c(?:emb(?:er|re))?)\.?"
)
_WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche"
    r"|(?:mon|tue|wed|thu|fri|sat|sun|lun|jeu|ven|sam|dim)\.),? "
)
_DAY = (
    rf"(?:\b{_WEEKDAY})?(?:\b\d{{1,2}}(?:er|st|nd|rd|th)? {_MONTH},?(?: \d{{4}})?"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    r"|\b\d{4}-\d{2}-\d{2}|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4})\b"
)
_UPDATED = (
    r"(?:last |derni[eè]re )?(?:(?:updat|modifi|edit|check|generat|publish|post)ed|mise? [aà] jour"
    r"|modification|(?:modifi|publi|g[eé]n[eé]r|post|consult)[eé]e?)(?: on| at| le| [aà])?[ :]{0,3}"
)

_ALWAYS = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}T[\d:.+Z-]{{4,30}}|\b{_NUMBER} ?{_UNIT} ago\b|\ban? (?:hour|minute|day) ago\b"
    rf"|\bil y a (?:environ )?{_NUMBER} ?{_UNIT}\b|\bjust now\b|\b[aà] l.instant\b"
    r"|\b\d{1,2}(?::\d{2}){1,2}(?: ?[ap]\.?m\b)?|\b\d{1,2} ?h ?\d{2}\b"
    rf"|\b{_NUMBER} {_COUNTED}\b|\b{_COUNTED} ?: ?{_NUMBER}|\({_NUMBER}\)"
    r"|(?:©|\(c\)|copyright) ?(?:\d{4} ?.? ?)?\d{4}",
    re.IGNORECASE,
)
_UPDATE = re.compile(rf"\b{_UPDATED}{_DAY}", re.IGNORECASE)
_DATE = re.compile(_DAY, re.IGNORECASE)
_DIGITS = re.compile(rf"{_NUMBER}|\d+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORT = 8  # words beside a date: a line about when, not a sentence about somebody


def comparable(block: str, *, numbers: bool = True) -> str:
    """What of a block is compared, "" for one that says nothing but when or how often.

    Ages, clock times, counters and copyright years never count; a date counts in a sentence (a birthday
    in a biography), and not in a line that is little else (a byline, "updated on"). ``numbers``: whether
    all other numbers do.
    """
    text = _UPDATE.sub(" ", _ALWAYS.sub(" ", block))
    if len(_WORD.findall(_DATE.sub(" ", text))) <= _SHORT:
        text = _DATE.sub(" ", text)
    if not numbers:
        text = _DIGITS.sub("0", text)
    line = " ".join(text.split())
    return line if _WORD.search(line) else ""
