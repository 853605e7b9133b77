"""The systemd unit before systemd's own judge."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from repwatch.cli.exits import BAD_CONFIG
from tests.unit_file import UNIT, copied, directives, value

EXPOSURE = 15  # tenths: 0 is locked up, 100 wide open

pytestmark = [
    pytest.mark.systemd,
    pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: make test-deps"),
]


def analyze(*arguments: str | Path) -> CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def exposure(unit: Path) -> CompletedProcess[str]:
    return analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", unit)


def test_it_is_verified_without_a_word(tmp_path: Path) -> None:
    done = analyze("verify", copied(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wrong_word_in_it_would_be_told(tmp_path: Path) -> None:
    path = copied(tmp_path)
    path.write_text(path.read_text("utf-8").replace("ProtectHome=", "ProtectHouse="), "utf-8")
    assert "ProtectHouse" in analyze("verify", path).stderr


def test_it_is_hardly_exposed() -> None:
    done = exposure(UNIT)
    assert done.returncode == 0, done.stdout


def test_a_laxer_one_would_be_told(tmp_path: Path) -> None:
    path = copied(tmp_path)
    kept = [line for line in path.read_text("utf-8").splitlines() if "SystemCallFilter" not in line]
    path.write_text("\n".join(kept), "utf-8")
    assert exposure(path).returncode != 0


def test_what_must_be_mended_by_hand_is_not_started_again() -> None:
    assert value("RestartPreventExitStatus") == str(BAD_CONFIG)


def test_it_reloads_by_the_signal_that_the_daemon_knows() -> None:
    assert value("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_an_option_stands_in_it_once() -> None:
    names = [name for name, _ in directives() if name != "SystemCallFilter"]
    assert sorted(set(names)) == sorted(names)
