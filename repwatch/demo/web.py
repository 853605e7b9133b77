"""The invented web on loopback: a real HTTP server for each site, every one on a free port."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from selectors import EVENT_READ, DefaultSelector
from socket import socket, socketpair
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from repwatch.demo.sites import SITES, Answer, Asked, Site
from repwatch.demo.world import LAST_ROUND, World

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was answered; ``target`` is its path with the query."""

    site: str
    target: str
    status: int
    user_agent: str


class Web:
    """The servers, for as long as the context lasts.

    ``urls`` maps a site to the address that a configuration names; ``requests`` lists every visit.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.urls: dict[str, str] = {}
        self.requests: list[Visit] = []
        self._open_things = ExitStack()

    def advance(self) -> None:
        """Go on to the later round."""
        self.world.round = LAST_ROUND

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            servers = [self._open(name, site, opening) for name, site in SITES.items()]
            alarm, halt = socketpair()
            opening.enter_context(alarm)
            opening.enter_context(halt)
            thread = Thread(target=_serve, args=(servers, halt), name="demo web", daemon=True)
            thread.start()
            opening.callback(thread.join)
            opening.callback(alarm.send, b"stop")
            self._open_things = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open_things.close()

    def _open(self, name: str, site: Site, opening: ExitStack) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer((_HOST, 0), partial(_Handler, self, name, site))
        server.timeout = 0  # a caller who hung up again must not make the others wait
        opening.callback(server.server_close)
        self.urls[name] = f"http://{_HOST}:{server.server_port}{site.path}"
        return server


def _serve(servers: Iterable[ThreadingHTTPServer], halt: socket) -> None:
    """Wait for all the servers in one thread, until ``halt`` hears something.

    ``serve_forever`` would cost a thread for each, and half a second of polling to stop them all.
    """
    with DefaultSelector() as selector:
        selector.register(halt, EVENT_READ)
        for server in servers:
            selector.register(server, EVENT_READ, server.handle_request)
        while True:
            ready = [key.data for key, _ in selector.select()]
            if None in ready:
                return
            for handle_request in ready:
                handle_request()


class _Handler(BaseHTTPRequestHandler):
    """Turns a request into the site's question and its answer into bytes."""

    protocol_version = "HTTP/1.1"
    timeout = 10  # a client that never finishes its request must not keep a thread for ever

    def __init__(self, web: Web, name: str, site: Site, *connection: object) -> None:
        self.web, self.name, self.site = web, name, site
        super().__init__(*connection)  # type: ignore[arg-type]  # the server's own three arguments

    def do_GET(self) -> None:
        """Answer, and note the visit before the answer leaves."""
        answer = self.site.answer(self.web.world, self._asked())
        agent = self.headers.get("User-Agent", "")
        self.web.requests.append(Visit(self.name, self.path, answer.status, agent))
        self._send(answer)

    def version_string(self) -> str:
        """What the Server header says."""
        return f"demo_{self.name}"

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the demo's own words; visits are in the log of Web."""

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        host, port = self.connection.getsockname()[:2]
        query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(f"http://{host}:{port}", parts.path, query, headers)

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
