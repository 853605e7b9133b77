"""Reads one mail of Google Alerts: which alert, when, and its hits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr

from repwatch.errors import Unreadable
from repwatch.rules import text
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
    """Whether the mail says that ``sender`` wrote it; a display name counts for nothing."""
    return _sender(message_from_bytes(raw[: _head(raw)])) == sender.lower()


def read(raw: bytes, sender: str, now: datetime) -> Alert | None:
    """The alert in a mail, or None when it is somebody else's, or no alert (a request to confirm one).

    Raises Unreadable for an alert in whose every part no hit can be found.
    """
    message = message_from_bytes(raw)
    if _sender(message) != sender.lower():
        return None
    markup, plain = _part(message, "text/html"), _part(message, "text/plain")
    page = alert_html.tree(markup)
    card = alert_card.card(page)
    hits = _each_once([*alert_card.hits(card), *alert_html.hits(page)] or alert_text.hits(plain))
    if not hits:
        if card or manages(markup) or manages(plain):
            raise Unreadable("an alert mail without a hit that can be found")
        return None
    return Alert(
        query=_query(alert_card.title(card)) or _query(subject := _header(message, "Subject")) or subject,
        sent=dates.read(_header(message, "Date"), now),
        id=text.clean(_header(message, "Message-ID"), _QUERY_LENGTH),
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


# --- the mail ---------------------------------------------------------------------------------


def _sender(message: Message) -> str:
    return parseaddr(str(message.get("From", "")))[1].lower()


def _header(message: Message, name: str) -> str:
    """A header as one line of text, its encoded words decoded as far as they can be."""
    raw = message.get(name, "")
    try:
        return text.clean(str(make_header(decode_header(raw))), text.SUMMARY)
    except (LookupError, ValueError, HeaderParseError):  # an unknown charset, bytes that are not of it
        return text.clean(str(raw), text.SUMMARY)


def _part(message: Message, wanted: str) -> str:
    """The first part of that type, decoded; "" when there is none."""
    for part in message.walk():
        if part.get_content_type() == wanted:
            payload = part.get_payload(decode=True)
            return (
                _flowing(_decoded(payload, part.get_content_charset()), part)
                if isinstance(payload, bytes)
                else ""
            )
    return ""


def _decoded(payload: bytes, charset: str | None) -> str:
    try:
        return payload.decode(charset or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _flowing(body: str, part: Message) -> str:
    """The text with its soft line ends taken out, where it has any (RFC 3676)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return body
    joint = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    return re.sub(r" \r?\n", joint, body)


def _head(raw: bytes) -> int:
    """Where the headers of a mail end."""
    found = re.search(rb"\r?\n\r?\n", raw)
    return found.start() if found else len(raw)
