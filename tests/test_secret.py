from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from repwatch.config import modes, secret
from repwatch.config.secret import Secret
from repwatch.errors import ConfigError
from tests.unit_file import UNIT


class Options(BaseModel):
    password: Secret


def test_a_secret_of_the_environment_is_read_at_the_moment_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret.parse("env:PLANTED")
    monkeypatch.setenv("PLANTED", "s3same")
    assert secret.reveal() == "s3same"


def test_a_secret_file_loses_its_last_line_end_only(tmp_path: Path) -> None:
    path = tmp_path / "smtp"
    path.write_text(" s3 same \n", encoding="utf-8")
    assert Secret.parse(f"file:{path}").reveal() == " s3 same "


def test_a_missing_variable_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANTED", raising=False)
    with pytest.raises(ConfigError, match="env:PLANTED is not set; set the environment variable PLANTED"):
        Secret.parse("env:PLANTED").reveal()


def test_a_missing_file_is_named_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"file:.*/absent cannot be read: No such file"):
        Secret.parse(f"file:{tmp_path}/absent").reveal()


def test_a_credential_is_read_from_the_folder_of_the_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "smtp-password").write_text("s3same\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Secret.parse("credential:smtp-password").reveal() == "s3same"


def test_a_credential_is_found_beside_the_running_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "smtp").write_text("s3same", encoding="utf-8")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr("repwatch.config.secret._SERVICE", str(tmp_path))
    assert Secret.parse("credential:smtp").reveal() == "s3same"


def test_a_missing_credential_names_the_line_that_the_unit_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/nowhere")
    with pytest.raises(ConfigError, match="does its unit say LoadCredential=smtp:"):
        Secret.parse("credential:smtp").reveal()


def test_an_empty_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "")
    with pytest.raises(ConfigError, match="is empty"):
        Secret.parse("env:PLANTED").reveal()


@pytest.mark.parametrize(
    "literal", ["hunter2", "env:", "env:A B", "file:relative/path", "ENV:NAME", "credential:../x"]
)
def test_a_literal_secret_is_refused_without_repeating_it(literal: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret.parse(literal)
    assert "write env:NAME" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_way_to_print_a_secret_shows_only_its_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "s3same")
    options = Options.model_validate({"password": "env:PLANTED"})
    options.password.reveal()
    printed = f"{options} {options!r} {options.model_dump()} {options.model_dump_json()}"
    assert "env:PLANTED" in printed
    assert "s3same" not in printed


def test_pydantic_refuses_a_literal_with_the_next_step() -> None:
    with pytest.raises(ValidationError, match="a secret is not written into this file"):
        Options.model_validate({"password": "hunter2"})


@pytest.mark.parametrize(("mode", "refused"), [(0o600, False), (0o640, True), (0o604, True), (0o444, True)])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int, refused: bool) -> None:
    path = tmp_path / "smtp"
    path.write_text("s3same")
    path.chmod(mode)
    with pytest.raises(ConfigError, match="may be read by others; chmod 600") if refused else nullcontext():
        Secret.parse(f"file:{path}").demand_private()


def test_a_secret_of_another_owner_is_read_by_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "smtp"
    path.write_text("s3same")
    path.chmod(0o640)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    Secret.parse(f"file:{path}").demand_private()
    path.chmod(0o644)
    with pytest.raises(ConfigError):
        Secret.parse(f"file:{path}").demand_private()


def test_a_secret_that_was_handed_over_below_run_is_its_givers_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secrets" / "smtp"
    path.parent.mkdir()
    path.write_text("s3same")
    path.chmod(0o444)
    (tmp_path / "link").symlink_to(path.parent)
    monkeypatch.setattr(modes, "HANDED_OVER", tmp_path / "secrets")
    Secret.parse(f"file:{tmp_path}/link/smtp").demand_private()


def test_an_environment_variable_has_no_mode() -> None:
    Secret.parse("env:PLANTED").demand_private()


def test_the_service_is_called_what_its_unit_is_called() -> None:
    assert Path(secret._SERVICE).name == UNIT.name
