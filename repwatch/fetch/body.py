"""Reads the body of an answer, whole and within bounds, or says what is wrong with it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import cast

import httpx

from repwatch.errors import SourceError, Unreachable
from repwatch.fetch.inflate import unpacker

LIGHT = 512 * 1024  # bytes; a feed is rarely larger
_GLANCE = 64 * 1024  # bytes of an error page, enough to recognise a challenge


def stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    """The raw body, which an async transport always gives asynchronously."""
    return cast("httpx.AsyncByteStream", response.stream)


async def read_whole(response: httpx.Response, limit: int, heavy: asyncio.Semaphore) -> bytes:
    """The unpacked body; ``limit`` in bytes. Raises Unreachable for one that is cut or too large.

    Beyond LIGHT bytes it takes a turn of ``heavy``, so that many endless bodies do not fill the memory.
    A transfer that both announces its length and comes in chunks is refused: it can be read in two ways.
    """
    if "content-length" in response.headers and "transfer-encoding" in response.headers:
        raise Unreachable("not a whole HTTP answer: two lengths for one body")
    pieces = unpacker(response.headers.get("content-encoding", ""), limit)
    body = bytearray()
    async with AsyncExitStack() as turn:
        waited = False
        async for data in stream_of(response):
            body += pieces.feed(data)
            if len(body) > LIGHT and not waited:
                waited = True
                await turn.enter_async_context(heavy)
        pieces.finish()
        return bytes(body)


async def read_glance(response: httpx.Response, limit: int) -> bytes:
    """The start of an error page, empty if it cannot be read: its status says enough.

    ``limit`` is in bytes, as for a whole page.
    """
    body = bytearray()
    try:
        pieces = unpacker(response.headers.get("content-encoding", ""), limit)
        async for data in stream_of(response):
            body += pieces.feed(data)
            if len(body) >= _GLANCE:
                break
    except SourceError:
        return b""
    return bytes(body[:_GLANCE])
