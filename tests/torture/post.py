"""A mail server on loopback that takes mail, or fails at it in a chosen way, and remembers what it took."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.torture.background import HOST, Background

POST = re.compile(r"workshop number (\d+)")
MORE = re.compile(r"and (\d+) more: repwatch mentions list")


class Fault(StrEnum):
    """What happens to one transaction."""

    NONE = ""
    CLOSING = "421"  # says so at MAIL, and closes
    BUSY = "450"  # for the recipient
    TROUBLE = "451"  # after the data
    DROP = "drop"  # closes after the data, which is lost
    KEEP_AND_DROP = "keep and drop"  # closes after the data, which is kept: nobody hears the 250
    HANG = "hang"  # never says a word about the data, which is lost


class Step(StrEnum):
    """How far a transaction has come."""

    HELLO = "EHLO"
    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    DATA = "the whole mail has come"
    KEPT = "the mail is kept, the 250 is not sent yet"
    BYE = "QUIT"


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that is in the mailbox for good."""

    at: float
    to: str
    message_id: str
    raw: bytes

    @property
    def posts(self) -> set[int]:
        """The numbers of the posts that its text names."""
        return {int(number) for number in POST.findall(self._text)}

    @property
    def counted(self) -> int:
        """How many more its text counts without naming them."""
        return sum(int(number) for number in MORE.findall(self._text))

    @property
    def _text(self) -> str:
        mail = message_from_bytes(self.raw, _class=EmailMessage, policy=default)
        part = mail.get_body(("plain",))
        return part.get_content() if part else ""


def ignore(_: Step) -> None:
    """Nobody wants to know."""


class Post(Background):
    """A mail server; ``faults`` befall its transactions in turn, and then there are none."""

    def __init__(self, faults: Iterable[Fault] = (), *, on_step: Callable[[Step], None] = ignore) -> None:
        self.taken: list[Taken] = []
        self.transactions: list[tuple[float, Fault]] = []
        self.on_step = on_step
        self.faults = iter(faults)

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Protocol(self, loop=loop), HOST, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.on_step(Step.HELLO)
        return responses

    async def handle_MAIL(  # noqa: N802 - likewise
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.on_step(Step.SENDER)
        session.fault = next(self.faults, Fault.NONE)  # type: ignore[attr-defined] # a place to remember
        self.transactions.append((time.time(), session.fault))  # type: ignore[attr-defined]
        if session.fault is Fault.CLOSING:  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_later(0.1, hang_up, server)
            return "421 4.3.2 closing for the night"
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(  # noqa: N802 - likewise
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.on_step(Step.RECIPIENT)
        if session.fault is Fault.BUSY:  # type: ignore[attr-defined]
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault: Fault = session.fault  # type: ignore[attr-defined]
        self.on_step(Step.DATA)
        if fault is Fault.TROUBLE:
            return "451 4.3.0 come back later"
        if fault is Fault.HANG:
            await asyncio.Event().wait()
        if fault in (Fault.NONE, Fault.KEEP_AND_DROP):
            self._keep(envelope)
        if fault in (Fault.DROP, Fault.KEEP_AND_DROP):
            hang_up(server)
        return "250 queued"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.on_step(Step.BYE)
        return "221 bye"

    def _keep(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        message_id = str(message_from_bytes(raw)["Message-ID"])
        self.taken += [Taken(time.time(), to, message_id, raw) for to in envelope.rcpt_tos]
        self.on_step(Step.KEPT)


def hang_up(server: SMTP) -> None:
    """Close the connection without a further word."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


class Protocol(SMTP):
    """aiosmtpd's own, without its complaint that a caller was killed."""

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        super().connection_lost(None)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
