"""The doctor on the configuration and its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.doctor import configuration
from repwatch.errors import ConfigError
from tests.clinic import configured, loaded, one, visited

SECRET = "{mail: {kind: email, host: smtp.firm.fr, from: r@firm.fr, user: ada, password: '%s'}}"


def test_a_valid_one_says_what_it_holds(tmp_path: Path) -> None:
    sign = one(configuration.file(visited(configured(tmp_path))))
    assert sign.state == "good"
    assert sign.seen.endswith("is valid: 1 subject, 1 source, 1 channel, 1 report")


def test_each_problem_of_a_broken_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, timezone="Europe/Pariss", contact="nobody")
    signs = list(configuration.broken(caught.value))
    assert len(signs) == 2
    assert all(sign.unusable and "\n" not in sign.seen and sign.advice for sign in signs)
    assert "repwatch.yaml:2:" in signs[1].seen


def test_an_unused_channel_is_a_warning(tmp_path: Path) -> None:
    signs = list(configuration.file(visited(configured(tmp_path, reports="[]"))))
    assert [sign.state for sign in signs] == ["good", "warn", "warn"]
    assert any("'mail' is used by no report" in sign.seen for sign in signs)


def test_a_file_that_others_may_write_is_unusable_and_told_once(tmp_path: Path) -> None:
    path = configured(tmp_path).path
    path.chmod(0o622)
    visit = visited(loaded(path))
    sign = one(configuration.privacy(visit))
    assert (sign.state, sign.unusable, sign.advice) == ("bad", True, f"chmod 600 {path}")
    assert one(configuration.file(visit)).state == "good"


@pytest.mark.parametrize(("mode", "state"), [(0o600, "good"), (0o640, "good"), (0o644, "warn")])
def test_a_file_that_everyone_may_read_tells_whom_you_watch(tmp_path: Path, mode: int, state: str) -> None:
    config = configured(tmp_path)
    config.path.chmod(mode)
    sign = one(configuration.privacy(visited(config)))
    assert sign.state == state
    assert ("chmod o-r" in sign.advice) == (state == "warn")


def test_a_missing_secret_makes_it_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    sign = one(configuration.secrets(visited(configured(tmp_path, channels=SECRET % "env:MAIL_PASSWORD"))))
    assert (sign.state, sign.unusable) == ("bad", True)
    assert "set the environment variable MAIL_PASSWORD" in sign.advice


def test_a_secret_that_is_there_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "invented-hunter2")
    sign = one(configuration.secrets(visited(configured(tmp_path, channels=SECRET % "env:MAIL_PASSWORD"))))
    assert sign.state == "good"
    assert "hunter2" not in repr(sign)


def test_a_secret_file_that_others_may_read_says_how_to_close_it(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("invented", "utf-8")
    secret.chmod(0o644)
    sign = one(configuration.secrets(visited(configured(tmp_path, channels=SECRET % f"file:{secret}"))))
    assert (sign.state, sign.unusable, sign.advice) == ("bad", True, f"chmod 600 {secret}")


def test_a_credential_of_the_service_is_not_missed_in_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    visit = visited(configured(tmp_path, channels=SECRET % "credential:smtp"))
    assert one(configuration.secrets(visit)).state == "skipped"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert one(configuration.secrets(visit)).unusable


def test_no_secret_is_well_too(tmp_path: Path) -> None:
    assert one(configuration.secrets(visited(configured(tmp_path)))).seen == "none is needed"


@pytest.mark.parametrize(
    ("contact", "state"),
    [
        ("ada@firm.fr", "good"),
        ("https://firm.fr/watch", "good"),
        ("a@demo.example", "warn"),
        ("https://www.example.org/x", "warn"),
    ],
)
def test_a_contact_at_an_example_reaches_nobody(tmp_path: Path, contact: str, state: str) -> None:
    assert one(configuration.contact(visited(configured(tmp_path, contact=f'"{contact}"')))).state == state


def test_reports_say_who_is_told(tmp_path: Path) -> None:
    assert (
        "to ada@firm.fr, every day at 07:00" in one(configuration.reports(visited(configured(tmp_path)))).seen
    )


def test_without_a_report_nobody_is_told(tmp_path: Path) -> None:
    sign = one(configuration.reports(visited(configured(tmp_path, reports="[]"))))
    assert (sign.state, "repwatch init" in sign.advice) == ("skipped", True)
