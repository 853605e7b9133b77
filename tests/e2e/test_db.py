"""The database is backed up and restored while the installed program keeps watching."""

from __future__ import annotations

import signal

from tests.e2e.conftest import Stage
from tests.e2e.program import run
from tests.e2e.test_run import daemon, happens


def test_a_daemon_is_backed_up_and_restored_while_it_runs(stage: Stage) -> None:
    def call(*arguments: str) -> str:
        done = run(stage.home, "--config", stage.config, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with daemon(stage) as process:
        assert happens(lambda: {visit.site for visit in stage.web.requests} >= {"blog", "search"})
        call("db", "backup", "backup.db")
        call("db", "restore", "backup.db")
        assert "sound" in call("db", "check")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0, log
    assert "Traceback" not in log
    assert "sound" in call("db", "check")
