"""Sends a frozen mail through the owner's SMTP server, one recipient a transaction."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from repwatch.aside import aside
from repwatch.config.secret import Secret
from repwatch.errors import ConfigError, DeliveryError
from repwatch.model import Message, Receipt

Result = TypeVar("Result")

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_AFTER_DATA = 600.0  # seconds a server may think about a mail it was given (RFC 5321, 4.5.3.2.6)
_LINE_DOT = re.compile(rb"(?m)^\.")
_FAREWELL = 5.0  # seconds
_FINE = range(200, 300)
_FOR_GOOD = range(500, 600)
_GO_AHEAD = 354
_TOO_BIG = 552
_AUTH_NEEDED = (530, 534, 535, 538)


class EmailOptions(BaseModel):
    """How mail leaves this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field(min_length=1, description="the SMTP server to hand mail to")
    port: int | None = Field(None, ge=1, le=65535, description="default: 587, 465 (tls) or 25 (none)")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls and tls check the certificate; none is for this machine only"
    )
    user: str = Field("", description="the login name, if the server wants one")
    password: Secret | None = Field(None, description="env:NAME, file:/PATH or credential:NAME")
    sender: str = Field(alias="from", description="the address reports come from")
    ca_file: Path | None = Field(None, description="certificates to trust beside the system's")
    timeout: float = Field(30.0, gt=0, le=300, description="seconds to wait for each answer")

    @field_validator("sender")
    @classmethod
    def _plain_address(cls, sender: str) -> str:
        local, _, domain = parseaddr(sender)[1].rpartition("@")
        if not (local and domain and f"{local}{domain}".isascii()):
            raise ValueError("expected a plain ASCII address such as repwatch@example.org")
        return sender

    @model_validator(mode="after")
    def _safe_together(self) -> EmailOptions:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security 'none' is for a server on this machine only; use starttls or tls")
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        return self

    @property
    def effective_port(self) -> int:
        """The port, given or usual for the security."""
        return self.port or _PORTS[self.security]

    @property
    def envelope_sender(self) -> str:
        """The bare address of ``from``."""
        return parseaddr(self.sender)[1]


class Email:
    """The channel ``email``."""

    def __init__(self, options: EmailOptions) -> None:
        self._options = options

    async def send(self, message: Message, to: str) -> Receipt:
        """Hand ``message.raw`` over as it is, for one recipient; raises DeliveryError."""
        return await self._in_thread(lambda session: session.hand_over(message.raw, to))

    async def verify(self) -> Receipt:
        """Connect, encrypt and log in, and send nothing; raises DeliveryError as ``send`` would."""
        return await self._in_thread(lambda session: session.welcome())

    async def _in_thread(self, work: Callable[[_Session], Receipt]) -> Receipt:
        """Run a session beside the loop; when it is cancelled the connection is cut, not waited for."""
        session = _Session(self._options)
        try:
            return await aside(partial(session.run, work), "repwatch-smtp")
        except asyncio.CancelledError:
            session.cut()
            raise


