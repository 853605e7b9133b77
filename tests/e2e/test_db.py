"""The database is backed up and restored while the installed program keeps watching."""

from __future__ import annotations

from tests.e2e.conftest import Stage
from tests.e2e.program import run
from tests.e2e.test_run import daemon, happens


def test_a_daemon_is_backed_up_and_restored_while_it_runs(stage: Stage) -> None:
    def call(*arguments: str) -> str:
        done = run(stage.home, "--config", stage.config, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with daemon(stage) as running:
        assert happens(lambda: {visit.site for visit in stage.web.requests} >= {"blog", "search"})
        call("db", "backup", "backup.db")
        call("db", "restore", "backup.db")
        assert "sound" in call("db", "check")
        assert running.ends() == 0, running.log
    assert "Traceback" not in running.log
    assert "sound" in call("db", "check")
