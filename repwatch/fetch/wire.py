"""One TCP or TLS connection for httpcore, straight on asyncio: half the cost of the generic one."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

import httpcore

from repwatch.errors import Unreachable
from repwatch.fetch import causes

_HIGH = 256 * 1024  # bytes that may wait unread before the far side is slowed down


async def connect(address: str, port: int, seconds: float) -> Wire:
    """A connection to ``address``, an IP address as text; raises Unreachable after ``seconds``."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, wire = await loop.create_connection(Wire, address, port)
    except OSError as error:  # TimeoutError is one
        raise Unreachable(causes.of_connecting(error)) from error
    return wire


class Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """What httpcore reads from and writes to.

    No operation has a limit of its own: the fetcher's total deadline is around all of them.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._tail = b""
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._transport = cast("asyncio.Transport", None)  # connection_made sets it before anyone asks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what arrived (called by asyncio)."""
        self._buffer += data
        if len(self._buffer) > _HIGH:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note that no more will come (called by asyncio)."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, and why (called by asyncio)."""
        self._ended = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's signature
        """Up to ``max_bytes``; empty at the end; raises Unreachable if the connection broke."""
        while not self._buffer and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self._buffer and self._error:
            raise Unreachable(causes.of_talking(self._error)) from self._error
        self._tail = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        if len(self._buffer) <= _HIGH:
            self._transport.resume_reading()
        return self._tail

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's signature
        """Hand ``buffer`` to the kernel; our requests are too small to be worth waiting for."""
        if self._transport.is_closing():
            raise httpcore.WriteError  # httpcore then still reads an early answer
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Drop the connection at once: nothing that we still owe the far side is worth a wait."""
        self._transport.abort()
        await asyncio.sleep(0)  # lets asyncio close the socket

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Speak TLS from here on; raises Unreachable with the certificate's fault in words."""
        if self._buffer:
            raise Unreachable("TLS: the server speaks before it is greeted")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except OSError as error:  # ssl.SSLError and TimeoutError are two
            self._transport.abort()
            raise Unreachable(causes.of_tls(error)) from error
        self._transport = cast("asyncio.Transport", transport)
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """What httpcore asks of an idle connection, and ``tail``: the bytes of the last read."""
        if info == "is_readable":
            return self._ended or bool(self._buffer)
        if info == "tail":
            return self._tail
        return self._transport.get_extra_info(info)
