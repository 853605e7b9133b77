"""The email channel against real SMTP servers on loopback, good ones and bad ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from repwatch.channels import email as email_module
from repwatch.channels.base import Channel
from repwatch.channels.email import Email, EmailOptions
from repwatch.errors import DeliveryError
from repwatch.model import Message
from tests.smtp_servers import (
    PASSWORD,
    Certificate,
    Mailroom,
    Script,
    free_port,
    login,
    make_certificate,
    scripted,
    server,
)

RAW = b"Message-ID: <1@example.org>\r\nSubject: s\r\n\r\n.leading dot\r\nlast line\r\n"
MESSAGE = Message("<1@example.org>", "s", "<p>x</p>", "x", RAW)
ADA = "ada@example.org"
WELCOME = ("220 hello", "250 hello", "250 fine", "250 fine")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def room() -> Mailroom:
    return Mailroom()


def channel(port: int, **changes: Any) -> Email:
    options = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "Repwatch <w@example.org>",
        "timeout": 5,
    }
    return Email(EmailOptions.model_validate({**options, **changes}))


def encrypted(port: int, certificate: Certificate, **changes: Any) -> Email:
    options = {"host": "localhost", "security": "starttls", "ca_file": certificate.certificate}
    return channel(port, **{**options, **changes})


async def refusal(email: Channel, to: str = ADA) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await email.send(MESSAGE, to)
    return caught.value


@asynccontextmanager
async def script(serve: Script) -> AsyncIterator[int]:
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield int(listening.sockets[0].getsockname()[1])


# --- taken ------------------------------------------------------------------------------------


async def test_the_frozen_bytes_arrive_as_they_are(room: Mailroom) -> None:
    with server(room) as port:
        receipt = await channel(port).send(MESSAGE, ADA)
    assert room.taken == [("w@example.org", [ADA], RAW)]
    assert receipt.detail == "250 queued as 7"


async def test_the_machines_name_is_not_told(room: Mailroom) -> None:
    with server(room) as port:
        await channel(port).send(MESSAGE, ADA)
    assert room.helo == ["example.org"]


async def test_starttls_encrypts_and_logs_in(
    room: Mailroom, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    context = certificate.context()
    with server(
        room, tls_context=context, require_starttls=True, auth_required=True, authenticator=login
    ) as port:
        email = encrypted(port, certificate, user="ada", password="env:MAIL_PASSWORD")
        await email.send(MESSAGE, ADA)
    assert len(room.taken) == 1


async def test_tls_from_the_first_byte(room: Mailroom, certificate: Certificate) -> None:
    with server(room, ssl_context=certificate.context()) as port:
        await encrypted(port, certificate, security="tls").send(MESSAGE, ADA)
    assert len(room.taken) == 1


async def test_verify_opens_the_door_and_sends_nothing(room: Mailroom) -> None:
    with server(room) as port:
        receipt = await channel(port).verify()
    assert "lets us in" in receipt.detail
    assert receipt.certificate_ends is None
    assert room.seen == []


async def test_verify_tells_when_the_certificate_ends(room: Mailroom, certificate: Certificate) -> None:
    with server(room, tls_context=certificate.context(), require_starttls=True) as port:
        receipt = await encrypted(port, certificate).verify()
    assert receipt.certificate_ends is not None
    assert receipt.certificate_ends - datetime.now(UTC) < timedelta(days=3)
    assert room.seen == []


# --- not encrypted, not sent ------------------------------------------------------------------


async def test_a_stripped_starttls_sends_nothing_and_may_be_tried_again(
    room: Mailroom, certificate: Certificate
) -> None:
    with server(room) as port:
        error = await refusal(encrypted(port, certificate))
    assert "does not offer STARTTLS" in error.cause
    assert (error.permanent, error.fate_unknown) == (False, False)
    assert room.seen == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_unknown_authority_sends_nothing(
    room: Mailroom, certificate: Certificate, security: str
) -> None:
    wrapped = {"ssl_context" if security == "tls" else "tls_context": certificate.context()}
    with server(room, **wrapped) as port:
        error = await refusal(encrypted(port, certificate, security=security, ca_file=None))
    assert "certificate" in error.cause
    assert not error.permanent
    assert "ca_file" in error.next_step
    assert room.seen == []


async def test_a_certificate_of_another_name_sends_nothing(room: Mailroom, tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "mail.example.org")
    with server(room, tls_context=other.context()) as port:
        error = await refusal(encrypted(port, other))
    assert "certificate" in error.cause
    assert room.seen == []


async def test_a_wrong_password_is_final_and_says_what_to_do(
    room: Mailroom, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    with server(room, tls_context=certificate.context(), authenticator=login) as port:
        error = await refusal(encrypted(port, certificate, user="ada", password="env:MAIL_PASSWORD"))
    assert error.permanent
    assert "535" in error.cause
    assert "password" in error.next_step


async def test_a_missing_password_keeps_the_mail_in_the_queue(room: Mailroom) -> None:
    with server(room) as port:
        error = await refusal(channel(port, user="ada", password="env:NO_SUCH_PASSWORD"))
    assert "NO_SUCH_PASSWORD" in error.cause
    assert not error.permanent


async def test_a_server_without_login_keeps_the_mail_in_the_queue(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with server(room) as port:
        error = await refusal(channel(port, user="ada", password="env:MAIL_PASSWORD"))
    assert "no login" in error.cause
    assert not error.permanent


# --- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "reply", "permanent"),
    [
        ("MAIL", "421 too busy", False),
        ("MAIL", "550 go away", True),
        (ADA, "450 greylisted", False),
        (ADA, "550 no such person", True),
        ("DATA", "451 later", False),
        ("DATA", "452 full", False),
        ("DATA", "554 looks like spam", True),
    ],
)
async def test_a_reply_code_says_whether_to_try_again(
    room: Mailroom, step: str, reply: str, permanent: bool
) -> None:
    room.answers[step] = reply
    with server(room) as port:
        error = await refusal(channel(port))
    assert reply in error.cause
    assert (error.permanent, error.fate_unknown) == (permanent, False)
    assert room.taken == []


async def test_a_mail_that_is_too_big_says_so(room: Mailroom) -> None:
    room.answers["DATA"] = "552 too big"
    with server(room) as port:
        error = await refusal(channel(port))
    assert error.permanent
    assert "larger" in error.next_step


async def test_one_refused_recipient_does_not_touch_the_other(room: Mailroom) -> None:
    room.answers["jean@example.org"] = "550 no such person"
    with server(room) as port:
        error = await refusal(channel(port), "jean@example.org")
        await channel(port).send(MESSAGE, ADA)
    assert error.permanent
    assert [recipients for _, recipients, _ in room.taken] == [[ADA]]


async def test_a_greeting_that_refuses_is_tried_again() -> None:
    async with script(scripted("421 closing", then="drop")) as port:
        error = await refusal(channel(port))
    assert "421" in error.cause
    assert not error.permanent


async def test_nobody_at_home_is_tried_again() -> None:
    error = await refusal(channel(free_port()))
    assert "cannot be reached" in error.cause
    assert (error.permanent, error.fate_unknown) == (False, False)


async def test_an_address_with_accents_is_refused_before_the_server_sees_it(room: Mailroom) -> None:
    with server(room) as port:
        error = await refusal(channel(port), "zoé@example.org")
    assert error.permanent
    assert room.seen == []


# --- fate -------------------------------------------------------------------------------------


async def test_a_connection_lost_before_data_leaves_no_doubt() -> None:
    async with script(scripted(*WELCOME, then="drop")) as port:
        error = await refusal(channel(port))
    assert (error.permanent, error.fate_unknown) == (False, False)


async def test_a_connection_lost_after_data_leaves_the_fate_unknown() -> None:
    async with script(scripted(*WELCOME, "354 go on", then="drop")) as port:
        error = await refusal(channel(port))
    assert (error.permanent, error.fate_unknown) == (False, True)


async def test_silence_after_data_ends_with_the_limit_and_an_unknown_fate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(email_module, "_AFTER_DATA", 0.2)
    async with script(scripted(*WELCOME, "354 go on", then="silence")) as port:
        error = await refusal(channel(port, timeout=0.2))
    assert error.fate_unknown


async def test_silence_at_the_greeting_ends_with_the_time_limit() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with script(mute) as port:
        error = await refusal(channel(port, timeout=0.2))
    assert (error.permanent, error.fate_unknown) == (False, False)


async def test_a_server_takes_ten_minutes_to_think_and_not_more() -> None:
    assert email_module._AFTER_DATA == 600


async def test_a_cancelled_send_does_not_wait_for_a_silent_server() -> None:
    reached = asyncio.Event()
    serve = scripted(*WELCOME, "354 go on", then="silence", done=reached)
    async with script(serve) as port:
        started = time.monotonic()
        sending = asyncio.create_task(channel(port, timeout=60).send(MESSAGE, ADA))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.get_running_loop().shutdown_default_executor()
    assert time.monotonic() - started < 10


async def test_a_silent_server_does_not_hold_up_other_mail(room: Mailroom) -> None:
    async with script(scripted(*WELCOME, "354 go on", then="silence")) as port:
        stuck = asyncio.create_task(channel(port).send(MESSAGE, ADA))
        with server(room) as good:
            await channel(good).send(MESSAGE, ADA)
        assert not stuck.done()
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck


# --- options ----------------------------------------------------------------------------------


def options(**changes: Any) -> EmailOptions:
    return EmailOptions.model_validate({"host": "smtp.example.org", "from": "w@example.org", **changes})


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_security(security: str, port: int) -> None:
    assert options(security=security).effective_port == port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_a_server_on_this_machine_needs_no_encryption(host: str) -> None:
    assert options(host=host, security="none").effective_port == 25


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"security": "none"}, "on this machine only"),
        ({"host": "localhost.example.org", "security": "none"}, "on this machine only"),
        ({"from": "zoé@example.org"}, "plain ASCII address"),
        ({"from": "nobody"}, "plain ASCII address"),
        ({"user": "ada"}, "go together"),
        ({"prot": 25}, "Extra inputs"),
    ],
)
def test_options_that_cannot_work_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        options(**changes)


def test_a_secret_never_shows() -> None:
    assert PASSWORD not in repr(options(user="ada", password="env:MAIL_PASSWORD"))
