"""``repwatch run`` as a service manager starts, reloads and stops it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import yaml

from tests.e2e.conftest import Stage
from tests.e2e.program import PROGRAM, environment, run
from tests.smtp_servers import free_port


@dataclass
class Running:
    """A daemon under way; ``log`` is what it has said so far."""

    process: subprocess.Popen[str]
    path: Path

    @property
    def log(self) -> str:
        return self.path.read_text("utf-8")

    def says(self, words: str) -> bool:
        return happens(lambda: words in self.log)

    def ends(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@contextmanager
def daemon(stage: Stage, *options: str) -> Iterator[Running]:
    command = [PROGRAM, "--config", stage.config, "run", *options]
    path = stage.home / "log"
    with (
        path.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, env=environment(stage.home), cwd=stage.home, stderr=log, text=True
        ) as process,
    ):
        try:
            yield Running(process, path)
        finally:
            process.kill()


def happens(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Whether it comes true in time; another process makes it so, which cannot tell us."""
    pause = Event()
    return any(condition() or pause.wait(0.05) for _ in range(int(seconds / 0.05)))


def rewrite(stage: Stage, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the configuration as its owner would with an editor."""
    path = Path(stage.config)
    settings = yaml.safe_load(path.read_text("utf-8"))
    change(settings)
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), "utf-8")


def asked(stage: Stage, site: str) -> int:
    return sum(visit.site == site for visit in stage.web.requests)


def test_it_checks_mails_and_stops_with_zero_on_sigterm(stage: Stage) -> None:
    run(stage.home, "--config", stage.config, "check")
    stage.web.advance()
    run(stage.home, "--config", stage.config, "source", "resume", "alerts")
    with daemon(stage) as running:
        assert happens(lambda: stage.mailbox.messages), running.log
        assert running.ends() == 0, running.log
    assert "Traceback" not in running.log


def test_ctrl_c_is_a_way_to_end_it(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked blog")
        assert running.ends(signal.SIGINT) == 0


def test_a_reload_says_what_was_added_changed_and_removed_and_goes_on_with_it(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked changed")
        before = asked(stage, "blog")

        def change(settings: dict[str, Any]) -> None:
            blog = settings["sources"][1]
            settings["sources"] = [
                *(source for source in settings["sources"] if source["id"] not in ("orcid", "changed")),
                {"id": "second", "kind": "feed", "url": blog["url"]},
            ]
            settings["sources"][0]["every"] = "2h"

        rewrite(stage, change)
        running.process.send_signal(signal.SIGHUP)
        assert running.says("reloaded: source second added")
        assert running.says("reloaded: source alerts changed")
        assert running.says("reloaded: source orcid removed")
        assert happens(lambda: asked(stage, "blog") > before), running.log
        assert "source blog" not in running.log
        assert running.ends() == 0


def test_a_broken_file_keeps_the_configuration_in_use_and_says_so(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked blog")
        whole = Path(stage.config).read_text("utf-8")
        Path(stage.config).write_text(whole + "\nnonsense: 1\n", "utf-8")
        running.process.send_signal(signal.SIGHUP)
        assert running.says("not reloaded, the configuration in use stays")
        assert "unknown key 'nonsense'" in running.log
        assert r"\n" not in running.log  # the line of the file that follows is for a terminal
        Path(stage.config).write_text(whole, "utf-8")
        running.process.send_signal(signal.SIGHUP)
        assert running.says("reloaded: nothing changed")
        assert running.ends() == 0


def test_another_database_takes_a_restart(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked blog")
        whole = Path(stage.config).read_text("utf-8")
        Path(stage.config).write_text(re.sub(r"demo\.db", "other.db", whole), "utf-8")
        running.process.send_signal(signal.SIGHUP)
        assert running.says("which takes a restart")
        assert running.ends() == 0
    assert not (stage.home / "other.db").exists()


def test_a_second_daemon_is_refused_with_its_cause(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked blog")
        done = run(stage.home, "--config", stage.config, "run")
        assert done.returncode == 78
        assert f"another repwatch daemon (process {running.process.pid})" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert running.ends() == 0


def test_commands_beside_it_wait_their_turn_and_leave_the_mail_to_it(stage: Stage) -> None:
    with daemon(stage) as running:
        assert running.says("checked blog")
        assert running.says("checked search")
        done = run(stage.home, "--config", stage.config, "report", "--send")
        assert "the repwatch that runs already sends what is owed" in done.stdout, done.stderr
        assert happens(lambda: stage.mailbox.messages), running.log
        for arguments in (["check"], ["mentions", "confirm", "1"], ["source", "pause", "blog"], ["status"]):
            done = run(stage.home, "--config", stage.config, *arguments)
            assert "is locked" not in done.stderr + done.stdout
            assert done.returncode in (0, 3), done.stderr
        assert running.ends() == 0
    assert "is locked" not in running.log
    assert len(stage.mailbox.messages) == 1


def test_json_log_lines_are_objects_and_a_run_is_one_of_them(stage: Stage) -> None:
    with daemon(stage, "--log-format", "json") as running:
        assert running.says('"source": "captcha"')
        assert running.ends() == 0
    records = [json.loads(line) for line in running.log.splitlines()]
    runs = [record for record in records if record.get("event") == "run"]
    (captcha,) = [record for record in runs if record["source"] == "captcha"]
    assert (captcha["outcome"], captcha["level"]) == ("blocked", "warning")
    assert {"at", "read", "new", "seconds", "cause"} <= captcha.keys()


def test_its_health_is_about_progress(stage: Stage) -> None:
    port = free_port()
    rewrite(stage, lambda settings: settings.update(health={"port": port}))
    with daemon(stage) as running:
        assert running.says("checked search")
        done = run(stage.home, "--config", stage.config, "health", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert told["state"] == "ok"
        assert told["sources"] == 9
        assert told["failing"] >= 2
        assert told["last_done"] >= told["started"]
        running.ends()
    done = run(stage.home, "--config", stage.config, "health")
    assert done.returncode == 1


def test_a_mail_server_that_is_silent_does_not_hold_up_the_stop(stage: Stage) -> None:
    with silent_server() as port:
        rewrite(stage, lambda settings: settings["channels"]["mail"].update(port=port))
        run(stage.home, "--config", stage.config, "check")
        stage.web.advance()
        run(stage.home, "--config", stage.config, "source", "resume", "alerts")
        with daemon(stage) as running:
            assert running.says("checked alerts")
            assert running.ends() == 0, running.log


@contextmanager
def silent_server() -> Iterator[int]:
    """It accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
