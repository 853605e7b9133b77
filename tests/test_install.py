"""`make install-service` and its removal, into a folder that stands for the machine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.image import ROOT
from tests.unit_file import UNIT, value

SCRIPT = ROOT / "config" / "service.sh"
PREFIX = "/opt/elsewhere"


@dataclass
class Machine:
    """A folder, and what each recipe printed into it."""

    root: Path
    said: dict[str, str] = field(default_factory=dict)

    def make(self, target: str) -> None:
        done = subprocess.run(
            ["make", target, f"DESTDIR={self.root}", f"PREFIX={PREFIX}"],
            cwd=ROOT,
            env={**os.environ, "PIP_NO_COMPILE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.said[target] = done.stdout

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The installed program, by the module: its script names the place it is meant for."""
        python = self.root / PREFIX[1:] / "bin" / "python"
        command = [str(python), "-m", "repwatch", *arguments]
        return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60, check=False)

    @property
    def settings(self) -> Path:
        return self.root / "etc/repwatch/repwatch.yaml"

    @property
    def unit(self) -> Path:
        return self.root / "etc/systemd/system/repwatch.service"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    found = Machine(tmp_path_factory.mktemp("machine"))
    found.make("install-service")
    return found


def test_the_program_is_complete(machine: Machine) -> None:
    done = machine.program("--config", str(machine.settings), "config", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_what_was_installed(machine: Machine) -> None:
    program = value("ExecStart", machine.unit).split()[0]
    assert program == f"{PREFIX}/bin/repwatch"
    script = machine.root / program[1:]
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").startswith(f"#!{PREFIX}/bin/python")


def test_the_configuration_keeps_its_state_where_the_unit_lets_it_write(machine: Machine) -> None:
    shown = machine.program("--config", str(machine.settings), "config", "show").stdout
    assert f"sqlite:////var/lib/{value('StateDirectory')}/repwatch.db" in shown
    name = value("LoadCredential").partition(":")[0]
    assert f"password: credential:{name}" in shown


def test_the_configuration_is_nobody_elses_business(machine: Machine) -> None:
    assert stat.S_IMODE(machine.settings.stat().st_mode) == 0o640
    assert stat.S_IMODE(machine.settings.parent.stat().st_mode) == int(value("ConfigurationDirectoryMode"), 8)


def test_it_says_what_comes_next(machine: Machine) -> None:
    said = machine.said["install-service"]
    steps = [line for line in said.splitlines() if line[:2] in ("1.", "2.", "3.")]
    assert len(steps) == 3
    assert f"/etc/credstore/{value('LoadCredential').partition(':')[2]}" in said


def test_another_installation_keeps_the_configuration_and_removal_too(machine: Machine) -> None:
    machine.settings.write_text("mine", "utf-8")
    other_python = machine.root / PREFIX[1:] / "lib" / "python3.0"
    other_python.mkdir()
    machine.make("install-service")
    assert not other_python.exists()
    machine.make("uninstall-service")
    assert machine.settings.read_text("utf-8") == "mine"
    assert not machine.unit.exists()
    assert not (machine.root / PREFIX[1:]).exists()
    assert "/var/lib/repwatch" in machine.said["uninstall-service"]


@pytest.mark.parametrize("prefix", ["/", "/opt", "opt/repwatch"])
def test_a_place_that_others_share_is_refused(prefix: str, tmp_path: Path) -> None:
    env = {**os.environ, "PREFIX": prefix, "DESTDIR": str(tmp_path)}
    done = subprocess.run([SCRIPT, "uninstall"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is no folder of its own" in done.stderr


def test_a_program_that_stands_among_others_is_not_cleared_away(tmp_path: Path) -> None:
    program = tmp_path / "usr/local/bin/repwatch"
    program.parent.mkdir(parents=True)
    program.touch()
    env = {**os.environ, "PREFIX": "/usr/local", "DESTDIR": str(tmp_path)}
    subprocess.run([SCRIPT, "uninstall"], env=env, capture_output=True, check=True)
    assert program.exists()


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck: make test-deps")
def test_the_script_is_sound() -> None:
    done = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_unit_in_the_repository_names_the_usual_place() -> None:
    assert value("ExecStart", UNIT).startswith("/opt/repwatch/bin/repwatch ")
