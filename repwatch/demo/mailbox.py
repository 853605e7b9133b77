"""The demo's mail sink: a real SMTP server on loopback that keeps what it is given."""

from __future__ import annotations

import asyncio
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """An SMTP server, for as long as the context lasts; ``messages`` holds the mails as they came.

    Entering it raises RepwatchError when aiosmtpd is not installed.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[bytes] = []

    def __enter__(self) -> Self:
        # aiosmtpd's own threaded controller cannot bind port 0, so the thread and its loop are ours.
        protocol = _protocol()
        sink = _Sink(self.messages)
        self._loop = asyncio.new_event_loop()
        opening = self._loop.create_server(lambda: protocol(sink, loop=self._loop), self.host, 0)
        self._server = self._loop.run_until_complete(opening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = Thread(target=self._loop.run_forever, name="demo mailbox", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        self._loop.run_until_complete(_settle())
        self._loop.close()


class _Sink:
    """What aiosmtpd asks when a mail has come."""

    def __init__(self, messages: list[bytes]) -> None:
        self._messages = messages

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep the mail."""
        self._messages.append(envelope.original_content or b"")
        return "250 Kept in the demo's mailbox"


async def _settle() -> None:
    """End the conversations that are still open, so that none outlives its loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _protocol() -> type[SMTP]:
    try:
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415  # only the demo needs it
    except ImportError as error:
        raise RepwatchError(
            "the demo's mail server needs aiosmtpd, which is not installed", "pip install 'repwatch[demo]'"
        ) from error
    return SMTP
