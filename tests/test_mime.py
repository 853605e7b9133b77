"""The frozen bytes of a mail: whole, reproducible, and closed to smuggled headers."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from repwatch.errors import DeliveryError
from repwatch.report.mime import compose, header_text, mailbox, new_message_id
from repwatch.report.render import Rendered, render
from repwatch.report.view import build
from tests.samples import sample_material

DATE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
REPORT = render(build(sample_material("fr")))


def raw(rendered: Rendered = REPORT, **changes: Any) -> bytes:
    arguments: dict[str, Any] = {
        "sender": "repwatch <repwatch@example.org>",
        "recipients": ("ada@example.org",),
        "message_id": new_message_id("repwatch@example.org", "42-abc"),
        "date": DATE,
    }
    return compose(rendered, **{**arguments, **changes})


def parsed(rendered: Rendered = REPORT, **changes: Any) -> EmailMessage:
    message = message_from_bytes(raw(rendered, **changes), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_headers_say_who_when_and_that_a_machine_wrote() -> None:
    mail = parsed()
    headers = {name: str(value) for name, value in mail.items() if not name.startswith(("Content", "MIME"))}
    assert headers == {
        "From": "repwatch <repwatch@example.org>",
        "To": "ada@example.org",
        "Subject": REPORT.subject.replace("\N{NO-BREAK SPACE}", " "),
        "Date": "Mon, 23 Nov 2026 07:00:00 +0000",
        "Message-ID": "<42-abc@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "list",
        "List-Id": "repwatch reports <repwatch.example.org>",
        "List-Unsubscribe": "<mailto:repwatch@example.org?subject=unsubscribe>",
        "X-Repwatch-Report": "42-abc",
    }
    assert mail["Content-Language"] == "fr"


def test_optional_headers_are_taken_as_given() -> None:
    mail = parsed(reply_to="me@example.net", list_id="ada.example.org", references="<ada@example.org>")
    assert mail["Reply-To"] == "me@example.net"
    assert mail["List-Id"] == "repwatch reports <ada.example.org>"
    assert mail["References"] == "<ada@example.org>"


def test_the_text_comes_first_and_both_parts_come_back_whole() -> None:
    parts = list(parsed().iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part["Content-Transfer-Encoding"] for part in parts] == ["quoted-printable"] * 2
    assert [part.get_content().replace("\r\n", "\n").strip() for part in parts] == [
        REPORT.text.strip(),
        REPORT.html.strip(),
    ]


def test_the_signature_keeps_its_trailing_space() -> None:
    assert b"\r\n--=20\r\n" in raw()


def test_the_same_report_has_the_same_bytes_for_ever() -> None:
    assert raw() == raw()


def test_another_message_has_another_boundary() -> None:
    other = parsed(message_id="<other@example.org>")
    assert other.get_boundary() != parsed().get_boundary()


def test_every_line_is_short_ascii_and_ends_in_crlf() -> None:
    content = raw(Rendered("s", "<p>" + "é" * 50_000 + "</p>", ".\nFrom here\n" + "y" * 50_000))
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?a=0ABcc:_eve=40example.com?=",
        "==?utf-8?q?a=0ABcc:_eve=40example.com?=",
        "a\r\nBcc: eve@example.com",
        "a\u2028Bcc: eve@example.com\x85\x0b\x1c",
        "\ud800 lone",
        "é" * 300 + "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
        "🎉" * 300,
    ],
)
def test_a_subject_smuggles_no_header(subject: str) -> None:
    content = raw(Rendered(subject, "<p>x</p>", "x"))
    mail = message_from_bytes(content, policy=default)
    assert len(mail.get_all("Subject", [])) == 1
    assert mail["Bcc"] is None
    assert b"\r\nbcc" not in content.lower()


def test_an_encoded_word_in_a_subject_is_read_as_plain_letters() -> None:
    mail = parsed(Rendered("=?utf-8?q?hello?=", "<p>x</p>", "x"))
    assert "?q?hello?=" in mail["Subject"]


def test_header_text_is_one_line_of_bounded_length() -> None:
    assert header_text("a\n b\tc") == "a b c"
    assert len(header_text("x" * 1000)) <= 200


def test_a_boundary_in_the_text_does_not_break_the_mail() -> None:
    boundary = parsed().get_boundary()
    mail = parsed(Rendered("s", "<p>x</p>", f"--{boundary}--\n--{boundary}\n"))
    assert len(list(mail.iter_parts())) == 2


@pytest.mark.parametrize(
    "address", ["zoé@example.org", "ada@exämple.org", "ada", "@example.org", "a b@example.org", ""]
)
def test_an_address_that_plain_smtp_cannot_carry_is_refused(address: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        mailbox(address)
    assert caught.value.permanent
    assert caught.value.next_step


def test_a_senders_name_may_have_accents() -> None:
    assert (
        parsed(sender="Veille d'Ada Éxemple <w@example.org>")["From"]
        == "Veille d'Ada Éxemple <w@example.org>"
    )


def test_a_message_id_stands_at_the_senders_domain() -> None:
    assert new_message_id("Repwatch <w@Mail.Example.org>", "a b\n7") == "<a-b-7@mail.example.org>"
