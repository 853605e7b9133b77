"""The image and the compose file: what they declare, and their steps done in a bare venv."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from tests.image import ROOT, VENV, Build, context, ignored, stages, words

BUILD, FINAL = stages((ROOT / "Dockerfile").read_text("utf-8"))
COMPOSE = yaml.safe_load((ROOT / "config" / "compose.yaml").read_text("utf-8"))
SERVICE = COMPOSE["services"]["repwatch"]


# --- the steps, done ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = Build(BUILD, tmp_path_factory.mktemp("image"))
    build.run()
    return build


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The example, asked about at a port where nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = tmp_path / "repwatch.yaml"
    example = (ROOT / "config" / "repwatch.example.yaml").read_text("utf-8")
    path.write_text(example.replace("9477}", f"{port}}}"), "utf-8")
    return path


def started(built: Build, settings: Path, *command: str) -> CompletedProcess[str]:
    """The entry point as the engine would start it, in the image's own environment."""
    env = {name: text.replace(VENV, str(built.venv)) for name, text in FINAL.env.items()}
    env["PATH"] = env["PATH"].replace("$PATH", os.environ["PATH"])
    env |= {"REPWATCH_CONFIG": str(settings), "HOME": "/nonexistent"}
    (program, *more) = words(FINAL.one("ENTRYPOINT"))
    return subprocess.run(
        [built.venv / "bin" / program, *more, *command],
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_its_program_starts(built: Build, settings: Path) -> None:
    done = started(built, settings, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("repwatch ")


def test_its_command_is_known(built: Build, settings: Path) -> None:
    done = started(built, settings, *words(FINAL.one("CMD")), "--help")
    assert done.returncode == 0, done.stderr


def test_it_reads_a_configuration_with_every_kind(built: Build, settings: Path) -> None:
    done = started(built, settings, "config", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_its_health_check_fails_where_no_daemon_is(built: Build, settings: Path) -> None:
    _, _, check = FINAL.one("HEALTHCHECK").partition("CMD ")
    program, *arguments = words(check)
    assert [program] == words(FINAL.one("ENTRYPOINT"))
    done = started(built, settings, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody answers" in done.stderr


def test_it_installs_the_migrations(built: Build) -> None:
    found = list(built.venv.glob("lib/python*/site-packages/repwatch/store/migrations/versions/0001*.py"))
    assert len(found) == 1


# --- what goes in -------------------------------------------------------------------------------


def test_every_file_it_copies_is_given_to_the_engine() -> None:
    given = context()
    for line in BUILD.all("COPY"):
        for source in line.split()[:-1]:
            assert any(path == source or path.startswith(f"{source}/") for path in given), source


def test_nothing_else_is_given_to_the_engine() -> None:
    copied = tuple(source for line in BUILD.all("COPY") for source in line.split()[:-1])
    assert [path for path in context() if not path.startswith(copied)] == []


@pytest.mark.parametrize(
    ("path", "kept_out"),
    [
        ("repwatch.db", True),
        ("config/smtp-password", True),
        ("repwatch/app.py", False),
        ("repwatch/cli/__pycache__/run.cpython-313.pyc", True),
    ],
)
def test_the_ignore_file_is_understood(path: str, kept_out: bool) -> None:
    patterns = ["*", "!repwatch", "**/__pycache__"]
    assert ignored(path, patterns) is kept_out


# --- what it declares ---------------------------------------------------------------------------


def test_it_runs_as_nobody_special() -> None:
    user, _, group = FINAL.one("USER").partition(":")
    assert int(user) == int(group) >= 1_000
    assert f"--uid {user} --gid {group}" in FINAL.one("RUN")


def test_its_state_is_the_volume_alone() -> None:
    (volume,) = FINAL.all("VOLUME")
    assert f"-m 700 {volume}" in FINAL.one("RUN")
    assert Path(FINAL.env["XDG_DATA_HOME"]) / "repwatch" == Path(volume)
    assert FINAL.env["SQLITE_TMPDIR"] == volume


def test_its_venv_is_built_where_it_stays() -> None:
    assert BUILD.all("RUN")[0] == f"python -m venv {VENV}"
    assert FINAL.one("COPY") == f"--from=build {VENV} {VENV}"
    assert BUILD.base.split()[0] == FINAL.base


def test_it_keeps_no_cache_and_checks_every_hash() -> None:
    installs = [text for text in BUILD.all("RUN") if "pip install" in text]
    assert all("--no-cache-dir" in text for text in installs)
    assert [("--require-hashes" in text, "--no-deps" in text) for text in installs] == [
        (True, False),
        (False, True),
    ]


# --- the compose file ---------------------------------------------------------------------------


def test_compose_locks_the_container_up() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert not SERVICE.keys() & {"ports", "privileged", "network_mode", "user", "healthcheck", "cap_add"}


def test_compose_keeps_the_state_in_a_named_volume() -> None:
    name, _, place = SERVICE["volumes"][0].partition(":")
    assert place == FINAL.one("VOLUME")
    assert name in COMPOSE["volumes"]


def test_compose_puts_the_settings_where_the_image_looks() -> None:
    source, place, mode = SERVICE["volumes"][1].split(":")
    assert (place, mode) == (str(Path(FINAL.env["REPWATCH_CONFIG"]).parent), "ro")
    assert source.startswith("./")


def test_compose_hands_secrets_over_as_files() -> None:
    assert SERVICE["secrets"] == list(COMPOSE["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert "environment" not in SERVICE


def test_compose_builds_from_this_dockerfile() -> None:
    assert (ROOT / "config" / SERVICE["build"] / "Dockerfile").resolve() == ROOT / "Dockerfile"


def test_compose_gives_it_time_to_stop_and_starts_it_again() -> None:
    assert int(SERVICE["stop_grace_period"].removesuffix("s")) > 10
    assert SERVICE["restart"] == "unless-stopped"
