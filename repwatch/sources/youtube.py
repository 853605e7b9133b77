"""Watches the videos of a YouTube channel or playlist, through the feed that YouTube makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repwatch.errors import Unreachable
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.sources import feed

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.youtube import YoutubeOptions

# For hours at a time YouTube answers so for channels that are well (2024-01, 2026-02, 2026-07, 2026-09).
_SPELLS = frozenset({404, 500})
_WITHOUT_SHORTS, _WHOLE = "UULF", "UU"


class Youtube:
    """One channel (UC...) or one playlist (UU..., UULF..., PL...): its 15 newest videos."""

    def __init__(self, options: YoutubeOptions) -> None:
        self.base = (options.base_url or "https://www.youtube.com").rstrip("/")
        self.channel = options.channel
        self.playlist = options.playlist

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the videos are matched against every subject."""
        del subjects
        if self.channel:
            return (self._asking("channel_id", self.channel),)
        return (self._asking("playlist_id", self.playlist),)

    def parse(self, page: Page) -> Parsed:
        """The videos, dated by their publication; their "updated" moves with every view and tells nothing.

        Where the list without Shorts does not answer, as happens more than to others, the channel's
        whole list is asked for in its place, and the answer says so. Raises Unreachable for the 404 and
        500 that pass by themselves.
        """
        if page.status in _SPELLS:
            return self._instead(page)
        document = feed.read(page)
        return feed.parsed(document, (feed.found(entry, page_date=True) for entry in document.entries))

    def _instead(self, page: Page) -> Parsed:
        """The way to the list that holds the one that does not answer; raises Unreachable if none does."""
        asked = page.request.context["list"]
        told = f"YouTube answers {page.status} for {asked}"
        if not asked.startswith(_WITHOUT_SHORTS):
            raise Unreachable(told, "this happens to sound channels for hours; check its id if it lasts")
        whole = _WHOLE + asked.removeprefix(_WITHOUT_SHORTS)
        missing = (f"{told}: {whole}, with Shorts, was read instead",)
        return Parsed(follow=(self._asking("playlist_id", whole),), missing=missing)

    def _asking(self, parameter: str, wanted: str) -> Request:
        address = f"{self.base}/feeds/videos.xml?{parameter}={wanted}"
        return Request(address, expects=_SPELLS, context={"list": wanted})
