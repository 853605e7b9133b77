"""What a source is: it plans requests and parses pages, and never does I/O itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from repwatch.model import Page, Parsed, Request, Subject


@runtime_checkable
class Source(Protocol):
    """A kind of place to look, made from its options."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """What to ask for; a request whose URL or body carries a name says whose (``subject``)."""
        ...

    def parse(self, page: Page) -> Parsed:
        """What the page says.

        Runs in the parser child. Raises Unreadable for a page that is not of this kind, Blocked for
        a refusal, Misconfigured for what only the owner can mend. An empty ``Parsed`` means that the
        service answered and recognisably had nothing.
        """
        ...


@runtime_checkable
class Signs(Protocol):
    """The further power of a kind whose requests carry what is good for a moment only."""

    def sign(self, request: Request, now: datetime) -> Request:
        """The request as it is to leave at ``now``: the same address and body, other headers."""
        ...


@runtime_checkable
class ReadsOn(Protocol):
    """The further power of a kind whose every page begins where the last one ended.

    Such a page is no window: that all of it is new does not mean that something was missed.
    """

    reads_on: bool


@runtime_checkable
class Canary(Protocol):
    """The further power of a kind that can be asked for something which it must find."""

    def canary(self) -> Request | None:
        """A question that carries no subject, with its words in the context under ``canary``.

        Its answer is parsed like any other; no finding at all means that the service is broken. None
        where there is no such question, or the owner wants none asked.
        """
        ...
