"""Reads the headers and the texts of a mail, and makes of it one that can be shown to others."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parseaddr

from repwatch.masking import HIDDEN
from repwatch.rules import text

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LONGEST = 2000  # characters of an author
_SHOWN = ("From", "Subject", "Date", "Message-ID")
# The token that ends an alert of Google's, in the links that manage it.
_TOKEN = re.compile(r"((?:[?&]|&amp;|\\u0026)s(?:sp)?=)[\w-]{8,}")


def parsed(raw: bytes) -> Message:
    """The mail, whatever its bytes are."""
    return BytesParser().parsebytes(raw)


def head(raw: bytes) -> Message:
    """The mail's headers alone."""
    found = _BLANK_LINE.search(raw)
    return parsed(raw[: found.start()] if found else raw)


def sender(message: Message) -> str:
    """The bare address of the author that the mail names, in lower case, whatever it calls them."""
    try:
        return parseaddr(str(message.get("From", ""))[:_LONGEST])[1].lower()
    except RecursionError:  # a thousand brackets in each other
        return ""


def header(message: Message, name: str) -> str:
    """A header as one line of text, its encoded words (RFC 2047) decoded as far as they can be."""
    raw = message.get(name, "")
    try:
        return text.clean(str(make_header(decode_header(raw))), text.SUMMARY)
    except (LookupError, ValueError, HeaderParseError):  # an unknown charset, bytes that are not of it
        return text.clean(str(raw), text.SUMMARY)


def part(message: Message, wanted: str) -> str:
    """The text of the first part of that type; "" when there is none."""
    for each in message.walk():
        if each.get_content_type() == wanted:
            payload = each.get_payload(decode=True)
            return _flowing(_decoded(payload, each), each) if isinstance(payload, bytes) else ""
    return ""


def bare(raw: bytes) -> bytes:
    """The mail without its recipient, its way and its tokens, and with its texts as they are read."""
    message, made = parsed(raw), EmailMessage()
    for name in _SHOWN:
        if value := header(message, name):
            made[name] = value
    made.set_content(_TOKEN.sub(rf"\1{HIDDEN}", part(message, "text/plain")), cte="8bit")
    if markup := part(message, "text/html"):
        made.add_alternative(_TOKEN.sub(rf"\1{HIDDEN}", markup), subtype="html", cte="8bit")
        made.set_boundary("=bare=")
    return made.as_bytes()


def _decoded(payload: bytes, each: Message) -> str:
    try:
        return payload.decode(each.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _flowing(body: str, each: Message) -> str:
    """The text with its soft line ends taken out, where it has any (RFC 3676)."""
    if str(each.get_param("format", "")).lower() != "flowed":
        return body
    joint = "" if str(each.get_param("delsp", "")).lower() == "yes" else " "
    return re.sub(r" \r?\n", joint, body)
