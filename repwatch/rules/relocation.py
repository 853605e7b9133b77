"""Recognises the articles of a feed that changed all its identifiers at once, as when a site moves."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from repwatch.model import Finding
from repwatch.rules.headline import folded_headline
from repwatch.rules.novelty import Known
from repwatch.rules.url import canonical, host


def turned_over(before: Sequence[str], now: Sequence[str]) -> bool:
    """Whether most of a source's window was not there the last time; one key an item in both."""
    fresh = set(now).difference(before)
    return bool(before) and 2 * len(fresh) > len(now)


def known_elsewhere(finding: Finding, vanished: Sequence[Known]) -> Known | None:
    """The mention that left the window and is this article under its old address, or None.

    The headline must be the same, and the path or the date too: a column has one headline each week.
    """
    for known in vanished:
        if _headline(finding.title, finding.site, finding.url) != _headline(
            known.title, known.site, known.url
        ):
            continue
        same_path = _path(finding.url) == _path(known.url) != "/"
        if same_path or (finding.published is not None and finding.published == known.published):
            return known
    return None


def _headline(title: str, site: str, url: str) -> str:
    return folded_headline(title, site, host(url))


def _path(url: str) -> str:
    """What of the address stays when a site moves: its path and query."""
    parts = urlsplit(canonical(url))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
