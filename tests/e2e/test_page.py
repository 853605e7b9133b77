"""A watched page on a real server: read in the real parser child, told by the installed program."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.e2e.program import run

CONFIG = """\
language: fr
contact: owner@example.org
database: sqlite:///house.db
subjects: [{{id: ada, name: Ada Exemple, relation: self}}]
fetch: {{allow_private: [loopback]}}
sources: [{{kind: page, id: team, url: "http://127.0.0.1:{port}/equipe", interval: 0}}]
channels: {{mail: {{kind: email, host: 127.0.0.1, security: none, from: r@example.org}}}}
reports: [{{channel: mail, to: owner@example.org, every: day at 07:00}}]
"""


class Site(ThreadingHTTPServer):
    """A site of one page; ``text`` is what it says, None that it is not there."""

    text: str | None = "Ada Exemple compte juste."


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        text = self.server.text
        body = f"<!doctype html><title>Équipe</title><main><p>{text}</p></main>".encode()
        self.send_response(404 if text is None else 200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_change_is_told_word_by_word_after_its_second_look(site: Site, tmp_path: Path) -> None:
    config = tmp_path / "repwatch.yaml"
    config.write_text(CONFIG.format(port=site.server_port), "utf-8")
    config.chmod(0o600)

    def call(*arguments: str) -> str:
        done = run(tmp_path, "--config", str(config), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def preview() -> str:
        call("report", "--preview", "report.html")
        return (tmp_path / "report.html").read_text("utf-8")

    call("check")
    site.text = "Ada Exemple ne compte plus juste."
    call("check")
    assert "<ins" not in preview()
    call("check")
    assert ">ne</ins>" in preview()
    assert ">plus</ins>" in preview()
