"""The doctor on the way out: log-in, the mail that would leave, and what the sender's domain says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from repwatch.channels.email import Email, EmailOptions
from repwatch.config.settings import Config
from repwatch.doctor import alignment, mail
from repwatch.doctor.alignment import Published, Sender
from repwatch.doctor.sign import Sign
from repwatch.errors import DeliveryError
from repwatch.fetch.records import SystemRecords
from repwatch.jobs.digest import frozen
from repwatch.model import Message, Receipt, Route
from repwatch.store.database import Store
from tests.clinic import FakeRecords, configured, made, one, visited
from tests.fakes import START
from tests.name_server import name_server
from tests.smtp_servers import PASSWORD, Mailroom, login, make_certificate, server


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


# --- logging in -------------------------------------------------------------------------------


class Door:
    """A channel that lets us in, or not."""

    def __init__(self, answer: Receipt | DeliveryError) -> None:
        self.answer = answer

    async def send(self, message: Message, to: str) -> Receipt:
        raise AssertionError(f"sent {message.message_id} to {to}")

    async def verify(self) -> Receipt:
        if isinstance(self.answer, DeliveryError):
            raise self.answer
        return self.answer


async def test_a_server_that_lets_us_in_is_sent_nothing(config: Config) -> None:
    room = Mailroom()
    with server(room) as port:
        options = {"host": "127.0.0.1", "port": port, "security": "none", "from": "r@firm.fr"}
        email = Email(EmailOptions.model_validate(options))
        sign = one(await mail.logins(visited(config, channels={"mail": email})))
    assert (sign.name, sign.state, room.seen) == ("log-in mail", "good", [])


async def test_a_refused_log_in_is_bad_and_says_what_to_check(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", f"not {PASSWORD}")
    certificate = make_certificate(tmp_path, "localhost")
    tls = {"tls_context": certificate.context(), "auth_required": True, "authenticator": login}
    with server(Mailroom(), **tls) as port:
        options = {"host": "localhost", "port": port, "user": "ada", "password": "env:MAIL_PASSWORD"}
        options |= {"from": "r@firm.fr", "ca_file": certificate.certificate}
        email = Email(EmailOptions.model_validate(options))
        sign = one(await mail.logins(visited(config, channels={"mail": email})))
    assert (sign.state, "535" in sign.seen) == ("bad", True)
    assert "app password" in sign.advice
    assert PASSWORD not in repr(sign)


async def test_a_failure_without_a_next_step_gets_one(config: Config) -> None:
    door = Door(DeliveryError("mail:587 answered 421 busy"))
    sign = one(await mail.logins(visited(config, channels={"mail": door})))
    assert (sign.state, bool(sign.advice)) == ("bad", True)


@pytest.mark.parametrize(("days", "states"), [(60, ["good"]), (5, ["good", "warn"])])
async def test_a_certificate_that_ends_soon_is_told(config: Config, days: int, states: list[str]) -> None:
    door = Door(Receipt("mail:587 lets us in", certificate_ends=START + timedelta(days=days, hours=1)))
    signs = await mail.logins(visited(config, channels={"mail": door}))
    assert [sign.state for sign in signs] == states
    assert [f"ends in {days} days" in sign.seen for sign in signs[1:]] == [True] * len(signs[1:])


async def test_a_channel_that_can_only_send_is_not_tried(config: Config) -> None:
    assert one(await mail.logins(visited(config))).state == "skipped"


async def test_without_a_channel_it_says_so(config: Config) -> None:
    assert one(await mail.logins(visited(config, channels={}))).state == "skipped"


# --- the mail that would leave ----------------------------------------------------------------


async def test_a_draft_is_well_made_with_and_without_a_database(config: Config) -> None:
    before = one(await mail.drafts(visited(config)))
    path = await made(config)
    content = path.read_bytes()
    after = one(await mail.drafts(visited(config)))
    assert (before.state, after.state) == ("good", "good")
    assert path.read_bytes() == content


async def test_nothing_counts_as_told_by_a_draft(config: Config) -> None:
    await made(config)
    before = {file.name: file.read_bytes() for file in config.path.parent.iterdir()}
    await mail.drafts(visited(config))
    assert {file.name: file.read_bytes() for file in config.path.parent.iterdir()} == before
    store = Store(config.database_path)
    await store.open()
    await store.close()


async def test_without_a_report_there_is_no_draft(tmp_path: Path) -> None:
    assert one(await mail.drafts(visited(configured(tmp_path, reports="[]")))).state == "skipped"


async def drawn(config: Config) -> tuple[Message, Route]:
    visit = visited(config)
    route = visit.routes[0]
    return frozen(await mail.drawn(visit, route), START), route


@pytest.mark.parametrize("header", mail.REQUIRED)
async def test_a_missing_header_is_a_fault(config: Config, header: str) -> None:
    message, route = await drawn(config)
    raw = message.raw.replace(f"\r\n{header}:".encode(), b"\r\nX-Gone:", 1)
    raw = raw.removeprefix(b"From:") if header == "From" else raw
    assert any(header in fault for fault in mail.faults_of(replace(message, raw=raw), route))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"\r\nDate:", b"\r\nBcc: eve@other.fr\r\nDate:", "recipients who were not configured"),
        (b"\r\nDate:", b"\r\nSubject: two\r\nDate:", "twice: Subject"),
        (b"text/html", b"text/x-other", "no html part"),
        (b"@firm.fr>\r\n", b"@else.fr>\r\n", "Message-ID is not at firm.fr"),
        (b"From: repwatch@firm.fr", b"From: eve@firm.fr", "From is not repwatch@firm.fr"),
        (b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 1_000 + b"\r\n\r\n", "longer than 998"),
        (b"\r\n\r\n", b"\r\nX-Much: x\r\n\r\n" + b"x\r\n" * 40_000, "kB long"),
    ],
)
async def test_a_fault_of_the_mail_is_told(config: Config, old: bytes, new: bytes, fault: str) -> None:
    message, route = await drawn(config)
    assert old in message.raw
    raw = message.raw.replace(old, new, 1)
    assert any(fault in found for found in mail.faults_of(replace(message, raw=raw), route))


# --- the sender's domain ----------------------------------------------------------------------

FIRM = Sender("mail", "firm.fr", "smtp.firm.fr", "ada@firm.fr")
HEALTHY = Published(["mx.firm.fr"], [], ["v=spf1 include:_spf.firm.fr -all"], ["v=DMARC1; p=reject"])
ZONE = {
    ("firm.fr", "MX"): ["10 mx.firm.fr."],
    ("firm.fr", "TXT"): ['"v=spf1 mx -all"', '"v=spf10"', '"google-site-verification=x"'],
    ("_dmarc.firm.fr", "TXT"): ['"v=DMARC1; p=quarantine"'],
}


async def test_a_real_name_server_is_asked_for_all_of_it(config: Config) -> None:
    async with name_server(ZONE) as resolver:
        visit = replace(visited(config), records=SystemRecords(resolver))
        signs = await alignment.alignment(visit)
    states = {sign.name: sign.state for sign in signs}
    assert states == {"server": "good", "domain": "good", "SPF": "good", "DMARC": "good", "DKIM": "skipped"}
    assert "p=quarantine" in one(signs, "DMARC").seen


async def test_a_name_server_that_is_silent_leaves_it_open(config: Config) -> None:
    records = FakeRecords()
    records.silent = True
    sign = one(await alignment.alignment(visited(config, records=records)))
    assert (sign.state, "nothing is known of firm.fr" in sign.advice) == ("warn", True)


async def test_a_policy_may_stand_at_the_domain_above() -> None:
    records = FakeRecords({("_dmarc.firm.co.uk", "TXT"): ["v=DMARC1; p=reject"]})
    assert (await alignment.ask("news.firm.co.uk", records)).dmarc == ["v=DMARC1; p=reject"]


@pytest.mark.parametrize(("host", "state"), [("127.0.0.1", "skipped"), ("smtp.firm.fr", "bad")])
async def test_an_example_domain_is_looked_up_by_nobody(host: str, state: str) -> None:
    records = FakeRecords()
    records.silent = True
    sign = one(await alignment.examined(Sender("mail", "demo.example", host, ""), records))
    assert (sign.state, "name for examples" in sign.seen) == (state, True)


@pytest.mark.parametrize(
    ("sender", "states"),
    [
        (FIRM, ["good"]),
        (replace(FIRM, host="127.0.0.1"), ["skipped"]),
        (replace(FIRM, host="smtp.provider.net"), ["good"]),
        (replace(FIRM, user="ada@elsewhere.net"), ["good", "warn"]),
        (replace(FIRM, user="ada"), ["good"]),
        (Sender("mail", "gmail.com", "smtp.gmail.com", "ada@gmail.com"), ["good"]),
        (Sender("mail", "gmail.com", "smtp.provider.net", "ada@gmail.com"), ["warn"]),
        (Sender("mail", "outlook.com", "smtp.office365.com", ""), ["good"]),
    ],
)
def test_a_server_that_may_not_speak_for_the_domain_is_told(sender: Sender, states: list[str]) -> None:
    signs = list(alignment.server(sender, HEALTHY))
    assert [sign.state for sign in signs] == states
    assert all(sign.advice for sign in signs if sign.state == "warn")


def test_a_strict_policy_of_a_provider_is_named() -> None:
    sender = Sender("mail", "yahoo.com", "smtp.provider.net", "")
    assert "asks to reject such mail" in one(alignment.server(sender, HEALTHY)).seen


@pytest.mark.parametrize(
    ("servers", "addresses", "state"),
    [(["mx.firm.fr"], [], "good"), ([], ["192.0.2.1"], "good"), ([""], [], "warn"), ([], [], "bad")],
)
def test_a_domain_that_takes_no_mail_is_told(servers: list[str], addresses: list[str], state: str) -> None:
    sign = alignment.domain(FIRM, replace(HEALTHY, servers=servers, addresses=addresses))
    assert (sign.state, bool(sign.advice)) == (state, state != "good")


@pytest.mark.parametrize(
    ("spf", "state", "words"),
    [
        (["v=spf1 mx -all"], "good", "v=spf1 mx -all"),
        ([], "warn", "add a TXT record to firm.fr"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "bad", "keep one"),
        (["v=spf1 +all"], "bad", "+all"),
        (["v=spf1 all"], "bad", "+all"),
        (["v=spf1 -all"], "bad", "nobody sends for it"),
    ],
)
def test_an_spf_record_is_judged(spf: list[str], state: str, words: str) -> None:
    sign = alignment.spf(FIRM, replace(HEALTHY, spf=spf))
    assert sign.state == state
    assert words in f"{sign.seen} {sign.advice}"


@pytest.mark.parametrize(
    ("dmarc", "state", "words"),
    [
        (["v=DMARC1; p=none"], "good", "p=none"),
        ([], "warn", "_dmarc.firm.fr"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "bad", "keep one"),
    ],
)
def test_a_dmarc_record_is_judged(dmarc: list[str], state: str, words: str) -> None:
    sign = alignment.dmarc(FIRM, replace(HEALTHY, dmarc=dmarc))
    assert sign.state == state
    assert words in f"{sign.seen} {sign.advice}"


def test_a_record_is_shown_without_its_tricks() -> None:
    sign: Sign = alignment.spf(FIRM, replace(HEALTHY, spf=["v=spf1 mx \x1b[31m-all" + "x" * 500]))
    assert "\x1b" not in sign.seen
    assert len(sign.seen) < 300


@pytest.mark.parametrize(
    ("domain", "owner"),
    [
        ("firm.fr", "firm.fr"),
        ("a.b.firm.fr", "firm.fr"),
        ("firm.co.uk", "firm.co.uk"),
        ("x.firm.co.uk", "firm.co.uk"),
    ],
)
def test_the_domain_that_was_registered(domain: str, owner: str) -> None:
    assert alignment.organisation(domain) == owner


async def test_without_a_mail_channel_there_is_no_sender(tmp_path: Path) -> None:
    config = configured(tmp_path, channels="{}", reports="[]")
    assert one(await alignment.alignment(visited(config))).state == "skipped"
