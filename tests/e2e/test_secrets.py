"""Planted secrets are in nothing that the installed program prints, sends, keeps or starts."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

import pytest
import yaml

from tests.e2e.conftest import Stage
from tests.e2e.program import PROGRAM, environment, run
from tests.e2e.test_run import happens

PASSWORD = "planted/password one"
KEY = "planted-api-key-2"
TOKEN = "planted-feed-token-3"
PATH_TOKEN = "pl4nt3d5p4th6t0k3n7"
SECRETS = (PASSWORD, KEY, TOKEN, PATH_TOKEN)

# Defects of the program itself, whose messages quote all that they can get hold of: one in a source's
# turn, which must not end the round, and one that ends the command.
_QUOTING = """
import os
from repwatch.jobs import ask, check

def take(answer, page, parsed):
    raise RuntimeError(f"{page.request.url} {page.request.headers} {os.environ['SMTP_PASSWORD']}")

async def crash(self, *_):
    url = next(iter(self._plans.values()))[1][0].url
    raise RuntimeError(f"{url} {os.environ['GITHUB_KEY']} {os.environ['SMTP_PASSWORD']}")
"""
_MAIN = "from repwatch.__main__ import main\nmain()\n"
DEFECT = [sys.executable, "-c", f"{_QUOTING}\nask.take = take\n{_MAIN}"]
CRASH = [sys.executable, "-c", f"{_QUOTING}\ncheck.Check.run = crash\n{_MAIN}"]


@pytest.fixture
def planted(stage: Stage) -> Stage:
    """A key in the blog's address, a token in another's path, an API key and a mail password."""
    path = Path(stage.config)
    settings = yaml.safe_load(path.read_text("utf-8"))
    sources = {source["id"]: source for source in settings["sources"]}
    sources["blog"]["url"] += f"?key={TOKEN}"
    sources["captcha"]["url"] = sources["captcha"]["url"].replace("/rss", f"/{PATH_TOKEN}/rss")
    sources["github"]["key"] = "env:GITHUB_KEY"
    settings["channels"]["locked"] = settings["channels"]["mail"] | {
        "user": "mireille",
        "password": "env:SMTP_PASSWORD",
    }
    settings["reports"].append({"channel": "locked", "to": "mireille@demo.example", "every": "day at 08:00"})
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return stage


def call(stage: Stage, *arguments: str, command: list[str] | None = None) -> CompletedProcess[str]:
    options = ["--config", stage.config, *arguments]
    return run(stage.home, *options, command=command, SMTP_PASSWORD=PASSWORD, GITHUB_KEY=KEY)


def forms(secret: str) -> Iterator[bytes]:
    """The secret as it is, quoted, and in base64 at any offset, as a login would carry it."""
    yield from (secret.encode(), quote(secret).encode(), quote(secret, safe="").encode())
    for shift in range(3):
        yield base64.b64encode(b"x" * shift + secret.encode())[4 : -4 or None]


def found(content: bytes) -> set[str]:
    return {secret for secret in SECRETS if any(form in content for form in forms(secret))}


def leaks(done: Iterable[CompletedProcess[str]]) -> dict[str, set[str]]:
    """The commands that printed a secret, and which."""
    printed = {" ".join(each.args[3:]): found(f"{each.stdout}{each.stderr}".encode()) for each in done}
    return {command: secrets for command, secrets in printed.items() if secrets}


COMMANDS = (
    ("-vv", "check"),
    ("-vv", "--log-format", "json", "check"),
    ("-vv", "check", "--dry-run", "--json"),
    ("status",),
    ("status", "--json"),
    ("config", "show"),
    ("config", "check"),
    ("mentions", "list", "--json"),
    ("queries", "--json"),
    ("report", "--preview", "report.html"),
    ("report", "--preview", "report.txt"),
    ("report", "--preview", "report.eml"),
    ("-vv", "report", "--send"),
    ("-vv", "report", "--send", "--route", "locked"),
    ("-vv", "send-test", "--route", "locked"),
    ("doctor", "--json"),
    ("doctor",),
    ("export", "--subject", "mireille", "mireille.json"),
    ("db", "backup", "copy.db"),
    ("tidy",),
)


def test_no_command_prints_or_keeps_a_secret(planted: Stage) -> None:
    done = [call(planted, *command) for command in COMMANDS]
    planted.web.advance()
    done.append(call(planted, "-vv", "check"))
    assert leaks(done) == {}
    assert {each.returncode for each in done} <= {0, 1, 3}
    kept = [file for file in planted.home.rglob("*") if file.is_file() and str(file) != planted.config]
    assert {file.suffix for file in kept} >= {".db", ".html", ".txt", ".eml", ".json"}
    assert {file.name: found(file.read_bytes()) for file in kept if found(file.read_bytes())} == {}
    assert planted.mailbox.messages
    assert [found(whole(mail)) for mail in planted.mailbox.messages if found(whole(mail))] == []


def whole(mail: bytes) -> bytes:
    """A mail as it travelled, and its parts decoded."""
    parts = message_from_bytes(mail, policy=policy.default).walk()
    decoded = [part.get_payload(decode=True) for part in parts if not part.is_multipart()]
    return mail + b"".join(body for body in decoded if isinstance(body, bytes))


def test_the_secrets_were_really_used(planted: Stage) -> None:
    call(planted, "check")
    visits = {visit.target for visit in planted.web.requests}
    assert any(TOKEN in target for target in visits)
    assert any(PATH_TOKEN in target for target in visits)


def test_no_defect_shows_a_secret(planted: Stage) -> None:
    human = call(planted, "-vv", "check", command=DEFECT)
    json = call(planted, "-vv", "--log-format", "json", "check", command=DEFECT)
    crash = call(planted, "check", command=CRASH)
    for done in (human, json, crash):
        assert "Traceback" in done.stderr
        assert found(f"{done.stdout}{done.stderr}".encode()) == set()
    assert crash.returncode == 1
    assert leaks([call(planted, "status", "--json")]) == {}


@pytest.mark.parametrize("mistake", ["evry: 1h", "every: never"])
def test_no_mistake_in_the_file_repeats_a_secret(planted: Stage, mistake: str) -> None:
    path = Path(planted.config)
    line = f'sources: [{{kind: feed, url: "http://u:{TOKEN}@127.0.0.1/?key={KEY}", {mistake}}}]'
    text = path.read_text("utf-8")
    path.write_text(f"{text[: text.index('sources:')]}{line}\n", "utf-8")
    done = call(planted, "config", "check")
    assert done.returncode == 78
    assert found(done.stderr.encode()) == set()


def test_no_process_shows_a_secret_to_its_neighbours(planted: Stage) -> None:
    variables = environment(planted.home, SMTP_PASSWORD=PASSWORD, GITHUB_KEY=KEY)
    command = [PROGRAM, "--config", planted.config, "run"]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as daemon:
        parsing = happens(lambda: children(daemon.pid))
        seen = b"".join(spied(pid) for pid in children(daemon.pid))
        line = Path(f"/proc/{daemon.pid}/cmdline").read_bytes()
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=15)
    assert parsing, log
    assert b"repwatch.parsing.child" in seen
    assert found(seen + line + log.encode()) == set()


def children(pid: int) -> list[int]:
    """The processes that it started and that show what they are."""
    found_ones = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            child = int(status.parent.name)
            if int(fields[1]) == pid and b"parsing" in Path(f"/proc/{child}/cmdline").read_bytes():
                found_ones.append(child)
    return found_ones


def spied(pid: int) -> bytes:
    """Its command line and its environment."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
