"""What Google Alerts has of somebody, imported by the installed program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from repwatch.rules import mbox
from tests.e2e.program import PROGRAM, environment, run
from tests.mails import FEED, SECRET, alert, alerts_page, mail

CONFIG = """\
contact: ada@example.org
subjects:
  - {id: ada, name: Ada Exemple, relation: self}   # me
sources:
  # my blog
  - {kind: feed, url: "https://blog.example.org/feed"}
channels: {mail: {kind: email, host: 127.0.0.1, security: none, from: repwatch@example.org}}
reports: [{channel: mail, to: ada@example.org, every: day at 07:00}]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    file = tmp_path / "repwatch.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    file.chmod(0o600)
    (tmp_path / "alerts.html").write_bytes(alerts_page())
    (tmp_path / "mails.mbox").write_bytes(
        mbox.joined([alert(1), alert(2), mail("Hi", "x", sender="a@b.example")])
    )
    return tmp_path


def call(home: Path, *arguments: str) -> CompletedProcess[str]:
    return run(home, "--config", "repwatch.yaml", *arguments)


def import_alerts(home: Path, *arguments: str) -> CompletedProcess[str]:
    return call(home, "import", "google-alerts", *arguments)


def mentions(home: Path) -> list[dict[str, object]]:
    found = json.loads(call(home, "mentions", "list", "--json").stdout)
    assert isinstance(found, list)
    return found


def test_the_list_of_alerts_is_shown_before_it_is_written(home: Path) -> None:
    done = import_alerts(home, "alerts.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"feed: '{FEED}'" in done.stdout
    assert "--yes" in done.stdout
    assert "Deliver to: RSS feed" in done.stdout
    assert SECRET not in done.stdout
    assert (home / "repwatch.yaml").read_text("utf-8") == CONFIG


def test_it_is_written_once_and_comments_stay(home: Path) -> None:
    assert "Added 1 source" in import_alerts(home, "alerts.html", "--yes").stdout
    written = (home / "repwatch.yaml").read_text("utf-8")
    assert "  # my blog\n" in written
    assert written.count(FEED) == 1
    assert "watched already" in import_alerts(home, "alerts.html", "--yes").stdout
    assert (home / "repwatch.yaml").read_text("utf-8") == written
    assert call(home, "config", "check").returncode == 0


def test_mails_become_history_once(home: Path) -> None:
    first, again = import_alerts(home, "mails.mbox"), import_alerts(home, "mails.mbox")
    assert "2 about your subjects taken into the history" in first.stdout
    assert "1 mail of other senders left out" in first.stdout
    assert "0 about your subjects taken into the history, 2 known already" in again.stdout
    assert len(mentions(home)) == 2
    assert all(SECRET.encode() not in file.read_bytes() for file in home.rglob("*.db*"))


def test_a_folder_of_saved_mails_is_taken_too(home: Path) -> None:
    folder = home / "saved"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(alert(number))
    assert "3 alert mails" in import_alerts(home, "saved").stdout


def test_a_wrong_file_is_named_with_what_was_expected_and_the_others_go_on(home: Path) -> None:
    (home / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 no mail")
    (home / "login.html").write_text("<html><title>Sign in</title></html>")
    (home / "takeout.zip").write_bytes(b"PK\x03\x04")
    done = import_alerts(home, "holiday.jpg", "login.html", "takeout.zip", "nothing.eml", "mails.mbox")
    assert done.returncode == 3
    assert [line.split(": ")[1] for line in sorted(done.stderr.splitlines())] == [
        "holiday.jpg",
        "login.html",
        "nothing.eml",
        "takeout.zip",
    ]
    assert "saved as HTML" in done.stderr
    assert "unpack it" in done.stderr
    assert len(mentions(home)) == 2


def test_only_wrong_files_are_a_failure_that_writes_nothing(home: Path) -> None:
    (home / "other.eml").write_bytes(mail("Lunch?", "At noon.", sender="a@b.example"))
    done = import_alerts(home, "other.eml")
    assert done.returncode == 1
    assert "1 mail, and no alert of Google among them" in done.stderr
    assert not mentions(home)


def test_mails_are_taken_beside_a_running_daemon(home: Path) -> None:
    daemon = subprocess.Popen(
        [PROGRAM, "--config", "repwatch.yaml", "run"],
        cwd=home,
        env=environment(home),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert daemon.stderr is not None
        assert any("watching 1 sources" in line for line in daemon.stderr)
        assert "2 about your subjects" in import_alerts(home, "mails.mbox").stdout
    finally:
        daemon.terminate()
        daemon.communicate(timeout=30)
    assert len(mentions(home)) == 2
