"""Rounds over a mailbox of Debian's dovecot, with the real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repwatch.config.settings import Config
from repwatch.model import Outcome, OwedKind
from tests.house import SUBJECTS, configured, house
from tests.imap_servers import PASSWORD, USER, Dovecot, dovecot, needs_dovecot
from tests.mails import alert, mail

pytestmark = [pytest.mark.dovecot, needs_dovecot]


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    source = (
        f"{{kind: mailbox, id: alerts, host: 127.0.0.1, port: {server.port}, security: none, user: {USER}, "
        "password: env:MAIL_PASSWORD, allow_private: loopback, every: 1h}"
    )
    return configured(tmp_path, [source], subjects=SUBJECTS)


async def test_the_first_look_is_a_baseline_and_a_busy_day_is_no_gap(config: Config, server: Dovecot) -> None:
    server.put(*map(alert, range(6)))
    async with house(config) as home:
        first = (await home.check())["alerts"]
        assert (first.outcome, first.new, first.baseline) == (Outcome.OK, 6, True)
        quiet = (await home.check())["alerts"]
        assert (quiet.outcome, quiet.unchanged) == (Outcome.OK, True)
        server.put(*map(alert, range(10, 16)))
        busy = (await home.check())["alerts"]
        assert (busy.outcome, busy.new, busy.cause) == (Outcome.OK, 6, "")
        assert set(await home.news()) == {OwedKind.BASELINE, OwedKind.MENTION}


async def test_mails_that_could_not_be_read_are_asked_for_again(config: Config, server: Dovecot) -> None:
    async with house(config) as home:
        await home.check()
        before = (await home.state("alerts")).pages
        server.put(mail("Google Alert - Ada", "https://www.google.com/alerts/remove?s=1", number=1))
        assert (await home.check())["alerts"].outcome is Outcome.UNREADABLE
        assert (await home.state("alerts")).pages == before
        server.put(alert(2))
        told = (await home.check())["alerts"]
        assert (told.outcome, told.new, told.cause) == (Outcome.PARTIAL, 1, "1 alert mail could not be read")


async def test_no_name_is_sent(config: Config, server: Dovecot) -> None:
    server.put(alert(1))
    async with house(config) as home:
        (look,) = await home.app.check.look(home.app.check.pairs)
    assert look.answer.queries == []
    assert len(look.items) == 1


async def test_mails_that_wait_for_the_next_check_are_read_by_it(config: Config, server: Dovecot) -> None:
    server.put(alert(1))
    async with house(config) as home:
        await home.check()
        server.put(*map(alert, range(100, 160)))
        full = (await home.check())["alerts"]
        assert (full.outcome, full.new, full.cause) == (
            Outcome.PARTIAL,
            50,
            "10 mails left for the next check",
        )
        assert (await home.check())["alerts"].new == 10


async def test_a_mail_that_cannot_be_read_is_told_once_beside_others(config: Config, server: Dovecot) -> None:
    async with house(config) as home:
        await home.check()
        server.put(mail("Google Alert - Ada", "https://www.google.com/alerts/remove?s=1", number=1), alert(2))
        assert (await home.check())["alerts"].cause == "1 alert mail could not be read"
        after = (await home.check())["alerts"]
        assert (after.outcome, after.unchanged) == (Outcome.OK, True)


async def test_a_visit_is_paid_out_of_the_budget(
    tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    source = (
        f"{{kind: mailbox, id: alerts, host: 127.0.0.1, port: {server.port}, security: none, user: {USER}, "
        "password: env:MAIL_PASSWORD, allow_private: loopback, every: 1h, budget: 1/day}"
    )
    async with house(configured(tmp_path, [source], subjects=SUBJECTS)) as home:
        assert (await home.check())["alerts"].outcome is Outcome.EMPTY
        assert (await home.check())["alerts"].outcome is Outcome.BLOCKED
