"""Loopback SMTP servers that behave well, or badly in one chosen way."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "invented-password"  # of nobody


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate that is its own authority."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path, name: str) -> Certificate:
    """A certificate for ``name``, made by the openssl program; skips the test when there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program makes the test's certificates, and it is not installed")
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command += ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return made


@dataclass
class Mailroom:
    """An aiosmtpd handler: keeps what it takes, and answers as told where it should refuse.

    ``answers`` maps a step (``MAIL``, ``DATA`` or a recipient) to the reply to give instead of 250.
    """

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    helo: list[str] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.helo.append(hostname)
        return responses

    async def handle_MAIL(  # noqa: N802 - likewise
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.seen.append("MAIL")
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(  # noqa: N802 - likewise
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.seen.append(address)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(  # noqa: N802 - likewise
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content))
        return "250 queued as 7"


class ImplicitTLS(Controller):
    """A controller whose first hello comes through TLS.

    The stock one calls itself to see that it is up, but with the server's context; knocking is enough.
    """

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port)).close()


def login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    """Only the invented password opens the door."""
    known = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=known)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(room: Mailroom, **options: Any) -> Iterator[int]:
    """A real SMTP server on loopback; gives its port."""
    kind = ImplicitTLS if "ssl_context" in options else Controller
    controller = kind(room, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop()


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()


def scripted(*replies: str, then: str, done: asyncio.Event | None = None) -> Script:
    """A server that gives one reply to each line, then drops the line or falls silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await say(writer, replies[0])
        for reply in replies[1:]:
            await reader.readline()
            await say(writer, reply)
        if replies[-1].startswith("354"):
            await reader.readuntil(b"\r\n.\r\n")
        if done is not None:
            done.set()
        if then == "silence":
            await reader.read()
        writer.close()

    return serve
