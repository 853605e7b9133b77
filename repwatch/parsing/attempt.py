"""Lets a source parse a page, and turns whatever goes wrong into an error of ours."""

from __future__ import annotations

from typing import Protocol

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Page, Parsed
from repwatch.rules.text import clean

_LONGEST = 200  # characters


class Parser(Protocol):
    """What can read a page: a source, of which nothing else is needed here."""

    def parse(self, page: Page) -> Parsed:
        """What the page says; raises a SourceError."""
        ...


def attempt(source: Parser, page: Page) -> Parsed:
    """What the source reads in the page.

    Raises SourceError, and MemoryError, which only a fresh process mends.
    """
    try:
        return source.parse(page)
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # hostile bytes find every hole in every parser, third-party kinds too
        said = clean(str(error), _LONGEST)  # it may quote the page, and ends up in the log
        raise Unreadable(f"the page cannot be parsed ({type(error).__name__}: {said})") from error
