"""``repwatch doctor`` on an installation that is well, and on one where much is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from repwatch.demo.settings import RECIPIENT
from tests.e2e.conftest import Stage
from tests.e2e.program import run
from tests.e2e.test_run import daemon, happens
from tests.smtp_servers import PASSWORD, Mailroom, free_port, login, make_certificate, server

WELL = ("alerts", "blog", "search", "wikidata", "orcid", "github")


def call(stage: Stage, *arguments: str, password: str = "") -> CompletedProcess[str]:
    return run(stage.home, "--config", stage.config, *arguments, MAIL_PASSWORD=password)


def change(stage: Stage, **parts: Any) -> None:
    """Write other parts into the configuration."""
    path = Path(stage.config)
    settings = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**settings, **parts}, allow_unicode=True), "utf-8")


def sources(stage: Stage) -> list[dict[str, Any]]:
    """Those of the demo that answer."""
    written = yaml.safe_load(Path(stage.config).read_text("utf-8"))["sources"]
    return [source for source in written if source["id"] in WELL]


@pytest.fixture
def well(stage: Stage) -> Stage:
    """The demo without the sources that are there to fail, checked once."""
    change(stage, sources=sources(stage), health={"port": free_port()})
    assert call(stage, "check").returncode == 0
    stage.web.requests.clear()
    stage.mailbox.messages.clear()
    return stage


def signs(done: CompletedProcess[str]) -> dict[tuple[str, str], dict[str, str]]:
    """By area and name."""
    return {(sign["area"], sign["name"]): sign for sign in json.loads(done.stdout)["signs"]}


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir() if file.is_file()
    }


# --- all is well ------------------------------------------------------------------------------


def test_a_healthy_installation_has_nothing_to_mend(well: Stage) -> None:
    done = call(well, "doctor", "--json")
    told = signs(done)
    assert done.returncode == 0, done.stdout
    assert (json.loads(done.stdout)["exit"], json.loads(done.stdout)["counts"]["bad"]) == (0, 0)
    good = {key for key, sign in told.items() if sign["state"] == "good"}
    assert {("Sources", name) for name in WELL} <= good
    assert {
        ("Database", "quick check"),
        ("Disk", "room"),
        ("Mail", "log-in mail"),
        ("Mail", "draft mail"),
    } <= good
    assert {key for key, sign in told.items() if sign["state"] == "warn"} <= {
        ("Configuration", "contact"),  # the demo's people live at demo.example
        ("Limits", "open files"),
        ("Limits", "memory"),
        ("Disk", "room"),
    }


def test_it_changes_nothing_sends_nothing_and_asks_each_source_once(well: Stage) -> None:
    before = content(well.home)
    call(well, "doctor")
    assert content(well.home) == before
    assert well.mailbox.messages == []
    assert Counter(visit.site for visit in well.web.requests) == Counter(WELL)


def test_it_says_who_was_sent_a_name(well: Stage) -> None:
    told = signs(call(well, "doctor", "--json"))["Sources", "names sent"]["seen"]
    searched = [visit for visit in well.web.requests if visit.site not in ("alerts", "blog")]
    assert told.startswith(f"{len(searched)} requests just told Mireille")


def test_off_line_it_asks_nobody(well: Stage) -> None:
    done = call(well, "doctor", "--offline")
    assert (done.returncode, well.web.requests) == (0, [])
    assert "left out (--offline)" in done.stdout


def test_without_sources_no_name_leaves(well: Stage) -> None:
    done = call(well, "doctor", "--no-sources", "--json")
    assert (done.returncode, well.web.requests) == (0, [])
    assert signs(done)["Mail", "log-in mail"]["state"] == "good"


def test_a_person_reads_marks_names_and_a_last_line(well: Stage) -> None:
    done = call(well, "doctor")
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout
    assert "  ok  log-in mail       127.0.0.1:" in done.stdout
    assert "warn  contact" in done.stdout
    assert "nothing to mend" in done.stdout.splitlines()[-1]


def test_beside_a_daemon_it_says_so_and_disturbs_nothing(well: Stage) -> None:
    with daemon(well) as running:
        assert happens(lambda: call(well, "health").returncode == 0), running.log
        told = signs(call(well, "doctor", "--json"))
        assert running.ends() == 0
    assert told["Daemon", "running"]["seen"] == f"a daemon runs (process {running.process.pid})"
    assert told["Daemon", "progress"]["state"] == "good"
    assert told["Database", "quick check"]["state"] == "good"


# --- much is wrong ----------------------------------------------------------------------------


def test_each_trouble_says_what_to_do(well: Stage) -> None:
    """A mail server that refuses the log-in, a source that is dead, files that others may read."""
    certificate = make_certificate(well.home, "localhost")
    dead = {"id": "dead", "kind": "feed", "url": f"http://127.0.0.1:{free_port()}/feed"}
    for name in (well.config, well.home / "demo.db"):
        Path(name).chmod(0o644)
    tls = {"tls_context": certificate.context(), "auth_required": True, "authenticator": login}
    with server(Mailroom(), **tls) as port:
        mail = {
            "kind": "email",
            "host": "localhost",
            "port": port,
            "user": "ada",
            "from": "repwatch@demo.example",
        }
        mail |= {"password": "env:MAIL_PASSWORD", "ca_file": str(certificate.certificate)}
        change(well, sources=[*sources(well), dead], channels={"mail": mail})
        done = call(well, "doctor", "--json", password=f"not-{PASSWORD}")
        shown = call(well, "doctor", password=f"not-{PASSWORD}").stdout
    told = signs(done)
    assert done.returncode == 1
    assert advice(told, "Mail", "log-in mail") == (
        "bad",
        "check user and password; some providers want an app password",
    )
    assert advice(told, "Sources", "dead") == (
        "bad",
        "check the address and the network; a check tries again by itself",
    )
    assert advice(told, "Configuration", "privacy") == ("warn", f"chmod o-r {well.config}")
    assert advice(told, "Database", "privacy") == ("warn", f"chmod 600 {well.home / 'demo.db'}")
    assert shown.splitlines()[-1] == "To mend: Sources (dead); Mail (log-in mail)."
    assert PASSWORD not in done.stdout + shown


def advice(told: dict[tuple[str, str], dict[str, str]], area: str, name: str) -> tuple[str, str]:
    return told[area, name]["state"], told[area, name]["advice"]


def test_a_missing_secret_is_unusable(well: Stage) -> None:
    mail = {"kind": "email", "host": "localhost", "user": "ada", "from": RECIPIENT, "password": "env:NOT_SET"}
    change(well, channels={"mail": mail})
    done = call(well, "doctor", "--offline", "--json")
    assert done.returncode == 78
    state, step = advice(signs(done), "Configuration", "secrets")
    assert (state, step.startswith("set the environment variable NOT_SET")) == ("bad", True)


def test_a_database_of_a_newer_program_is_unusable(well: Stage) -> None:
    with sqlite3.connect(well.home / "demo.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = call(well, "doctor", "--offline", "--json")
    assert done.returncode == 78
    assert advice(signs(done), "Database", "version") == (
        "bad",
        "install the newer repwatch again, or restore a backup",
    )


def test_a_file_that_is_no_database_is_unusable_and_left_alone(well: Stage) -> None:
    path = well.home / "demo.db"
    path.write_bytes(b"these are notes, and a long way from being a database\n" * 40)
    before = content(well.home)
    done = call(well, "doctor", "--offline", "--json")
    assert (done.returncode, content(well.home) == before) == (78, True)
    assert "restore" in advice(signs(done), "Database", "content")[1]


def test_a_broken_configuration_is_unusable_and_the_machine_examined_all_the_same(stage: Stage) -> None:
    change(stage, timezone="Europe/Pariss")
    done = call(stage, "doctor", "--json")
    told = signs(done)
    assert done.returncode == 78
    assert "did you mean 'Europe/Paris'" in told["Configuration", "file"]["seen"]
    assert ("Versions", "in use") in told


def test_without_any_configuration_it_says_how_to_begin(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 78
    assert "run `repwatch init` to write one" in " ".join(done.stdout.split())


# --- canaries ---------------------------------------------------------------------------------


def test_its_canaries_sing_and_no_name_is_sent_for_them(well: Stage) -> None:
    done = call(well, "doctor", "--canary", "--no-sources", "--json")
    told = {key: sign["state"] for key, sign in signs(done).items() if key[0] == "Canaries"}
    assert {name: told["Canaries", name] for name in WELL} == {
        "alerts": "skipped",
        "blog": "skipped",
        **dict.fromkeys(("search", "wikidata", "orcid", "github"), "good"),
    }
    assert "Exemple" not in "".join(visit.target for visit in well.web.requests)
