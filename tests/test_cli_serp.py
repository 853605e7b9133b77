"""``repwatch import serp`` as a user types it: the files, the words, the exit status."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repwatch.cli.group import repwatch
from tests.saved import FOLDER, archive
from tests.test_saved import about, google

ADDRESS = "https://www.google.com/search?q=Ada+Exemple&hl=en"
SUBJECTS = "[{id: ada, name: Ada Exemple, relation: self}, {id: aef, name: AEF Conseil, relation: self}]"
NOON = 1_732_104_000  # 2024-11-20 12:00 UTC


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = tmp_path / "repwatch.yaml"
    config.write_text(
        "timezone: Europe/Paris\ncontact: me@example.org\ndatabase: sqlite:///memory.db\n"
        f'subjects: {SUBJECTS}\nsources: [{{kind: feed, url: "https://blog.example.org/feed"}}]\n'
        "channels:\n  mail: {kind: email, host: smtp.example.org, from: me@example.org}\n"
        "reports: [{channel: mail, to: me@example.org, every: 1h}]\n"
    )
    config.chmod(0o600)
    return tmp_path


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(repwatch, ["--config", str(folder / "repwatch.yaml"), *arguments])


def put(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (NOON, NOON))
    return str(path)


def test_what_was_understood_is_told(folder: Path) -> None:
    body = archive(google(*about(1, 2)), ADDRESS, date="Wed, 20 Nov 2024 10:02:03 -0000")
    done = call(folder, "import", "serp", put(folder, "page.mhtml", body))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "Google: Ada Exemple (en), 2024-11-20 11:02\n"
        "  from page.mhtml\n"
        "  2 results, 2 name ada, 2 at first look\n"
    )


def test_a_later_page_tells_what_moved_on_page_one(folder: Path) -> None:
    call(folder, "import", "serp", put(folder, "a.html", google(*about(1, 2, 3))), "--at", "2024-11-01")
    done = call(
        folder, "import", "serp", put(folder, "b.html", google(*about(2, 4, 3))), "--at", "2024-11-20 18:30"
    )
    assert done.stdout == (
        "Google: Ada Exemple (en), 2024-11-20 18:30\n"
        "  from b.html\n"
        "  3 results, 3 name ada, 1 new\n"
        "  page one since 2024-11-01:\n"
        "    2 -> 1       https://pages.example.org/2\n"
        "    new at 2     https://pages.example.org/4\n"
        "    1 -> gone    https://pages.example.org/1\n"
    )


def test_the_same_file_twice_changes_nothing(folder: Path) -> None:
    page = put(folder, "a.html", google(*about(1)))
    call(folder, "import", "serp", page)
    before = json.loads(call(folder, "mentions", "list", "--json").stdout)
    done = call(folder, "import", "serp", page)
    assert (done.exit_code, "known already; nothing changed" in done.stdout) == (0, True)
    assert json.loads(call(folder, "mentions", "list", "--json").stdout) == before


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_imported(folder: Path) -> None:
    captcha = put(folder, "captcha.html", (FOLDER / "google-captcha.html").read_bytes())
    missing = str(folder / "missing.html")
    done = call(folder, "import", "serp", captcha, missing, put(folder, "a.html", google(*about(1))))
    assert done.exit_code == 3
    assert f"{captcha}: a CAPTCHA page was saved, without any results; open the search" in done.stderr
    assert f"{missing}: No such file or directory" in done.stderr
    assert "1 result, 1 names ada, 1 at first look" in done.stdout


def test_nothing_but_failures_exits_one_and_keeps_nothing(folder: Path) -> None:
    done = call(folder, "import", "serp", put(folder, "x.html", b"<html><title>A blog</title>"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert json.loads(call(folder, "mentions", "list", "--json").stdout) == []


def test_a_page_that_names_nobody_needs_to_know_whose_it_is(folder: Path) -> None:
    page = put(folder, "a.html", google(*about(1), query="sociologist"))
    asked = call(folder, "import", "serp", page)
    assert (asked.exit_code, "say whose: --subject ID (ada, aef)" in asked.stderr) == (1, True)
    assert "1 result, 1 names ada" in call(folder, "import", "serp", page, "--subject", "ada").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--subject", "zeno"], "there is no subject 'zeno'; subjects: ada, aef"),
        (["--at", "yesterday"], "'yesterday' does not match the formats"),
    ],
)
def test_a_slip_on_the_command_line_is_told_before_anything_is_read(
    folder: Path, arguments: list[str], said: str
) -> None:
    done = call(folder, "import", "serp", put(folder, "a.html", google(*about(1))), *arguments)
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert not (folder / "memory.db").exists()


def test_a_file_of_any_size_is_not_read_into_memory(folder: Path) -> None:
    path = folder / "huge.mhtml"
    with path.open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    done = call(folder, "import", "serp", str(path))
    assert (done.exit_code, "it is larger than 16 MiB" in done.stderr) == (1, True)


def test_status_shows_what_was_imported_as_done_by_hand(folder: Path) -> None:
    call(folder, "import", "serp", put(folder, "a.html", google(*about(1))))
    line = next(line for line in call(folder, "status").stdout.splitlines() if "serp-google" in line)
    assert line.split()[:3] == ["serp-google", "ada", "ok"]
    assert line.rstrip().endswith("by hand")


def test_what_was_imported_is_exported_and_erased_with_its_subject(folder: Path) -> None:
    call(folder, "import", "serp", put(folder, "a.html", google(*about(1))))
    given = json.loads(call(folder, "export", "--subject", "ada").stdout)
    assert {run["source"] for run in given["runs"]} == {"serp-google"}
    assert [state["kind"] for state in given["states"]] == ["import"]
    assert call(folder, "purge", "--subject", "ada", "--yes").exit_code == 0
    assert "nothing is kept about 'ada'" in call(folder, "export", "--subject", "ada").stderr


def test_a_report_calls_the_engine_by_its_name_and_counts_each_page_once(folder: Path) -> None:
    for name, numbers in (("a.html", (1, 2)), ("b.html", (2, 3))):
        address = ADDRESS.replace("Exemple", "Exemple+Lyon") if name == "b.html" else ADDRESS
        call(folder, "import", "serp", put(folder, name, archive(google(*about(*numbers)), address)))
    report = call(folder, "report").stdout
    assert "- Google: 3 pages recorded" in report, report
    assert "Found by: Google\n" in report
    assert "serp-google" not in report
