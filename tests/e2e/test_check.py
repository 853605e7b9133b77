"""Rounds over the invented web, and the commands that look at what they left."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.conftest import Stage
from tests.e2e.program import run
from tests.smtp_servers import Mailroom, server


def call(stage: Stage, *arguments: str) -> CompletedProcess[str]:
    return run(stage.home, "--config", stage.config, *arguments)


def test_a_round_tells_every_outcome_as_json_and_exits_three(stage: Stage) -> None:
    done = call(stage, "check", "--json")
    outcomes = {item["source"]: item["outcome"] for item in json.loads(done.stdout)}
    assert done.returncode == 3
    assert len(outcomes) == 9
    assert (outcomes["alerts"], outcomes["orcid"]) == ("ok", "empty")
    assert (outcomes["limited"], outcomes["captcha"]) == ("blocked", "blocked")


def test_a_source_that_answers_in_full_exits_zero(stage: Stage) -> None:
    done = call(stage, "check", "--source", "blog")
    assert (done.returncode, done.stderr) == (0, "")
    assert {visit.site for visit in stage.web.requests} == {"blog"}


def test_a_dry_run_shows_and_keeps_nothing(stage: Stage) -> None:
    done = call(stage, "check", "--source", "blog", "--dry-run", "--json")
    assert json.loads(done.stdout)["candidates"]
    assert json.loads(call(stage, "mentions", "list", "--json").stdout) == []


def test_the_owners_word_outranks_the_verdict(stage: Stage) -> None:
    call(stage, "check", "--source", "blog")
    mention = json.loads(call(stage, "mentions", "list", "--json").stdout)[0]["id"]
    assert call(stage, "mentions", "reject", str(mention)).returncode == 0
    shown = json.loads(call(stage, "mentions", "show", str(mention), "--json").stdout)
    assert (shown["verdict"], shown["decided"]) == ("not_me", "not_me")


def test_status_tells_a_failing_source_with_its_cause(stage: Stage) -> None:
    call(stage, "check", "--source", "captcha")
    done = call(stage, "status")
    assert done.returncode == 0
    assert "blocked" in done.stdout
    assert "CAPTCHA page" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_refused_report_says_what_to_do_and_goes_out_once_it_is_mended(stage: Stage) -> None:
    call(stage, "check", "--source", "blog")
    room = Mailroom({"DATA": "550 no such mailbox"})
    with server(room) as port:
        text = Path(stage.config).read_text(encoding="utf-8")
        Path(stage.config).write_text(text.replace(str(stage.mailbox.port), str(port)), encoding="utf-8")
        assert call(stage, "report", "--send").returncode == 1
        assert "'repwatch report --send'" in call(stage, "status").stdout
        room.answers.clear()
        assert "sent 1 delivery that waited" in call(stage, "report", "--send").stdout
    assert len(room.taken) == 1


def test_a_paused_source_is_shown_as_paused(stage: Stage) -> None:
    call(stage, "source", "pause", "blog", "--why", "on holiday")
    assert "on holiday" in call(stage, "status").stdout


def test_a_source_is_added_and_removed_again(stage: Stage) -> None:
    before = Path(stage.config).read_text(encoding="utf-8")
    added = call(stage, "source", "add", "feed", "id=extra", "url=https://blog.example.org/feed", "every=1h")
    removed = call(stage, "source", "remove", "extra")
    assert (added.returncode, removed.returncode) == (0, 0)
    assert "extra" in added.stdout
    assert "extra" not in Path(stage.config).read_text(encoding="utf-8")
    assert "Carnets Réseaux" in before


def test_a_preview_that_cannot_be_saved_is_one_line(stage: Stage) -> None:
    done = call(stage, "report", "--preview", str(stage.home / "missing" / "report.html"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("suffix", [".html", ".txt", ".eml"])
def test_a_preview_is_saved_and_nothing_counts_as_told(stage: Stage, suffix: str) -> None:
    path = stage.home / f"report{suffix}"
    assert call(stage, "report", "--preview", str(path)).returncode == 0
    assert path.stat().st_size > 500
    assert stage.mailbox.messages == []


def test_a_test_mail_reaches_the_recipient(stage: Stage) -> None:
    assert call(stage, "send-test").returncode == 0
    assert len(stage.mailbox.messages) == 1


def test_the_configuration_is_found_by_its_variable(stage: Stage) -> None:
    done = run(stage.home / "..", "config", "check", REPWATCH_CONFIG=stage.config)
    assert (done.returncode, done.stderr) == (0, "")
