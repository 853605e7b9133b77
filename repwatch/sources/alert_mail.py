"""Reads one mail of Google Alerts: which alert, when, and its hits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from repwatch.errors import Unreadable
from repwatch.rules import mail, text
from repwatch.rules import url as links
from repwatch.sources import alert_card, alert_html, alert_text, dates
from repwatch.sources.alert_links import manages
from repwatch.sources.entry import Entry
from repwatch.sources.google_alerts import split

SENDER = "googlealerts-noreply@google.com"

_QUERY_LENGTH = 300
# "Google Alert - q", "Alertes Google : q", "Google 快訊 - q", with what a reply puts in front.
_CALLED = re.compile(r"google[^-–—:|：]{0,30}[-–—:|：]\s*(\S.*)", re.IGNORECASE | re.DOTALL)  # noqa: RUF001 - dashes as Google types them


@dataclass(frozen=True, slots=True)
class Alert:
    """A mail that told of hits. ``sent`` is the mail's own date, ``id`` its Message-ID ("" if none)."""

    query: str
    sent: datetime | None
    id: str
    hits: tuple[Entry, ...]


def is_from(raw: bytes, sender: str) -> bool:
    """Whether the mail says that ``sender`` wrote it."""
    return mail.sender(mail.head(raw)) == sender.lower()


def read(raw: bytes, sender: str, now: datetime) -> Alert | None:
    """The alert in a mail, or None when it is somebody else's, or no alert (a request to confirm one).

    Raises Unreadable for an alert in whose every part no hit can be found.
    """
    message = mail.parsed(raw)
    if mail.sender(message) != sender.lower():
        return None
    markup, plain = mail.part(message, "text/html"), mail.part(message, "text/plain")
    page = alert_html.tree(markup)
    card = alert_card.card(page)
    hits = _each_once([*alert_card.hits(card), *alert_html.hits(page)] or alert_text.hits(plain))
    if not hits:
        if card or manages(markup) or manages(plain):
            raise Unreadable("an alert mail without a hit that can be found")
        return None
    subject = mail.header(message, "Subject")
    return Alert(
        query=_query(alert_card.title(card)) or _query(subject) or text.clean(subject, _QUERY_LENGTH),
        sent=dates.read(mail.header(message, "Date"), now),
        id=mail.header(message, "Message-ID"),
        hits=hits,
    )


def _each_once(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each page once: the first telling, with what it lacks taken from the others."""
    kept: dict[str, Entry] = {}
    for entry in found:
        key = links.canonical(entry.links[0])
        known = kept.setdefault(key, entry)
        kept[key] = replace(known, summary=known.summary or entry.summary, site=known.site or entry.site)
    return tuple(map(split, kept.values()))


def _query(called: str) -> str:
    """What an alert asks for, from what it is called; "" when that has another form."""
    found = _CALLED.search(called)
    return text.clean(found[1], _QUERY_LENGTH) if found else ""
