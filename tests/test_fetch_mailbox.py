"""Mailboxes through the door: against Debian's dovecot, and against a server that misbehaves."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from repwatch.errors import Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.fetch import imap
from repwatch.fetch.client import Fetcher
from repwatch.fetch.folders import decoded, encoded, listed
from repwatch.fetch.limits import Limits, Policy
from repwatch.fetch.mailbox import Mailboxes
from repwatch.fetch.resolver import SystemResolver
from repwatch.model import Page, Validators
from repwatch.rules import mbox
from repwatch.sources.mailbox import Mailbox
from repwatch.sources.options.mailbox import MailboxOptions
from tests.fakes import FakeClock
from tests.imap_servers import PASSWORD, USER, Dovecot, dovecot, needs_dovecot, scripted
from tests.mails import alert, mail

NEAR = Policy(allow=(ip_network("127.0.0.0/8"), ip_network("::1/128")), interval=0.0)
NOTHING = Validators()
ONE_MAIL = "* 1 FETCH (UID 1 BODY[] {6}\r\nA: 1\r\n)\r\n"
ONE_SIZE = "* 1 FETCH (UID 1 RFC822.SIZE 6)\r\n"


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def shared() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def server(shared: Dovecot) -> Dovecot:
    """Debian's server with an empty mailbox."""
    with shared.hand() as program:
        program.select("INBOX")
        for number in program.search(None, "ALL")[1][0].decode().split():
            program.store(number, "+FLAGS", r"\Deleted")
        program.expunge()
    return shared


def box(port: int, **options: object) -> Mailbox:
    given = {"host": "localhost", "port": port, "user": USER, "password": "env:MAIL_PASSWORD", **options}
    return Mailbox(MailboxOptions.model_validate(given))


async def look(
    mailbox: Mailbox, known: Validators = NOTHING, policy: Policy = NEAR, trust: ssl.SSLContext | None = None
) -> Page:
    fetcher = Fetcher(FakeClock(), contact="")
    if trust is not None:
        fetcher._mailboxes = Mailboxes(SystemResolver(), lambda: trust)
    return await fetcher.fetch(mailbox.plan([])[0], policy, known)


def numbers(mailbox: Mailbox, page: Page) -> list[str]:
    """Which of the tests' mails the page holds."""
    return [item.url.rpartition("/")[2] for item in mailbox.parse(page).findings]


