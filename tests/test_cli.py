"""The command line: help, mistakes, and what they cost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from repwatch.cli.group import COMMANDS, repwatch
from repwatch.cli.words import count
from repwatch.errors import StoreError

VALID = """\
contact: me@example.org
subjects: [{id: ada, name: Ada Exemple, relation: self}]
sources: [{kind: feed, url: "https://blog.example.org/feed"}]
channels:
  mail: {kind: email, host: smtp.example.org, user: me, password: "env:PLANTED", from: me@example.org}
reports: [{channel: mail, to: me@example.org, every: 1h}]
"""

DEEPER = ("source add", "import serp", "import opml", "import subject", "export opml", "export subject")

HELP = """
import sys
from repwatch.__main__ import main
sys.argv = ["repwatch", "--help"]
try:
    main()
finally:
    heavy = {"httpx", "sqlalchemy", "apscheduler", "feedparser", "jinja2", "rich", "pydantic", "yaml"}
    print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("PLANTED", raising=False)
    path = tmp_path / "repwatch.yaml"
    path.write_text(f"database: sqlite:///{tmp_path}/memory.db\n{VALID}")
    path.chmod(0o600)
    return str(path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(repwatch, list(arguments))


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(name: str) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage:")


@pytest.mark.parametrize("name", [*COMMANDS, *DEEPER])
def test_a_help_says_everything_whole(name: str) -> None:
    shown = CliRunner().invoke(repwatch, [*name.split(), "--help"], terminal_width=80).output
    assert "..." not in shown.partition("\n")[2]
    assert r"\b" not in shown


def test_the_version_is_told() -> None:
    assert call("--version").stdout.startswith("repwatch ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chekc"], "did you mean 'check'?"),
        (["check", "--bogus"], "see 'repwatch check --help'"),
        (["mentions", "show", "first"], "see 'repwatch mentions show --help'"),
        (["report", "--send", "--preview", "x.html"], "exclude each other"),
        (["report", "--preview", "x.pdf"], ".html, .txt or .eml"),
        (["source", "add", "feed", "url"], "is not KEY=VALUE"),
        (["completion", "tcsh"], "bash"),
    ],
)
def test_a_misused_command_line_is_one_line_and_exits_two(arguments: list[str], told: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_wrong_configuration_exits_78_and_names_every_mistake(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(VALID.replace("every:", "evry:").replace("relation:", "relatoin:"))
    result = call("config", "check", str(path))
    assert result.exit_code == 78
    assert f"{path}:6:" in result.stderr
    assert "'evry' (did you mean 'every'?)" in result.stderr
    assert "'relatoin' (did you mean 'relation'?)" in result.stderr


def test_no_configuration_at_all_exits_78(tmp_path: Path) -> None:
    result = call("--config", str(tmp_path / "none.yaml"), "status")
    assert result.exit_code == 78
    assert len(result.stderr.splitlines()) == 1


def test_a_valid_configuration_is_counted_in_words(valid: str) -> None:
    assert "is valid: 1 subject, 1 source, 1 channel, 1 report." in call("config", "check", valid).stdout


def test_show_never_prints_a_secret(valid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "a-planted-password")
    result = call("config", "show", valid)
    assert "env:PLANTED" in result.stdout
    assert "a-planted-password" not in result.output


@pytest.mark.parametrize("arguments", [["check"], ["run"], ["send-test"], ["report", "--send"]])
def test_a_missing_secret_refuses_the_start(valid: str, arguments: list[str]) -> None:
    result = call("--config", valid, *arguments)
    assert result.exit_code == 78
    assert result.stderr == (
        "repwatch: the secret env:PLANTED is not set (channel mail; repwatch.yaml:6); "
        "set the environment variable PLANTED\n"
    )


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_configuration_that_others_may_write_refuses_the_start(
    valid: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PLANTED", "s3same")
    Path(valid).chmod(0o622)
    result = call("--config", valid, command)
    assert result.exit_code == 78
    assert f"could redirect your reports; chmod 600 {valid}" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_secret_in_a_file_for_everybody_refuses_the_start(valid: str, tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text("s3same")
    secret.chmod(0o644)
    Path(valid).write_text(Path(valid).read_text().replace("env:PLANTED", f"file:{secret}"))
    result = call("--config", valid, "run")
    assert result.exit_code == 78
    assert (
        f"file:{secret} may be read by others (channel mail; repwatch.yaml:6); chmod 600 {secret}"
        in result.stderr
    )


def test_a_database_that_is_not_there_yet_says_what_to_do(valid: str) -> None:
    result = call("--config", valid, "status")
    assert result.exit_code == 78
    assert "run 'repwatch check' once" in result.stderr


def test_the_schema_is_json_and_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    assert call("config", "schema", str(path)).exit_code == 0
    assert json.loads(path.read_text()) == json.loads(call("config", "schema").stdout)


def test_a_completion_script_is_printed() -> None:
    assert "_REPWATCH_COMPLETE" in call("completion", "zsh").stdout


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (click.Abort(), 1, "nothing was done"),
        (PermissionError(13, "Permission denied", "/etc/x"), 1, "/etc/x: Permission denied; check"),
        (StoreError("the disk is full", "make room"), 78, "the disk is full; make room"),
    ],
)
def test_no_expected_failure_shows_a_traceback(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("repwatch.cli.config.load_config", failing)
    result = call("config", "check")
    assert result.exit_code == code
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_reader_who_leaves_is_no_error() -> None:
    script = f"{sys.executable} -m repwatch config schema | head -c 10"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert (len(done.stdout), done.stderr) == (10, "")


def test_numbers_agree_with_their_nouns() -> None:
    assert count(1, "delivery", "deliveries") == "1 delivery"
    assert count(2, "delivery", "deliveries") == "2 deliveries"
    assert count(0, "source") == "0 sources"
