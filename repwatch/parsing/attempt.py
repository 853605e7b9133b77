"""Lets a source parse a page, and turns whatever goes wrong into an error of ours."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Page, Parsed
from repwatch.rules.text import clean

_LONGEST = 200  # characters


class Parser(Protocol):
    """What can read a page: a source, of which nothing else is needed here."""

    def parse(self, page: Page) -> Parsed:
        """What the page says; raises a SourceError."""
        ...


@runtime_checkable
class Quick(Protocol):
    """A parser that reads small, ordinary pages so cheaply that they need no child."""

    def glance(self, page: Page) -> Parsed | None:
        """What ``parse`` would say of the page, or None when it takes more than a glance."""
        ...


def glanced(source: Parser, page: Page) -> Parsed | None:
    """What a source reads in an ordinary page at a glance; None when it cannot, or will not."""
    try:
        return source.glance(page) if isinstance(source, Quick) else None
    except Exception:  # noqa: BLE001 - the child will meet it again, and knows what to say of it
        return None


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
