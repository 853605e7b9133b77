"""``repwatch run`` as a service manager starts and stops it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from tests.e2e.conftest import Stage
from tests.e2e.program import PROGRAM, environment, run


@contextmanager
def daemon(stage: Stage) -> Iterator[subprocess.Popen[str]]:
    command = [PROGRAM, "--config", stage.config, "run"]
    with subprocess.Popen(
        command, env=environment(stage.home), cwd=stage.home, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def happens(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Whether it comes true in time; another process makes it so, which cannot tell us."""
    pause = Event()
    return any(condition() or pause.wait(0.05) for _ in range(int(seconds / 0.05)))


def test_it_checks_mails_and_stops_with_zero_on_sigterm(stage: Stage) -> None:
    run(stage.home, "--config", stage.config, "check")
    stage.web.advance()
    run(stage.home, "--config", stage.config, "source", "resume", "alerts")
    with daemon(stage) as process:
        mailed = happens(lambda: stage.mailbox.messages)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=10)
    assert mailed, log
    assert process.returncode == 0, log
    assert "Traceback" not in log
