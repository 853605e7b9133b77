"""A loopback server that tells when it was first asked."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self

_PATIENCE = 60.0  # seconds
_FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Empty</title></channel></rss>'


class Polled:
    """Serves one empty feed."""

    def __enter__(self) -> Self:
        self._asked, self._at = Event(), 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.note()
                self.send_response(200)
                self.send_header("Content-Length", str(len(_FEED)))
                self.end_headers()
                self.wfile.write(_FEED)

            def log_message(self, *_: object) -> None:
                """Quietly."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def note(self) -> None:
        """It was asked, now."""
        if not self._asked.is_set():
            self._at = time.monotonic()
            self._asked.set()

    def wait(self) -> float:
        """When it was first asked, on the monotonic clock; SystemExit when it never was."""
        if not self._asked.wait(_PATIENCE):
            raise SystemExit("the daemon asked for nothing")
        return self._at
