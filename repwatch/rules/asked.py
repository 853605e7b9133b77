"""Says which form of a subject's name a request carries: what its service gets to see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_plus, urlsplit

from repwatch.model import Subject
from repwatch.rules.text import fold

_NO_WORD = re.compile(r"[\W_]+")


def name_sent(url: str, body: bytes | None, subject: Subject) -> str:
    """The longest name or alias in the address or the body, "" when the request carries none.

    Where its parts stand apart (given name here, family name there) it is the subject's name.
    """
    said = words(" ".join(_said(url, body)))
    for name in sorted(subject.names, key=len, reverse=True):
        if words(name) in said:
            return name
    apart = all(f" {word} " in said for word in words(subject.name).split())
    return subject.name if apart else ""


def whose(query: str, subjects: Sequence[Subject]) -> tuple[str, ...]:
    """The ids of those whom a query looks for; the longest name that stands in it decides."""
    said = words(query)
    found = [(len(name), subject.id) for subject in subjects for name in subject.names if words(name) in said]
    longest = max((length for length, _ in found), default=0)
    return tuple(dict.fromkeys(subject for length, subject in found if length == longest))


def is_bare(url: str, body: bytes | None) -> bool:
    """Whether a request is an address alone, with nothing asked: there a name would be in plain sight."""
    return not body and not urlsplit(url).query


def _said(url: str, body: bytes | None) -> Iterator[str]:
    parts = urlsplit(url)
    for text in (parts.path, parts.query):
        once = unquote_plus(text)
        yield from (once, unquote_plus(once))  # a redirect may carry the whole address in a parameter
    if body:
        yield _read(body.decode("utf-8", "replace"))


def _read(body: str) -> str:
    """A form or JSON as its words."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return unquote_plus(body)


def words(text: str) -> str:
    """The folded words of a text, each between two blanks, so that a name is found as whole words."""
    return f" {_NO_WORD.sub(' ', fold(text)).strip()} "
