"""A real SearXNG, or Debian's old searx, on loopback; its engines ask an invented web of three pages."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener
from urllib.request import Request as Ask

import yaml

from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.searxng import Searxng
from tests.recorded import NOW

ROOT = Path(__file__).parent.parent
PYTHON = Path(os.environ.get("REPWATCH_SEARXNG_VENV", ROOT / ".venv-searxng")) / "bin" / "python"
SEARX = Path("/usr/bin/searx-run")  # of the package searx, run by the system's own Python

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
_BRAND = ("git_url", "git_branch", "issue_url", "docs_url", "public_instances", "wiki_url", "twitter_url")
_STORY = {
    "objectID": "50000001",
    "title": "Ada Exemple on bridges",
    "url": "https://press.example.org/bridges",
    "author": "someone",
    "points": 1,
    "num_comments": 2,
    "created_at_i": 1_795_168_800,  # 2026-11-20 10:00 UTC
}


def _dated() -> Sequence[dict[str, str]]:
    """A page of three hours ago, which searx calls so, and one of long ago."""
    fresh = datetime.now(UTC) - timedelta(hours=3)
    return [
        {
            "link": f"https://press.example.org/{name}",
            "title": "Ada Exemple",
            "description": name,
            "pubDate": date,
        }
        for name, date in (("fresh", format_datetime(fresh)), ("old", "Fri, 20 Mar 2020 10:00:00 +0100"))
    ]


class _Web(BaseHTTPRequestHandler):
    """Answers /find with the pages that hold every word, /<number> with that status, /bad with prose.

    /hn/ and /yacysearch.json speak as two engines do that date their results.
    """

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/find":
            self._send(200, json.dumps({"items": _hits(parse_qs(asked.query))}))
        elif asked.path.startswith("/hn/"):
            self._send(200, json.dumps({"hits": [_STORY]}))
        elif asked.path == "/yacysearch.json":
            self._send(200, json.dumps({"channels": [{"items": _dated()}]}))
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
def searxng(
    folder: Path, origin: str, formats: Sequence[str] = ("html", "json"), under: Sequence[str] = ()
) -> Iterator[str]:
    """A running SearXNG's address; its settings and its log stay in ``folder``."""
    port = _free_port()
    command = [*under, str(PYTHON), "-m", "searx.webapp"]
    with _running(command, "SEARXNG", port, _settings(port, origin, formats), folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def searx(folder: Path, origin: str, under: Sequence[str] = ()) -> Iterator[str]:
    """The address of a running searx 1.1.0 as Debian has it, run ``under`` another command if need be."""
    port = _free_port()
    with _running([*under, str(SEARX)], "SEARX", port, _old_settings(port, origin), folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(
    command: Sequence[str], name: str, port: int, settings: Mapping[str, object], folder: Path
) -> Iterator[None]:
    file = folder / "settings.yml"
    file.write_text(yaml.safe_dump(settings))
    environment = {"PATH": "/usr/bin:/bin", f"{name}_SETTINGS_PATH": str(file), "HOME": str(folder)}
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", process, folder)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


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
    raise RuntimeError(f"the server did not start:\n{(folder / 'server.log').read_text('utf-8')[-2000:]}")


def _settings(port: int, origin: str, formats: Sequence[str]) -> dict[str, object]:
    """All that an instance needs to start without the internet; ``plugins`` would load lists from it."""
    engines = [
        _engine("lab one", f"{origin}/find?q={{query}}&page={{pageno}}", "general", paging=True),
        _engine("lab two", f"{origin}/find?q={{query}}", "general"),
        _engine("lab limited", f"{origin}/429?q={{query}}", "broken"),
        _engine("lab failing", f"{origin}/500?q={{query}}", "broken"),
        _engine("lab garbled", f"{origin}/bad?q={{query}}", "broken"),
        {"name": "lab values", "engine": "demo_offline", "shortcut": "lv", "categories": "values"},
        {
            "name": "lab dated",
            "engine": "hackernews",
            "shortcut": "ld",
            "categories": "dated",
            "enable_http": True,
            "base_url": f"{origin}/hn",
        },
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


def _old_settings(port: int, origin: str) -> dict[str, object]:
    """All that searx needs: it has no defaults but those of its engines, and every key is read."""
    engines = [
        _engine("lab one", f"{origin}/find?q={{query}}&page={{pageno}}", "general", paging=True),
        _engine("lab two", f"{origin}/find?q={{query}}", "general"),
        _engine("lab limited", f"{origin}/429?q={{query}}", "broken"),
        _engine("lab denied", f"{origin}/403?q={{query}}", "broken"),
        _engine("lab garbled", f"{origin}/bad?q={{query}}", "broken"),
        _engine("lab banned", f"{origin}/403?q={{query}}", "banned"),
        {
            "name": "lab dated",
            "engine": "yacy",
            "shortcut": "ld",
            "categories": "dated",
            "enable_http": True,
            "base_url": origin,
        },
    ]
    return {
        "general": {"debug": False, "instance_name": "lab", "contact_url": False, "enable_stats": False},
        "brand": dict.fromkeys(_BRAND, "https://lab.example.org/"),
        "search": {
            "safe_search": 0,
            "autocomplete": "",
            "default_lang": "",
            "ban_time_on_fail": 5,
            "max_ban_time_on_fail": 120,
            "prefer_configured_language": False,
        },
        "server": {
            "port": port,
            "bind_address": "127.0.0.1",
            "secret_key": "of this test only",
            "base_url": False,
            "image_proxy": False,
            "http_protocol_version": "1.0",
            "method": "POST",
            "default_http_headers": {},
        },
        "ui": {
            "static_path": "/usr/share/python3-searx/static",
            "templates_path": "/usr/share/python3-searx/templates",
            "autofocus": False,
            "archive_today": False,
            "default_theme": "oscar",
            "default_locale": "",
            "theme_args": {"oscar_style": "logicodev"},
        },
        "outgoing": {
            "request_timeout": 5.0,
            "useragent_suffix": "",
            "pool_connections": 10,
            "pool_maxsize": 10,
        },
        "checker": {"off_when_debug": True},
        "engines": engines,
        "locales": {"en": "English"},
        "doi_resolvers": {"lab": "https://doi.example.org/"},
        "default_doi_resolver": "lab",
    }


def _engine(name: str, url: str, category: str, *, paging: bool = False) -> dict[str, object]:
    """An engine that reads the invented web's JSON; without every ``*_query`` it is not registered."""
    return {
        "name": name,
        "engine": "json_engine",
        "shortcut": f"l{name[4]}{len(name)}",
        "categories": category,
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


ADA = Subject("ada", "Ada Exemple")
STRACE = "/usr/bin/strace"


def answers(url: str, subject: Subject = ADA, **options: object) -> list[Parsed]:
    """Each answer to the plan, and to what it asks to follow."""
    source = Searxng(SearxngOptions.model_validate({"url": url, **options}))
    waiting: list[Request] = list(source.plan([subject]))
    read: list[Parsed] = []
    while waiting:
        read.append(source.parse(fetch(waiting.pop(0))))
        waiting.extend(read[-1].follow)
    return read


def findings(url: str, subject: Subject = ADA, **options: object) -> list[Finding]:
    """What all of them found."""
    return [item for answer in answers(url, subject, **options) for item in answer.findings]


def traced(file: Path) -> list[str]:
    """The command under which a server's calls for a connection are written to ``file``."""
    return [STRACE, "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto", "-o", str(file)]


def addresses(file: Path) -> set[str]:
    """The hosts that were called for."""
    found = re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', file.read_text("utf-8"))
    return {host for pair in found for host in pair if host}
