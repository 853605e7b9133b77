"""docs/own-kind.md word by word: its files are written, tested, installed and asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest
import yaml

from repwatch.cli.group import repwatch
from repwatch.testing import Conformance

GUIDE = (Path(__file__).parent.parent / "docs" / "own-kind.md").read_text("utf-8")
FILES = dict(re.findall(r"(?m)^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", GUIDE, re.DOTALL))
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
CONFIGURATION = """\
contact: owner@example.org
database: sqlite:///memory.db
catalog: my-sources
subjects: [{id: ada, name: Ada Exemple, relation: self}]
fetch: {allow_private: [loopback], interval: 0}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the guide, the package installed beside them."""
    folder = tmp_path_factory.mktemp("own")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
    ]
    installed = run(folder, [*pip, "--target", str(folder / "installed"), "./notice-board"])
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.fixture(scope="module")
def town(place: Path) -> Iterator[str]:
    """A town on loopback that answers with the recorded pages."""
    (place / "web" / "api").mkdir(parents=True)
    (place / "web" / "notices.txt").write_text(FILES["notice-board/pages/notices.txt"])
    (place / "web" / "api" / "search").write_text(FILES["my-sources/pages/town_archive/search.json"])
    handler = partial(Quiet, directory=str(place / "web"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    sources = [
        {"kind": "town_archive", "base_url": address},
        {"kind": "notice_board", "id": "board", "url": f"{address}/notices.txt"},
    ]
    (place / "repwatch.yaml").write_text(CONFIGURATION + yaml.safe_dump({"sources": sources}))
    (place / "repwatch.yaml").chmod(0o600)
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def run(folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "installed"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def program(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, [sys.executable, "-m", "repwatch", *arguments])


def test_the_yaml_has_about_fifteen_lines() -> None:
    assert len(FILES["my-sources/town_archive.yaml"].splitlines()) <= 15


def test_the_guide_gives_every_file() -> None:
    assert len(FILES) == GUIDE.count("`:\n\n```") == 9


@pytest.mark.parametrize("test", [name for name in FILES if "test_" in name])
def test_its_tests_pass(place: Path, test: str) -> None:
    done = run(place, [*PYTEST, test])
    checks = sum(name.startswith("test_") for name in dir(Conformance))
    assert f"{checks} passed" in done.stdout, done.stdout


def test_its_test_fails_for_a_kind_that_takes_anything(place: Path) -> None:
    careless = place / "careless"
    careless.mkdir()
    for name in ("notice_board.py", "test_notice_board.py"):
        text = (place / "notice-board" / name).read_text()
        (careless / name).write_text(text.replace("if not page.body.startswith(HEADING)", "if not page.body"))
    (careless / "pages").symlink_to(place / "notice-board" / "pages")
    done = run(place, [*PYTEST, "--import-mode=prepend", "careless"])
    failed = set(re.findall(r"(?m)^FAILED .*::test_(\w+)", done.stdout))
    assert failed == {"a_refusal_is_never_empty", "a_foreign_page_is_never_empty"}, done.stdout


def test_both_kinds_are_asked_and_what_they_show_is_a_mention(place: Path, town: str) -> None:
    done = program(place, "check", "--json")
    assert done.returncode == 0, done.stderr
    assert {run["source"]: run["outcome"] for run in json.loads(done.stdout)} == {
        "town_archive": "ok",
        "board": "ok",
    }
    found = json.loads(program(place, "mentions", "list", "--json").stdout)
    assert {mention["url"] for mention in found} == {
        "https://archive.example.org/notice/7",
        f"{town}/notice/7",
    }


def test_both_kinds_are_listed(place: Path, town: str) -> None:
    del town
    told = {each["kind"]: each for each in json.loads(program(place, "sources", "--kinds", "--json").stdout)}
    assert told["town_archive"]["title"] == "Town archive"
    assert [option["name"] for option in told["notice_board"]["options"]] == ["url"]


def test_its_commands_do_what_it_says(place: Path, town: str) -> None:
    del town
    for command in COMMANDS:
        if "record" in command:  # the guide's own page lies there already
            command = command.replace("my-sources/pages/town_archive", "again")  # noqa: PLW2901 - see above
        done = program(place, *command.split()[1:])
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (place / "again" / "page-1.expected.json").exists()


def test_a_command_it_names_exists() -> None:
    group = repwatch.get_command(click.Context(repwatch), "source")
    assert isinstance(group, click.Group)
    assert {command.split()[2] for command in COMMANDS if command.startswith("repwatch source ")} <= set(
        group.commands
    )


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)]+)\)", GUIDE))
def test_its_links_lead_somewhere(link: str) -> None:
    assert (Path(__file__).parent.parent / "docs" / link).exists()
