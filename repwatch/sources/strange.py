"""Says why an answer is not what was asked for: the service refuses us, or the page changed."""

from __future__ import annotations

import re

from repwatch.errors import Blocked, SourceError, Unreadable
from repwatch.model import Page
from repwatch.rules import patience, refusal, text

_HEAD = 20_000
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,300})", re.IGNORECASE)


def strange(page: Page, expected: str, next_step: str = "") -> SourceError:
    """The error to raise for a page that is not ``expected`` (a noun phrase such as "a feed").

    Blocked when the body is a known refusal (login, consent, challenge), else Unreadable.
    """
    if refused := refusal.recognise(page.status, page.headers, page.body):
        return Blocked(refused, next_step, retry_after=retry_after(page))
    return Unreadable(f"expected {expected}, got {_seen(page)}", next_step)


def retry_after(page: Page) -> float | None:
    """The seconds that the page's headers ask us to wait, if they do."""
    return patience.asked(page.headers, page.fetched_at)


def _seen(page: Page) -> str:
    """What came instead, in words."""
    head = page.body[:_HEAD].lstrip()
    if not head:
        return "an empty answer"
    if head.startswith((b"<?xml", b"<rss", b"<feed")) and b"<html" not in head.lower():
        return "another kind of XML"
    if title := _TITLE.search(head):
        return f'the web page "{text.clean(text.plain(title[1].decode("utf-8", "replace")), 80)}"'
    if head.startswith(b"<"):
        return "a web page"
    if head.startswith((b"{", b"[")):
        return "JSON of another kind"
    return f"something else ({text.clean(page.headers.get('content-type', 'unnamed type'), 80)})"
