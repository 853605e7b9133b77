"""Tells the links of an alert mail that lead to a hit from those that manage the alert.

Only Google's own redirects are looked through. What manages the alert (share, feedback, remove, edit,
"see all stories") carries the token that ends it, and is neither unwrapped nor kept.
"""

from __future__ import annotations

import re

from repwatch.rules import url as links
from repwatch.rules.wrappers import peel

_REDIRECT = re.compile(r"https?://(?:www\.)?google\.[a-z.]{2,6}/url\?|/url\?")
_GOOGLES_OWN = re.compile(
    r"https?://(?:(?:www|support|accounts)\.)?google\.[a-z.]{2,6}/"
    r"(?:alerts|support|settings|policies|intl|preferences)\b"
    r"|https?://news\.google\.[a-z.]{2,6}/(?:news/)?(?:story|stories)\b"
)
_MANAGES = re.compile(r"google\.[a-z.]{2,6}/alerts/(?:remove|edit|feedback|share|feeds/\d)")
_ASKS_TO_CONFIRM = re.compile(r"google\.[a-z.]{2,6}/alerts/verify\b")


def target(href: str) -> str:
    """The page that a hit's link leads to, "" for every other link."""
    href = href.strip()
    if not _REDIRECT.match(href):
        return ""
    page = peel(href)
    return page if links.safe_link(page) and not _GOOGLES_OWN.match(page) else ""


def manages(body: str) -> bool:
    """Whether the text or markup of a mail has a link by which an alert is managed, as every alert's has."""
    return bool(_MANAGES.search(body)) and not _ASKS_TO_CONFIRM.search(body)
