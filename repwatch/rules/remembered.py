"""Lets the rules forget the answers that they keep to be quick; years of new links would fill the memory."""

from __future__ import annotations

from repwatch.rules import headline, url


def forget() -> None:
    """Drop every answer; the next round works them out again."""
    for each in (headline.headline, headline.folded_headline, url.unwrap, url.canonical, url.host):
        each.cache_clear()