@pytest.mark.dovecot
@needs_dovecot
class TestARealServer:
    @pytest.mark.parametrize("security", ["tls", "starttls", "none"])
    async def test_is_read_each_way_in_and_no_mail_is_marked_as_read(
        self, server: Dovecot, security: str
    ) -> None:
        server.put(alert(1), mail("Lunch?", "At noon.", sender="Somebody <somebody@example.com>"), alert(2))
        mailbox = box(server.tls if security == "tls" else server.port, security=security)
        page = await look(mailbox, trust=server.trust())
        assert numbers(mailbox, page) == ["1", "2"]
        assert server.seen() == []
        assert page.request.headers == {}

    async def test_gives_only_what_came_since(self, server: Dovecot) -> None:
        mailbox = box(server.port, security="none")
        server.put(alert(1))
        first = await look(mailbox)
        quiet = await look(mailbox, first.validators)
        server.put(alert(2))
        second = await look(mailbox, quiet.validators)
        assert (quiet.unchanged, quiet.validators.etag) == (True, first.validators.etag)
        assert (second.unchanged, numbers(mailbox, second)) == (False, ["2"])

    async def test_gives_the_newest_first_time_and_the_rest_in_turn_later(self, server: Dovecot) -> None:
        mailbox = box(server.port, security="none", most=2)
        server.put(*map(alert, range(1, 5)))
        first = await look(mailbox)
        server.put(*map(alert, range(5, 8)))
        second = await look(mailbox, first.validators)
        third = await look(mailbox, second.validators)
        assert [numbers(mailbox, page) for page in (first, second, third)] == [["3", "4"], ["5", "6"], ["7"]]
        assert second.headers["warning"] == "1 mail left for the next check"
        assert "warning" not in {**first.headers, **third.headers}

    async def test_what_does_not_fit_into_a_page_waits(self, server: Dovecot) -> None:
        mailbox = box(server.port, security="none")
        server.put(alert(1), alert(2))
        tight = replace(NEAR, limits=Limits(body=len(alert(1)) + 200))
        first = await look(mailbox, policy=tight)
        second = await look(mailbox, first.validators, tight)
        assert [numbers(mailbox, page) for page in (first, second)] == [["1"], ["2"]]

    async def test_a_huge_mail_is_told_and_passed_over(
        self, server: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imap, "LARGEST", 2048)
        mailbox = box(server.port, security="none")
        server.put(mail("Google Alert - x", "x" * 4096), alert(2))
        page = await look(mailbox)
        assert numbers(mailbox, page) == ["2"]
        assert page.headers["warning"] == "1 mail of more than 2 KiB left out"
        assert (await look(mailbox, page.validators)).unchanged

    async def test_that_was_numbered_anew_is_read_again(self, server: Dovecot) -> None:
        mailbox = box(server.port, security="none", most=2)
        server.put(*map(alert, range(1, 4)))
        page = await look(mailbox, Validators(etag="7:99"))
        assert numbers(mailbox, page) == ["2", "3"]
        assert (
            page.headers["warning"]
            == "the server has numbered the folder anew: its oldest 1 mail not read again"
        )

    async def test_with_an_unknown_certificate_gets_no_password(self, server: Dovecot) -> None:
        with pytest.raises(Unreachable, match="TLS: certificate self-signed"):
            await look(box(server.tls))

    async def test_refuses_a_wrong_password_with_a_next_step(
        self, server: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAIL_PASSWORD", "a wrong one")
        with pytest.raises(Misconfigured, match="refuses the log-in of ada@example") as caught:
            await look(box(server.port, security="none"))
        assert "app password" in caught.value.next_step
        assert "a wrong one" not in str(caught.value)

    async def test_names_the_folders_that_are_there(self, server: Dovecot) -> None:
        with server.hand() as program:
            program.create('"Prénoms & Noms"'.replace("é", "&AOk-").replace(" & ", " &- "))
        with pytest.raises(Misconfigured, match="there is no folder 'Alertes'") as caught:
            await look(box(server.port, security="none", folder="Alertes"))
        assert caught.value.next_step == "set `folder` to one of: INBOX, Prénoms & Noms"

    async def test_opens_a_folder_with_accents(self, server: Dovecot) -> None:
        with server.hand() as program:
            program.create('"D&AOk-j&AOA- lu"')
        server.put(alert(9), folder='"D&AOk-j&AOA- lu"')
        mailbox = box(server.port, security="none", folder="Déjà lu")
        assert numbers(mailbox, await look(mailbox)) == ["9"]


async def refused(port: int, **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await look(box(port, **{"security": "none", **options}))
    return caught.value


async def test_a_connection_that_drops_in_the_middle_of_a_mail_is_unreachable() -> None:
    cut = "* 1 FETCH (UID 1 BODY[] {600}\r\nA: 1\r\n"
    async with scripted(UID_SEARCH="* SEARCH 1\r\n", UID_FETCH=f"{ONE_SIZE}{cut}DROP") as server:
        assert isinstance(await refused(server.port), Unreachable)


async def test_a_server_that_says_bye_is_unreachable_with_its_words() -> None:
    async with scripted(EXAMINE="* BYE closed for the night\r\nDROP") as server:
        error = await refused(server.port)
    assert isinstance(error, Unreachable)
    assert "closed for the night" in error.cause


async def test_a_server_that_falls_silent_is_left_within_the_limit() -> None:
    async with scripted(EXAMINE="* FLAGS ()\r\nSILENCE") as server:
        mailbox = box(server.port, security="none")
        with pytest.raises(Unreachable, match=r"no whole answer within 0\.3 s"):
            await look(mailbox, policy=replace(NEAR, limits=Limits(total=0.3)))
        for thread in threading.enumerate():
            if thread.name == "repwatch-imap":
                await asyncio.to_thread(thread.join, 5)
                assert not thread.is_alive()


async def test_a_size_that_nobody_asked_for_is_not_waited_for() -> None:
    async with scripted(EXAMINE="* LIST {99999999999}\r\nSILENCE") as server:
        error = await refused(server.port)
    assert isinstance(error, Unreadable)
    assert "far more than it was asked for" in error.cause


async def test_endless_chatter_is_cut_off() -> None:
    async with scripted(EXAMINE=f"* OK {'blah' * 1000}\r\n" * 4_000) as server:
        assert isinstance(await refused(server.port), Unreadable)


async def test_another_protocol_is_unreadable_and_says_where_to_look() -> None:
    async with scripted(GREETING="HTTP/1.1 400 Bad Request\r\n") as server:
        error = await refused(server.port)
    assert isinstance(error, Unreadable)
    assert error.next_step == "check host and port"


async def test_a_server_without_starttls_gets_no_password() -> None:
    async with scripted() as server:
        assert isinstance(await refused(server.port, security="starttls"), Misconfigured)
    assert server.heard[:1] == ["CAPABILITY"]
    assert not any("LOGIN" in line for line in server.heard)


@pytest.mark.parametrize("words", ["[UNAVAILABLE] later", "[ALERT] Too many simultaneous connections"])
async def test_a_log_in_that_is_refused_for_now_is_no_fault_of_the_owner(words: str) -> None:
    async with scripted(LOGIN=f"{{tag}} NO {words}\r\n") as server:
        assert isinstance(await refused(server.port), Unreachable)


async def test_a_server_that_forbids_to_log_in_says_so() -> None:
    async with scripted(CAPABILITY="* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n") as server:
        assert isinstance(await refused(server.port), Misconfigured)


async def test_a_nonsensical_uidvalidity_reads_the_folder_all_the_same() -> None:
    async with scripted(
        EXAMINE="* OK [UIDVALIDITY pear] so\r\n",
        UID_SEARCH="* SEARCH 1\r\n",
        UID_FETCH=f"{ONE_SIZE}{ONE_MAIL}",
    ) as server:
        page = await look(box(server.port, security="none"))
    assert page.validators.etag == "0:1"
    assert b"A: 1" in page.body


async def test_a_mail_that_was_deleted_meanwhile_is_passed_over() -> None:
    async with scripted(EXAMINE="* OK [UIDVALIDITY 5] so\r\n", UID_SEARCH="* SEARCH 4\r\n") as server:
        page = await look(box(server.port, security="none"))
    assert (page.body, page.validators.etag) == (mbox.joined([]), "5:4")


async def test_nobody_answers() -> None:
    assert (await refused(1)).cause == "connection refused"


async def test_a_private_address_is_refused_unless_allowed() -> None:
    with pytest.raises(Misconfigured, match="not a public address"):
        await look(box(1), policy=Policy())


async def test_a_password_never_travels_in_the_clear_to_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def far(*_: object) -> list[str]:
        return ["198.51.100.7"]

    monkeypatch.setattr("repwatch.fetch.mailbox.permitted", far)
    with pytest.raises(Misconfigured, match="in the clear"):
        await look(box(1, security="none"), policy=Policy())


async def test_a_proxy_is_not_passed_by_silently() -> None:
    with pytest.raises(Misconfigured, match="proxy"):
        await look(box(1), policy=replace(NEAR, proxy="http://proxy.example:3128"))


@pytest.mark.parametrize("name", ["INBOX", "Prénoms & Noms", "台北", "a&b-", '"quoted\\"', "👋"])
def test_a_folders_name_survives_its_spelling(name: str) -> None:
    assert encoded(name).isascii()
    assert decoded(encoded(name)) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (rb'(\HasNoChildren) "/" INBOX', "INBOX"),
        (rb'(\Noselect) "/" "[Gmail]"', ""),
        (rb'() NIL "D&AOk-j&AOA-"', "Déjà"),
        (rb'() "/" "a\"b"', 'a"b'),
        (rb'() "/" "broken &!!-"', "broken &!!-"),
        (b"nonsense", ""),
    ],
)
def test_a_listed_folder_is_named_as_people_write_it(line: bytes, name: str) -> None:
    assert listed(line) == name
