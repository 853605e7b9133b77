"""``repwatch init``, answered through a pipe."""

from __future__ import annotations

import stat

from repwatch.demo.mailbox import Mailbox
from tests.e2e.conftest import Stage
from tests.e2e.program import run


def answers(*, zone: str = "UTC", feed: str = "", mail: tuple[str, ...] = ("",)) -> str:
    who = ("Ada Exemple", "", "ada@example.org", "", zone, "", "", "", "", "", "")
    return "\n".join((*who, feed, *mail)) + "\n"


def by_mail(mailbox: Mailbox) -> tuple[str, ...]:
    return ("127.0.0.1", "", str(mailbox.port), "", "", "", "", "y")


def test_it_writes_a_private_configuration_that_is_valid(stage: Stage) -> None:
    path = stage.home / "new" / "mine.yaml"
    done = run(stage.home, "init", "--output", str(path), typed=answers())
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run(stage.home, "config", "check", str(path)).returncode == 0


def test_it_sends_a_test_mail(stage: Stage) -> None:
    path = stage.home / "mine.yaml"
    done = run(stage.home, "init", "--output", str(path), typed=answers(mail=by_mail(stage.mailbox)))
    assert "ada@example.org: accepted" in done.stdout
    assert len(stage.mailbox.messages) == 1


def test_a_time_zone_that_does_not_exist_is_asked_again(stage: Stage) -> None:
    path = stage.home / "mine.yaml"
    done = run(stage.home, "init", "--output", str(path), typed=answers(zone="Nowhere/Land\nUTC"))
    assert done.returncode == 0
    assert "expected a name like Europe/Paris" in done.stdout + done.stderr


def test_an_address_of_this_machine_is_refused_with_its_reason(stage: Stage) -> None:
    path = stage.home / "mine.yaml"
    typed = answers(feed=f"{stage.web.urls['alerts']}\nn\n")
    done = run(stage.home, "init", "--output", str(path), typed=typed)
    assert done.returncode == 0
    assert "It could not be fetched" in done.stdout
    assert stage.web.requests == []


def test_a_file_that_is_there_stays(stage: Stage) -> None:
    done = run(stage.home, "init", "--output", stage.config, typed=answers())
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_input_that_ends_early_is_told_in_one_line(stage: Stage) -> None:
    path = stage.home / "mine.yaml"
    done = run(stage.home, "init", "--output", str(path), typed="Ada Exemple\n")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not path.exists()
