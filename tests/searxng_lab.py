"""A real SearXNG on loopback, whose engines ask an invented web of three pages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener
from urllib.request import Request as Ask

import yaml

from repwatch.model import Page, Request
from tests.recorded import NOW

ROOT = Path(__file__).parent.parent
PYTHON = Path(os.environ.get("REPWATCH_SEARXNG_VENV", ROOT / ".venv-searxng")) / "bin" / "python"

_PATIENCE = 60.0  # seconds until the instance must answer: it imports 200 modules on a shared machine
_WEB = (
    (
        "Ada Exemple opens a school",
        "https://press.example.org/school?id=7",
        "A garden with Ada Exemple.",
    ),
    ("Ada Exemple, botanist", "https://blog.example.net/botanist", "Her herbarium & her friends."),
    ("Somebody else", "https://www.example.com/else", "Nothing of interest."),
)


class _Web(BaseHTTPRequestHandler):
    """Answers /find with the pages that hold every word, /<number> with that status, /bad with prose."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/find":
            self._send(200, json.dumps({"items": _hits(parse_qs(asked.query))}))
        elif asked.path == "/bad":
            self._send(200, "no JSON at all")
        else:
            self._send(int(asked.path[1:]), "{}")

    def _send(self, status: int, body: str) -> None:
        raw = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep the test's output quiet."""


def _hits(query: dict[str, list[str]]) -> Sequence[dict[str, str]]:
    words = query.get("q", [""])[0].lower().replace('"', " ").split()
    if query.get("page", ["1"]) != ["1"]:
        return []
    found = [page for page in _WEB if all(word in f"{page[0]} {page[2]}".lower() for word in words)]
    return [{"title": title, "link": link, "snippet": text} for title, link, text in found]


@contextmanager
def web() -> Iterator[str]:
    """The invented web's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def searxng(folder: Path, origin: str, formats: Sequence[str] = ("html", "json")) -> Iterator[str]:
    """A running instance's address; its settings and its log stay in ``folder``."""
    port = _free_port()
    settings = folder / "settings.yml"
    settings.write_text(yaml.safe_dump(_settings(port, origin, formats)))
    environment = {"PATH": os.environ["PATH"], "SEARXNG_SETTINGS_PATH": str(settings), "HOME": str(folder)}
    command = [str(PYTHON), "-m", "searx.webapp"]
    with (
        (folder / "searxng.log").open("wb") as log,
        subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", process, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            if fetch(Request(url)).status == 200:
                return
        except (URLError, HTTPException, OSError):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)  # not up yet; its death would end the waiting at once
    raise RuntimeError(f"SearXNG did not start:\n{(folder / 'searxng.log').read_text('utf-8')[-2000:]}")


def _settings(port: int, origin: str, formats: Sequence[str]) -> dict[str, object]:
    """All that an instance needs to start without the internet; ``plugins`` would load lists from it."""
    engines = [
        _engine("lab one", f"{origin}/find?q={{query}}&page={{pageno}}", "general", paging=True),
        _engine("lab two", f"{origin}/find?q={{query}}", "general"),
        _engine("lab limited", f"{origin}/429?q={{query}}", "broken"),
        _engine("lab failing", f"{origin}/500?q={{query}}", "broken"),
        _engine("lab garbled", f"{origin}/bad?q={{query}}", "broken"),
        {"name": "lab values", "engine": "demo_offline", "shortcut": "lv", "categories": ["values"]},
    ]
    return {
        "use_default_settings": False,
        "general": {"instance_name": "lab", "debug": False},
        "search": {"formats": list(formats), "autocomplete": ""},
        "server": {
            "bind_address": "127.0.0.1",
            "port": port,
            "secret_key": "of this test only",
            "limiter": False,
            "image_proxy": False,
        },
        "valkey": {"url": False},
        "outgoing": {"request_timeout": 5.0, "enable_http2": False},
        "plugins": {},
        "default_doi_resolver": "lab",
        "doi_resolvers": {"lab": "https://doi.example.org/"},
        "engines": engines,
    }


def _engine(name: str, url: str, category: str, *, paging: bool = False) -> dict[str, object]:
    """An engine that reads the invented web's JSON; without every ``*_query`` it is not registered."""
    return {
        "name": name,
        "engine": "json_engine",
        "shortcut": name.replace("lab ", "l")[:3],
        "categories": [category],
        "enable_http": True,
        "paging": paging,
        "search_url": url,
        "results_query": "items",
        "url_query": "link",
        "title_query": "title",
        "content_query": "snippet",
    }


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing, so that a test sees the redirect itself."""


def fetch(request: Request) -> Page:
    """The answer to a request, refusals included."""
    ask = Ask(request.url, request.body, dict(request.headers), method=request.method)
    try:
        with build_opener(_Stay).open(ask, timeout=30) as answer:
            status, headers, body = answer.status, answer.headers, answer.read()
    except HTTPError as refused:
        with refused:
            status, headers, body = refused.code, refused.headers, refused.read()
    lower = {name.lower(): value for name, value in headers.items()}
    return Page(request, status, request.url, lower, body, NOW)
