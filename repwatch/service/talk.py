"""One request and its answer over an open connection, within bounds."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import h11

from repwatch.config.networks import is_loopback
from repwatch.service.pages import Answer, refusal

HEAD = 8_192  # bytes of a request's first line and headers

_READ = 1_024
_METHODS = (b"GET", b"HEAD")


async def answer(reader: StreamReader, writer: StreamWriter, page: Callable[[str], Answer | None]) -> None:
    """Read one request, send what ``page`` has at its path, and wait until the other side has left.

    To hang up first, with bytes unread, could take the answer away from them.
    """
    # A head may end in the read that goes over the limit, hence one read less.
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD - _READ)
    try:
        request = await _request(connection, reader)
    except h11.RemoteProtocolError as error:
        found, bare = refusal(HTTPStatus(error.error_status_hint)), False
    else:
        if request is None:
            return
        found, bare = _answer(request, page), request.method == b"HEAD"
    writer.write(_bytes(connection, found, bare=bare))
    await writer.drain()
    writer.write_eof()
    while await reader.read(_READ):
        pass


async def _request(connection: h11.Connection, reader: StreamReader) -> h11.Request | None:
    """The head of the request; None when they leave without a word. A body is never looked at."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        else:
            return event if isinstance(event, h11.Request) else None


def _answer(request: h11.Request, page: Callable[[str], Answer | None]) -> Answer:
    if not _meant_for_us(request):  # a page elsewhere that had its own name point here
        return refusal(HTTPStatus.MISDIRECTED_REQUEST, "only a loopback name or address is answered")
    found = page(request.target.decode("ascii").partition("?")[0])
    if found is None:
        return refusal(HTTPStatus.NOT_FOUND)
    if request.method not in _METHODS:
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, HEAD")
    return found


def _meant_for_us(request: h11.Request) -> bool:
    host = dict(request.headers).get(b"host", b"").decode("latin-1")
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _bytes(connection: h11.Connection, found: Answer, *, bare: bool) -> bytes:
    """The answer as it goes over the wire, ``bare`` without its body."""
    response = h11.Response(
        status_code=found.status, headers=_headers(found), reason=found.status.phrase.encode()
    )
    events: list[h11.Event] = [response] if bare else [response, h11.Data(data=found.body)]
    return b"".join(connection.send(event) or b"" for event in events)


def _headers(found: Answer) -> list[tuple[str, str]]:
    allow = [("Allow", found.allow)] if found.allow else []
    return [
        ("Content-Type", found.kind),
        ("Content-Length", str(len(found.body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
        *allow,
    ]
