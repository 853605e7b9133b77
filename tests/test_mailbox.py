from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from repwatch.config.load import check
from repwatch.errors import SourceError, Unreadable
from repwatch.model import Parsed
from repwatch.parsing import codec
from repwatch.parsing.handle import ParserChild
from repwatch.parsing.process import Child
from repwatch.plugins import all_kinds
from repwatch.rules import mbox
from repwatch.rules.cleanse import cleansed
from repwatch.rules.verdict import Judge
from repwatch.sources.mailbox import Mailbox
from repwatch.sources.options.mailbox import MailboxOptions
from tests.house import SUBJECTS
from tests.imap_servers import PASSWORD
from tests.mails import SECRET, alert, mail
from tests.recorded import PAGES, expected, page, recorded, shown
from tests.samples import ADA

GIVEN = {"host": "imap.example.org", "user": "ada@example.org", "password": "env:MAIL_PASSWORD"}


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    return Mailbox(MailboxOptions.model_validate(GIVEN))


def parsed(box: Mailbox, *mails: bytes, **headers: str) -> Parsed:
    return box.parse(page(mbox.joined(mails), headers=headers))


@pytest.mark.parametrize("file", recorded("mailbox"), ids=lambda file: file.stem)
def test_recorded_mails_give_what_stands_beside_them(box: Mailbox, file: Path) -> None:
    assert shown(box.parse(page(file))) == expected(file)


async def test_the_parser_child_reads_them_too_and_never_learns_the_password(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PAGES / "mailbox" / "daily_digest.mbox"
    told: list[bytes] = []
    ask = Child.ask

    async def listen(self: Child, payload: bytes, seconds: float) -> Parsed | SourceError | None:
        told.append(payload)
        return await ask(self, payload, seconds)

    monkeypatch.setattr(Child, "ask", listen)
    child = ParserChild()
    assert shown(await child.parse(box, page(file))) == expected(file)
    assert PASSWORD.encode() not in b"".join(told)
    await child.close()


def test_the_token_that_ends_an_alert_is_in_nothing_that_is_kept(box: Mailbox) -> None:
    for file in recorded("mailbox"):
        assert SECRET.encode() not in codec.dumps(box.parse(page(file)))


def test_the_request_names_nobody_and_its_address_holds_no_password(box: Mailbox) -> None:
    (request,) = box.plan([ADA])
    assert request.subject is None
    assert (
        request.url
        == "imaps://ada%40example.org@imap.example.org:993/INBOX?from=googlealerts-noreply%40google.com"
    )


@pytest.mark.parametrize(
    ("security", "address"), [("starttls", "imap+starttls://{}:143/"), ("none", "imap://{}:143/")]
)
def test_the_way_in_is_part_of_the_address(
    monkeypatch: pytest.MonkeyPatch, security: str, address: str
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    box = Mailbox(MailboxOptions.model_validate({**GIVEN, "security": security}))
    assert box.plan([])[0].url.startswith(address.format("ada%40example.org@imap.example.org"))


def test_a_mailbox_without_new_mails_has_nothing(box: Mailbox) -> None:
    assert parsed(box) == Parsed()


def test_a_mail_that_came_twice_is_read_once(box: Mailbox) -> None:
    assert len(parsed(box, alert(1), alert(1), alert(2)).findings) == 2


def test_the_oldest_mail_dates_a_hit(box: Mailbox) -> None:
    late = alert(2, ("Ada Exemple", "https://a.example/"), date="Mon, 23 Nov 2026 08:00:00 +0000")
    soon = alert(1, ("Ada Exemple", "https://a.example/"), date="Mon, 23 Nov 2026 07:00:00 +0000")
    assert [item.published.hour for item in parsed(box, late, soon).findings if item.published] == [7, 8]


def test_one_alert_that_cannot_be_read_is_told_and_hides_no_other(box: Mailbox) -> None:
    odd = mail("Google Alert - Ada", f"https://www.google.com/alerts/remove?s={SECRET}", number=7)
    found = parsed(box, odd, alert(1), warning="2 mails left for the next check")
    assert len(found.findings) == 1
    assert found.missing == ("1 alert mail could not be read", "2 mails left for the next check")


def test_alerts_of_which_none_can_be_read_are_unreadable_not_empty(box: Mailbox) -> None:
    odd = mail("Google Alert - Ada", f"https://www.google.com/alerts/remove?s={SECRET}")
    with pytest.raises(Unreadable, match="1 alert mail without a hit"):
        parsed(box, odd)


def test_a_hit_is_believed_only_for_whom_its_alert_is_about(box: Mailbox) -> None:
    unseen = ("A programme without names", "https://salon.example/1")
    (about_ada,) = parsed(box, alert(1, unseen, query=f'"{ADA.name}"')).findings
    (about_dogs,) = parsed(box, alert(2, unseen, query="dogs")).findings
    assert Judge(ADA).judge(about_ada) is not None
    assert Judge(ADA).judge(about_dogs) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host", "https://imap.example.org"),
        ("user", "ada\r\nLOGOUT"),
        ("folder", "a\nb"),
        ("most", 0),
        ("from", "Google"),
        ("port", 0),
    ],
)
def test_an_option_that_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        MailboxOptions.model_validate({**GIVEN, key: value})


def test_the_file_says_who_writes_and_hides_the_password(tmp_path: Path) -> None:
    source = json.dumps({"kind": "mailbox", **GIVEN, "from": "me@example.org", "folder": "Alertes"})
    config = check(f"{SUBJECTS}\nsources: [{source}]\n", tmp_path / "c.yaml", all_kinds())
    assert [secret.reference for secret in config.secrets] == ["env:MAIL_PASSWORD"]


def test_a_mailbox_file_is_taken_apart_as_it_was_joined() -> None:
    mails = [b"A: 1\n\nFrom me 10:00\n>From you\n\nFrom here 11:00\n", b"B: 2\r\n\r\nhello\r\n"]
    unix = [mail.replace(b"\r\n", b"\n") for mail in mails]
    assert [
        mail.rstrip(b"\n") + b"\n" for mail in mbox.mails(mbox.joined(mails).splitlines(keepends=True))
    ] == unix


def test_a_recording_holds_no_recipient_and_no_token(box: Mailbox) -> None:
    for file in recorded("mailbox"):
        kept = cleansed(page(file, headers={"content-type": mbox.TYPE}), bytes)
        assert shown(box.parse(kept)) == expected(file)
        assert SECRET.encode() not in kept.body
        assert b"ada@example.org" not in kept.body


def test_a_mail_that_breaks_its_reader_hides_no_other(box: Mailbox) -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="{number}"\n\n--{number}\n' for number in range(3000)
    )
    trap = f"From: googlealerts-noreply@google.com\nMIME-Version: 1.0\n{nested}\n".encode()
    found = parsed(box, trap, alert(1))
    assert (len(found.findings), found.missing) == (1, ("1 alert mail could not be read",))
