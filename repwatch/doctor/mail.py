"""The way out: every channel lets us in, and the mail that would leave is well made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from repwatch.channels.base import Verifies
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import DeliveryError, RepwatchError, StoreError
from repwatch.jobs.digest import Digest, Draft, drafted, frozen
from repwatch.model import Message, Receipt, Route
from repwatch.report.material import Material

REQUIRED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
)
MOST_BYTES = 90_000  # Gmail hides what comes after 102 kB
_LONGEST_LINE = 998  # RFC 5322, 2.1.1
_EXPIRES_DAYS = 14
_REPORT_IT = "this is a fault of repwatch: please report it"


async def logins(visit: Visit) -> list[Sign]:
    """Connect and log in on every channel, and send nothing."""
    if not visit.channels:
        return [
            skipped("log-in", "there is no channel", "add 'channels:' and 'reports:', or 'repwatch init'")
        ]
    return [sign for name in visit.channels for sign in await login(visit, name)]


async def login(visit: Visit, name: str) -> list[Sign]:
    """One channel."""
    line, channel = f"log-in {name}", visit.channels[name]
    if not isinstance(channel, Verifies):
        return [skipped(line, "this kind of channel cannot be tried without sending", "repwatch send-test")]
    try:
        receipt = await channel.verify()
    except DeliveryError as error:
        return [bad(line, error.cause, error.next_step or "check host, port, user and password")]
    return [good(line, f"{receipt.detail}; nothing was sent"), *certificate(line, receipt, visit.clock.now())]


def certificate(line: str, receipt: Receipt, now: datetime) -> Iterator[Sign]:
    """Whether the server's certificate runs out soon."""
    if receipt.certificate_ends is None:
        return
    days = (receipt.certificate_ends - now).days
    if days < _EXPIRES_DAYS:
        seen = f"the server's certificate ends in {days} days ({receipt.certificate_ends:%Y-%m-%d})"
        yield warn(line, seen, "tell whoever runs the mail server: afterwards no mail is handed over")


async def drafts(visit: Visit) -> list[Sign]:
    """The mail that each report would be now, looked at and thrown away."""
    if not visit.routes:
        return [skipped("draft", "no report is configured")]
    return [sign for route in visit.routes for sign in await draft(visit, route)]


async def draft(visit: Visit, route: Route) -> list[Sign]:
    """One report."""
    line = f"draft {route.id}"
    try:
        message = frozen(await drawn(visit, route), visit.clock.now())
    except RepwatchError as error:
        return [bad(line, error.cause, error.next_step or _REPORT_IT)]
    faults = list(faults_of(message, route))
    size = len(message.raw)
    seen = f"{size / 1000:.0f} kB, text and HTML, every header that is wanted"
    return [bad(line, fault, _REPORT_IT) for fault in faults] or [good(line, seen)]


async def drawn(visit: Visit, route: Route) -> Draft:
    """What is owed now, or an empty report where there is no database to ask."""
    digest = Digest(visit.watched, visit.config.subjects, visit.store, visit.clock)
    try:
        return await digest.draft(route)
    except StoreError:
        now = visit.clock.now()
        return drafted(Material(route, now, since=None, subjects=visit.config.subjects, owed=(), checked=()))


def faults_of(message: Message, route: Route) -> Iterator[str]:
    """What a mail server or a mail program would hold against these bytes."""
    mail = message_from_bytes(message.raw, policy=default)
    assert isinstance(mail, EmailMessage)
    missing = [name for name in REQUIRED if not mail[name]]
    if missing:
        yield f"headers are missing: {', '.join(missing)}"
    twice = [name for name in REQUIRED if len(mail.get_all(name, [])) > 1]
    if twice:
        yield f"headers stand there twice: {', '.join(twice)}"
    if mail["Bcc"] or mail["Cc"]:
        yield "the mail names recipients who were not configured"
    yield from _shape(mail, message.raw)
    yield from _aligned(mail, route)


def _shape(mail: EmailMessage, raw: bytes) -> Iterator[str]:
    for kind in ("plain", "html"):
        if mail.get_body((kind,)) is None:
            yield f"it has no {kind} part"
    if len(raw) > MOST_BYTES:
        yield f"it is {len(raw) / 1000:.0f} kB long: mail programs cut it off"
    if max(map(len, raw.split(b"\r\n")), default=0) > _LONGEST_LINE:
        yield f"a line is longer than {_LONGEST_LINE} bytes"


def _aligned(mail: EmailMessage, route: Route) -> Iterator[str]:
    sender = parseaddr(route.sender)[1]
    domain = sender.rpartition("@")[2].lower()
    if parseaddr(str(mail["From"]))[1] != sender:
        yield f"its From is not {sender}"
    if not str(mail["Message-ID"]).strip().endswith(f"@{domain}>"):
        yield f"its Message-ID is not at {domain}"