class _Session:
    """One connection, from greeting to farewell; every failure leaves as a DeliveryError."""

    def __init__(self, options: EmailOptions) -> None:
        self._options = options
        self._smtp: smtplib.SMTP | None = None
        self._unwanted = False
        self.name = f"{options.host}:{options.effective_port}"

    def run(self, work: Callable[[_Session], Result]) -> Result:
        """Open the connection, log in, do the work, say goodbye."""
        with self._meaning():
            try:
                self._open()
                self._log_in()
                return work(self)
            finally:
                self._close()

    def hand_over(self, raw: bytes, to: str) -> Receipt:
        """One transaction; its last step is the only one whose failure leaves the fate unknown."""
        if not to.isascii():
            raise DeliveryError(
                f"{to!r} is not an address that every mail server takes",
                "use an address of plain ASCII letters, the domain in its xn-- form",
                permanent=True,
            )
        smtp = self._connected()
        size = (f"size={len(raw)}",) if smtp.has_extn("size") else ()
        self._expect_ok(*smtp.mail(self._options.envelope_sender, size))
        self._expect_ok(*smtp.rcpt(parseaddr(to)[1]))
        code, reply = smtp.docmd("DATA")
        if code != _GO_AHEAD:
            self._refused(code, reply)
        code, reply = self._body(smtp, raw)
        self._expect_ok(code, reply)
        return Receipt(f"{code} {_words(reply)}")

    def welcome(self) -> Receipt:
        """That we were let in, and how long the server's certificate is good for."""
        sock = self._connected().sock
        shown = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
        ends = str(shown["notAfter"]) if shown else ""
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None
        return Receipt(f"{self.name} lets us in", certificate_ends=until)

    def cut(self) -> None:
        """End a connection that another thread is waiting on, or is about to open."""
        self._unwanted = True
        smtp = self._smtp
        if smtp is not None and smtp.sock is not None:
            with contextlib.suppress(OSError):
                smtp.sock.shutdown(socket.SHUT_RDWR)

    # --- steps --------------------------------------------------------------------------------

    def _open(self) -> None:
        options = self._options
        # The sender's domain is a valid EHLO name that tells nothing about this machine.
        helo = options.envelope_sender.rpartition("@")[2]
        host, port, patience = options.host, options.effective_port, options.timeout
        if options.security == "tls":
            trust = _trust(options.ca_file)
            self._smtp = smtplib.SMTP_SSL(host, port, helo, timeout=patience, context=trust)
        else:
            self._smtp = smtplib.SMTP(host, port, helo, timeout=patience)
        if self._unwanted:
            raise DeliveryError("the attempt was called off", "it is made again after the next start")
        self._smtp.ehlo_or_helo_if_needed()
        if options.security == "starttls":
            self._encrypt()

    def _encrypt(self) -> None:
        """STARTTLS or nothing: a server (or somebody between) that hides it gets no mail."""
        smtp = self._connected()
        if not smtp.has_extn("starttls"):
            raise DeliveryError(
                f"{self.name} does not offer STARTTLS, so nothing was sent",
                "check host and port, or set security: tls",
            )
        self._expect_ok(*smtp.starttls(context=_trust(self._options.ca_file)))
        smtp.ehlo_or_helo_if_needed()

    def _log_in(self) -> None:
        options = self._options
        if options.password is None:
            return
        try:
            self._connected().login(options.user, options.password.reveal())
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"{self.name} offers no login that we know", "check host and port") from error
        except UnicodeEncodeError as error:
            raise DeliveryError(
                "the login holds letters that SMTP cannot carry", "use a password of ASCII letters"
            ) from error

    def _body(self, smtp: smtplib.SMTP, raw: bytes) -> tuple[int, bytes]:
        """The mail and its final dot, then the server's word about it."""
        ended = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        try:
            self._be_patient(smtp)
            smtp.send(_LINE_DOT.sub(b"..", ended) + b".\r\n")
            return smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(
                f"the connection to {self.name} ended before it said whether it took the mail: {error}",
                "the same mail is offered again, under the same Message-ID",
                fate_unknown=True,
            ) from error

    def _be_patient(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(max(_AFTER_DATA, self._options.timeout))

    def _close(self) -> None:
        if self._smtp is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(_FAREWELL)  # the outcome is known; politeness must not delay it
            self._smtp.quit()
        self._smtp.close()

    # --- meaning ------------------------------------------------------------------------------

    def _connected(self) -> smtplib.SMTP:
        assert self._smtp is not None
        return self._smtp

    def _expect_ok(self, code: int, reply: bytes) -> None:
        if code not in _FINE:
            self._refused(code, reply)

    def _refused(self, code: int, reply: bytes) -> NoReturn:
        """5xx is a final word, anything else may be better next time."""
        hint = ""
        if code in _AUTH_NEEDED:
            hint = "check user and password; some providers want an app password"
        elif code == _TOO_BIG:
            hint = "the mail is larger than the server takes, or the mailbox is full"
        raise DeliveryError(
            f"{self.name} answered {code} {_words(reply)}".rstrip(), hint, permanent=code in _FOR_GOOD
        )

    @contextlib.contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turn what smtplib and the network raise into what the outbox understands."""
        try:
            yield
        except smtplib.SMTPResponseException as error:
            reply = error.smtp_error
            self._refused(error.smtp_code, reply if isinstance(reply, bytes) else reply.encode())
        except ssl.SSLCertVerificationError as error:
            raise DeliveryError(
                f"the certificate of {self.name} cannot be trusted: {error.verify_message}",
                "check the host's name, or name the authority's file as ca_file",
            ) from error
        except ConfigError as error:
            raise DeliveryError(error.cause, error.next_step) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(
                f"{self.name} cannot be reached: {getattr(error, 'strerror', None) or error}",
                "check host, port and the network",
            ) from error


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _words(reply: bytes) -> str:
    """A server's reply as one printable line."""
    return " ".join(re.sub(rb"[^ -~]+", b" ", reply).decode("ascii").split())[:300]
