"""A mailbox of Debian's dovecot, watched over TLS by the installed program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.program import run
from tests.imap_servers import PASSWORD, USER, Dovecot, dovecot, needs_dovecot
from tests.mails import SECRET, alert

pytestmark = [pytest.mark.dovecot, needs_dovecot]


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        running.put(alert(1), alert(2))
        yield running


def call(home: Path, server: Dovecot, *arguments: str, password: str = PASSWORD) -> CompletedProcess[str]:
    file = home / "repwatch.yaml"
    file.write_text(
        "contact: ada@example.org\n"
        "subjects: [{id: ada, name: Ada Exemple, relation: self}]\n"
        f"sources: [{{kind: mailbox, host: localhost, port: {server.tls}, user: {USER}, "
        "password: env:MAIL_PASSWORD, allow_private: loopback}]\n",
        encoding="utf-8",
    )
    file.chmod(0o600)
    trusted = str(server.certificate.certificate)
    command = ("--config", str(file), "-vv", *arguments)
    return run(home, *command, MAIL_PASSWORD=password, SSL_CERT_FILE=trusted)


def test_a_check_reads_the_alerts_and_leaves_them_unread(tmp_path: Path, server: Dovecot) -> None:
    done = call(tmp_path, server, "check", "--json")
    (outcome,) = json.loads(done.stdout)
    assert (done.returncode, outcome["outcome"], outcome["read"]) == (0, "ok", 2)
    assert server.seen() == []
    (again,) = json.loads(call(tmp_path, server, "check", "--json").stdout)
    assert (again["outcome"], again["read"]) == ("ok", 0)


def test_no_secret_is_shown_logged_or_kept(tmp_path: Path, server: Dovecot) -> None:
    done = call(tmp_path, server, "check")
    refused = call(tmp_path, server, "check", password="another-invented-password")
    said = done.stdout + done.stderr + refused.stdout + refused.stderr
    for secret in (PASSWORD, "another-invented-password", SECRET):
        assert secret not in said
        assert all(secret.encode() not in file.read_bytes() for file in tmp_path.rglob("*.db*"))


def test_a_refused_log_in_tells_what_to_do(tmp_path: Path, server: Dovecot) -> None:
    done = call(tmp_path, server, "check", password="wrong")
    assert done.returncode == 3
    assert "misconfigured" in done.stdout
    assert "app password" in " ".join(done.stdout.split())


def test_the_doctor_examines_it_too(tmp_path: Path, server: Dovecot) -> None:
    assert "answered with 2 items" in call(tmp_path, server, "doctor").stdout
    assert "refuses the log-in" in " ".join(call(tmp_path, server, "doctor", password="wrong").stdout.split())


def test_a_recording_holds_neither_whose_mailbox_it_is_nor_what_ends_an_alert(
    tmp_path: Path, server: Dovecot
) -> None:
    done = call(tmp_path, server, "source", "record", "mailbox")
    assert "page-1.mbox: 2 findings" in done.stdout, done.stdout + done.stderr
    kept = b"".join(file.read_bytes() for file in (tmp_path / "recorded").rglob("page-1*"))
    for secret in (PASSWORD, USER, SECRET):
        assert secret.encode() not in kept
    assert "2 findings, as expected" in call(tmp_path, server, "source", "replay", "mailbox").stdout
