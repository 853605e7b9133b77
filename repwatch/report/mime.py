"""Freezes a rendered report into the bytes of one mail (RFC 5322), the same bytes at every try."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr

from repwatch.errors import DeliveryError
from repwatch.report.render import Rendered
from repwatch.rules.text import clean

_HEADER_LIMIT = 200  # characters
_NO_TOKEN = re.compile(r"[^A-Za-z0-9.-]+")


def compose(
    rendered: Rendered,
    *,
    sender: str,
    recipients: Sequence[str],
    message_id: str,
    date: datetime,
    reply_to: str = "",
    list_id: str = "",
    references: str = "",
) -> bytes:
    """The bytes of the mail: text first, then HTML, every line short ASCII.

    ``date`` is aware; ``list_id`` is a dotted name, by default one at the sender's domain. The same
    arguments give the same bytes. Raises DeliveryError for an address that plain SMTP cannot carry.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mailbox(sender)
    mail["To"] = ", ".join(mailbox(recipient) for recipient in recipients)
    mail["Subject"] = header_text(rendered.subject)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = message_id
    if reply_to:
        mail["Reply-To"] = mailbox(reply_to)
    if references:
        mail["References"] = header_text(references)
    _say_it_is_automatic(mail, sender, list_id, message_id)
    _fill(mail, rendered, message_id)
    mail["Content-Language"] = (
        rendered.language
    )  # after the parts, which take earlier Content-* headers along
    return mail.as_bytes()


def new_message_id(sender: str, token: str) -> str:
    """A Message-ID at the sender's domain; ``token`` makes it unique for ever."""
    return f"<{_NO_TOKEN.sub('-', token).strip('.-')}@{_domain(sender)}>"


def header_text(text: str) -> str:
    """A text that is safe in a header: one line, and nothing a reader could take for an encoded word."""
    return clean(text, _HEADER_LIMIT).replace("=?", "= ?")


def mailbox(address: str) -> str:
    """``Name <local@domain>`` or the bare address, checked; DeliveryError when SMTP cannot carry it."""
    name, bare = parseaddr(address)
    local, at, domain = bare.rpartition("@")
    if not (local and at and domain) or not bare.isascii() or any(char.isspace() for char in bare):
        raise DeliveryError(
            f"{header_text(address)!r} is not an address that every mail server takes",
            "use plain ASCII letters before the @, and the xn-- form of the domain after it",
            permanent=True,
        )
    return formataddr((header_text(name), bare))


def _domain(sender: str) -> str:
    return parseaddr(mailbox(sender))[1].rpartition("@")[2].lower()


def _say_it_is_automatic(mail: EmailMessage, sender: str, list_id: str, message_id: str) -> None:
    """Headers that keep out-of-office answers away and let a mail program sort and stop reports."""
    address = parseaddr(sender)[1]
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "list"
    mail["List-Id"] = f"repwatch reports <{header_text(list_id) or f'repwatch.{_domain(sender)}'}>"
    mail["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    mail["X-Repwatch-Report"] = message_id.strip("<>").rpartition("@")[0]


def _fill(mail: EmailMessage, rendered: Rendered, message_id: str) -> None:
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    # "=_" cannot stand in quoted-printable text, so this boundary never meets the content.
    mail.set_boundary(f"=_repwatch_{hashlib.blake2s(message_id.encode(), digest_size=12).hexdigest()}")
