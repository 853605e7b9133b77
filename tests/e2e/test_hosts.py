"""The installed program, through everything it does, asks no host that the configuration does not name."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import pytest

from repwatch.config.schema import HealthKeys
from tests.e2e.conftest import Stage
from tests.e2e.onlooker import LAUNCHER, noted
from tests.e2e.program import environment, run
from tests.e2e.test_init import answers
from tests.e2e.test_run import happens

STEPS = (
    ("check",),
    ("check", "--dry-run"),
    ("status",),
    ("mentions", "list"),
    ("queries",),
    ("report", "--preview", "report.html"),
    ("report", "--send"),
    ("send-test",),
    ("doctor",),
    ("tidy",),
    ("export", "--subject", "mireille", "mireille.json"),
    ("purge", "--subject", "mireille", "--yes"),
    ("import", "subject", "mireille.json"),
)


@pytest.fixture
def named(stage: Stage) -> Stage:
    """The stage with an invented name for each of its sites."""
    path = Path(stage.config)
    text = path.read_text("utf-8").replace("host: 127.0.0.1", "host: localhost")
    for site, url in stage.web.urls.items():
        parts = urlsplit(url)
        text = text.replace(f"//{parts.netloc}", f"//{site}.example:{parts.port}")
    path.write_text(text, "utf-8")
    return stage


def call(stage: Stage, *arguments: str) -> CompletedProcess[str]:
    seen = str(stage.home / "seen")
    return run(stage.home, "--config", stage.config, *arguments, command=LAUNCHER, SEEN=seen)


def test_no_host_is_asked_that_the_configuration_does_not_name(named: Stage) -> None:
    sites = {f"{site}.example" for site in named.web.urls}
    for step in STEPS:
        done = call(named, *step)
        assert done.returncode in (0, 1, 3), (step, done.stderr)
    assert named.mailbox.messages
    assert noted(named.home / "seen", "name") == sites | {"localhost"}
    assert within(named, noted(named.home / "seen", "address"))
    assert noted(named.home / "seen", "record") <= {"demo.example", "_dmarc.demo.example"}


def test_the_daemon_asks_no_other_host_either(named: Stage) -> None:
    call(named, "check")
    named.web.advance()
    call(named, "source", "resume", "alerts")
    seen = named.home / "seen"
    seen.unlink()
    command = [*LAUNCHER, "--config", named.config, "run"]
    variables = environment(named.home, SEEN=str(seen))
    with subprocess.Popen(
        command, env=variables, cwd=named.home, stderr=subprocess.PIPE, text=True
    ) as daemon:
        mailed = happens(lambda: named.mailbox.messages)
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=10)
    assert mailed, log
    assert noted(seen, "name") == {"alerts.example", "localhost"}
    assert within(named, noted(seen, "address"))


def test_a_first_configuration_asks_for_nothing_but_what_was_typed(named: Stage) -> None:
    feed = "http://typed.example/alerts/feeds/1/2"
    new = str(named.home / "new.yaml")
    typed = answers(feed=f"{feed}\ny\n")
    seen = named.home / "seen"
    done = run(named.home, "init", "--output", new, typed=typed, command=LAUNCHER, SEEN=str(seen))
    assert done.returncode == 0, done.stderr
    assert noted(seen, "name") == {"typed.example"}
    assert noted(seen, "address") == set()


def within(stage: Stage, addresses: set[str]) -> bool:
    """Whether these are the stage's own servers, or the daemon's own port, which the doctor asks."""
    ports = {urlsplit(url).port for url in stage.web.urls.values()} | {stage.mailbox.port, HealthKeys().port}
    return bool(addresses) and addresses <= {str(("127.0.0.1", port)) for port in ports}
