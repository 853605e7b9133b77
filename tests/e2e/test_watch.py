"""``repwatch watch`` where there is no network."""

from __future__ import annotations

import stat
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from repwatch.plugins import source_plugins
from tests.e2e.program import OFFLINE, run

ARGUMENTS = ("watch", "Ada Exemple", "--yes", "--relation", "self", "--contact", "me@example.org")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watch")


@pytest.fixture(scope="module")
def done(home: Path) -> CompletedProcess[str]:
    return run(home, *ARGUMENTS, command=OFFLINE)


def test_without_a_network_it_exits_three(done: CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (3, "")


def test_every_service_is_reported_unreachable(done: CompletedProcess[str]) -> None:
    asked = sum(kind.keyless for kind in source_plugins().values())
    assert asked >= 8
    assert done.stdout.count(" unreachable ") == asked
    assert f"{asked} checks: 0 new, {asked} could not be read." in done.stdout


def test_it_says_beforehand_who_will_see_the_name(done: CompletedProcess[str]) -> None:
    before = done.stdout.partition("Outcome")[0]
    assert all(name in before for name in ("Wikidata", "ORCID", "GitHub", "Google News"))


def test_its_lines_fit_eighty_columns(home: Path, done: CompletedProcess[str]) -> None:
    assert [line for line in done.stdout.splitlines() if len(line) > 80 and str(home) not in line] == []


def test_the_report_is_written_for_the_owner_alone(home: Path, done: CompletedProcess[str]) -> None:
    (path,) = home.rglob("report-*.html")
    assert str(path) in done.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "unreachable" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", ["--relation", "--contact"])
def test_a_script_must_say_relation_and_contact(home: Path, missing: str) -> None:
    at = ARGUMENTS.index(missing)
    done = run(home, *ARGUMENTS[:at], *ARGUMENTS[at + 2 :], command=OFFLINE)
    assert done.returncode == 2
    assert f"--yes needs {missing}" in done.stderr


def test_a_contact_that_is_none_is_refused(home: Path) -> None:
    done = run(home, *ARGUMENTS[:-1], "nobody", command=OFFLINE)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_nothing_is_asked_when_nobody_confirms(home: Path) -> None:
    done = run(home, *ARGUMENTS[:2], *ARGUMENTS[3:], typed="n\n", command=OFFLINE)
    assert done.returncode == 1
    assert "Outcome" not in done.stdout
