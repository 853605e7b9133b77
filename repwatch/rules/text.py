"""Makes text safe to keep and fit to compare: cleaned at the border, plain, folded.

Foreign text is cleaned once, when it enters (``clean``); whatever compares texts afterwards compares
their folded forms (``fold``), and marks what it found by offsets in the original (``spans``).
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

TITLE = 300
SUMMARY = 2000

# Only this many times the limit is looked at: a megabyte of title must not cost a megabyte of work.
_GENEROUS = 8

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1, but for those that separate words
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u3164\uffa0"  # invisible, or nearly so
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width and bidi controls
    "\ud800-\udfff\ufff9-\uffff\U000e0000-\U000e0fff]"  # surrogates, annotations, non-characters, tags
)
_PLAIN_LETTERS = re.compile("[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u20ac]*")  # NFC, printable, no marks
_STRAY_JOINER = re.compile(
    "(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
_PILED_MARKS = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")
_ENCODED_WORD = re.compile(r"=\?(?=[\w.*-]+\?[bq]\?)", re.IGNORECASE)
_JOINERS = "\u200d\ufe0e\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def clean(text: str, limit: int) -> str:
    """The text as it may be stored and shown: one line of printable NFC, at most ``limit`` characters.

    Controls, lone surrogates, bidi and zero-width characters go, piled-up accents are thinned, white
    space is one space, and an RFC 2047 encoded word is broken so that no mail header can decode it.
    """
    if _is_ordinary(text, limit):
        return text.strip()
    text = text.lstrip()[: limit * _GENEROUS]
    if not text.isascii() or not text.isprintable():
        text = _STRAY_JOINER.sub("", _UNPRINTABLE.sub("", text))
        text = _PILED_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    line = " ".join(text.split())
    return _cut(_ENCODED_WORD.sub("= ?", line) if "=?" in line else line, limit)


def _is_ordinary(text: str, limit: int) -> bool:
    """Whether there is nothing to clean, as in nearly every text."""
    plain_letters = len(text) <= limit and _PLAIN_LETTERS.fullmatch(text) is not None
    return plain_letters and "  " not in text and "=?" not in text


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 0 and not _is_boundary(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def _is_boundary(text: str, at: int) -> bool:
    """Whether a reader sees two separate characters around ``at``."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or after in _JOINERS or before == "\u200d":
        return False
    halves_of_a_flag = ord(before) in _FLAG_LETTERS and ord(after) in _FLAG_LETTERS
    return not halves_of_a_flag and ord(after) not in _SKIN_TONES


# --- markup -----------------------------------------------------------------------------------

_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong"
    "|sub|sup|tt|u|var|wbr"
)
_SILENT = re.compile("script|style|template|textarea|title|noscript|iframe|object|svg|math")
_TAG = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_TAG_STOP = re.compile(r"""[>"']""")


def plain(markup: str) -> str:
    """The text of an HTML fragment, white space collapsed; never raises, linear in its length.

    Scripts and styles go with their bodies, a block's border becomes a space, entities are decoded.
    What stays open at the end (a tag, a comment, a script) is dropped, as browsers do.
    """
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    pieces: list[str] = []
    at = 0
    while (start := markup.find("<", at)) >= 0:
        pieces.append(html.unescape(markup[at:start]))
        at, instead = _skip(markup, start)
        pieces.append(instead)
    pieces.append(html.unescape(markup[at:]))
    return " ".join("".join(pieces).split())


def _skip(markup: str, start: int) -> tuple[int, str]:
    """Where the text goes on after the "<" at ``start``, and what stands for the markup."""
    tag = _TAG.match(markup, start)
    if tag is None:
        return _skip_odd(markup, start)
    name = tag[1].lower()
    end = _tag_end(markup, tag.end())
    if _SILENT.fullmatch(name) and markup[start + 1] != "/" and markup[end - 2 : end] != "/>":
        closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, end)
        end = _tag_end(markup, closing.end()) if closing else len(markup)
    return end, "" if _INLINE.fullmatch(name) else " "


def _skip_odd(markup: str, start: int) -> tuple[int, str]:
    """A comment, a declaration, or a "<" that only means "less than"."""
    if markup.startswith("<!--", start):
        end = markup.find("-->", start + 4)
        return (end + 3, "") if end >= 0 else (len(markup), "")
    if markup.startswith(("<!", "<?", "</"), start):
        end = markup.find(">", start)
        return (end + 1, "") if end >= 0 else (len(markup), "")
    return start + 1, "<"


def _tag_end(markup: str, at: int) -> int:
    """The index after the tag's ">"; a ">" inside a quoted attribute does not count."""
    while stop := _TAG_STOP.search(markup, at):
        if stop[0] == ">":
            return stop.end()
        at = stop.end()
        if markup[stop.start() - 1] == "=":
            at = markup.find(stop[0], stop.end()) + 1
            if at == 0:
                break
    return len(markup)


# --- comparing --------------------------------------------------------------------------------

_APOSTROPHES = frozenset("’‘ʼʹ′´`＇ʻ")  # noqa: RUF001 - look-alikes are what this set is about
_QUOTES = frozenset("“”„«»‟″")
_DASHES = frozenset("‐‑‒–—―−﹣－")  # noqa: RUF001 - likewise


def fold(text: str) -> str:
    """The form in which texts are compared: lower case, no accents, one apostrophe, one dash.

    Latin, Greek and Cyrillic become ASCII; scripts without case stay as they are. Idempotent.
    """
    if not text.isascii():
        for char in set(text):
            if char > "\x7f":
                text = text.replace(char, _folded_char(char))
    return text.lower()


@lru_cache(maxsize=8192)
def _folded_char(char: str) -> str:
    for family, stands_for in ((_APOSTROPHES, "'"), (_QUOTES, '"'), (_DASHES, "-")):
        if char in family:
            return stands_for
    if _UNPRINTABLE.match(char) or char == "\u200d":
        return ""
    return "".join(map(_folded_part, unicodedata.normalize("NFKD", char.casefold())))


def _folded_part(char: str) -> str:
    """One character of a decomposed one."""
    kind = unicodedata.category(char)
    if char.isascii():
        return char.lower()
    if kind.startswith("M"):
        return ""
    if kind in ("Lo", "Lm"):
        return char
    return anyascii(char).lower() if kind[0] in "LN" else " "


def original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where ``fold(text)[start:end]`` stands in ``text`` itself."""
    if text.isascii():
        return start, end
    if len(fold(text[:start])) == start and len(fold(text[:end])) == end:  # so far nothing grew or shrank
        return start, _with_marks(text, end)
    seen, first, last = 0, len(text), len(text)
    for index, char in enumerate(text):
        width = 1 if char <= "\x7f" else len(_folded_char(char))
        if seen <= start < seen + width:
            first = index
        seen += width
        if seen >= end:
            last = index + 1
            break
    return first, _with_marks(text, last)


def _with_marks(text: str, end: int) -> int:
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return end
