"""Carries httpx requests over small guarded httpcore pools, one for each host and policy."""

from __future__ import annotations

import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpcore
import httpx

from repwatch.clock import Clock
from repwatch.errors import Misconfigured
from repwatch.fetch.guard import GuardedBackend, check_literal
from repwatch.fetch.limits import Policy
from repwatch.fetch.redirects import address
from repwatch.fetch.resolver import Resolver

_KEPT = 20  # idle connections over all hosts, once a round is over
_KEPT_AT_WORK = 256  # likewise, while more than those are at work
_EXPIRY = 15.0  # seconds that an idle connection is kept

_BLANK = b"\r\n\r\n"
_GOES_OUT = "http11.send_request_headers.started"

_Key = tuple[str, str, int | None, str]


@dataclass(slots=True)
class _Kept:
    """A pool, how many requests it serves now and since when (monotonic) it serves none."""

    pool: httpcore.AsyncConnectionPool
    busy: int = 0
    idle_since: float = 0.0


Transport = httpx.AsyncBaseTransport  # what may be handed in instead of the real one


class GuardedTransport(httpx.AsyncBaseTransport):
    """The way out.

    A request's extension ``policy`` says what it may reach; ``leaves`` is called when it goes out.

    The pool is chosen by host *and* policy: a connection that one source was allowed to open to a
    private address must never serve another. httpcore walks its whole pool at every request, so many
    small pools are also the cheaper ones.
    """

    def __init__(
        self,
        clock: Clock,
        resolver: Resolver,
        *,
        tls: Callable[[], ssl.SSLContext] = lambda: httpx.create_ssl_context(trust_env=False),
        kept: int = _KEPT,
    ) -> None:
        self._clock = clock
        self._resolver = resolver
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._kept = kept
        self._busy: dict[_Key, _Kept] = {}
        self._idle: OrderedDict[_Key, _Kept] = OrderedDict()  # the longest idle first

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; its body must be bytes. Raises SourceError or httpcore's exceptions."""
        policy: Policy = request.extensions["policy"]
        url = request.url
        if policy.proxy:  # the proxy asks for the name, so at least what is written out is checked here
            check_literal(url.host, policy.allow)
        key = (url.scheme, url.host, url.port, policy.reach)
        kept = self._take(key, policy)
        try:
            answer = await kept.pool.handle_async_request(_to_core(request, policy))
        except BaseException:  # a cancelled request, too, must give its connection back
            await self._give_back(key, kept, clean=False)
            raise
        stream = _Body(answer, lambda clean: self._give_back(key, kept, clean=clean))
        return httpx.Response(
            answer.status, headers=answer.headers, stream=stream, extensions=dict(answer.extensions)
        )

    async def aclose(self) -> None:
        """Drop every connection."""
        pools = [*self._busy.values(), *self._idle.values()]
        self._busy, self._idle = {}, OrderedDict()
        for kept in pools:
            await kept.pool.aclose()

    def _take(self, key: _Key, policy: Policy) -> _Kept:
        kept = self._busy.get(key) or self._idle.pop(key, None) or _Kept(self._open(key[0], policy))
        kept.busy += 1
        self._busy[key] = kept
        return kept

    def _open(self, scheme: str, policy: Policy) -> httpcore.AsyncConnectionPool:
        if scheme == "https" and self._tls is None:  # 22 ms, which plain http need not pay
            self._tls = self._make_tls()
        return httpcore.AsyncConnectionPool(
            ssl_context=self._tls,
            proxy=_proxy(policy.proxy),
            max_keepalive_connections=1,
            keepalive_expiry=_EXPIRY,
            network_backend=GuardedBackend(self._resolver, policy.allow),
        )

    async def _give_back(self, key: _Key, kept: _Kept, *, clean: bool) -> None:
        """Keep the connection for the next request, unless it is ``clean`` no more."""
        kept.busy -= 1
        if kept.busy or self._busy.get(key) is not kept:
            return
        del self._busy[key]
        if clean:
            kept.idle_since = self._clock.monotonic()
            self._idle[key] = kept
        else:
            await kept.pool.aclose()
        await self._thin_out()

    async def _thin_out(self) -> None:
        """Drop the connections that are too many or too old.

        While many are at work, many may wait for the next request to their host: it is about to come.
        """
        oldest = self._clock.monotonic() - _EXPIRY
        most = _KEPT_AT_WORK if len(self._busy) > self._kept else self._kept
        while self._idle:
            kept = next(iter(self._idle.values()))
            if len(self._idle) <= most and kept.idle_since >= oldest:
                return
            self._idle.popitem(last=False)
            await kept.pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The raw body of an answer; giving it back also gives the connection back."""

    def __init__(self, answer: httpcore.Response, give_back: Callable[[bool], Awaitable[None]]) -> None:
        self._stream = cast("httpx.AsyncByteStream", answer.stream)
        self._wire = answer.extensions.get("network_stream")
        self._give_back = give_back
        self._chunked = any(name.lower() == b"transfer-encoding" for name, _ in answer.headers)
        self._last = b""
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._last = piece
            yield piece

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._stream.aclose()
        finally:
            await self._give_back(self._is_clean())

    def _is_clean(self) -> bool:
        """Whether the answer ended where the last read ended.

        Bytes that follow it (a 304 with a body, a wrong length) would be taken for the next answer.
        """
        if self._wire is None:
            return True
        tail: bytes = self._wire.get_extra_info("tail")
        if self._last and not self._chunked:
            return tail.endswith(self._last)
        return tail.endswith(_BLANK) if self._chunked else tail.find(_BLANK) == len(tail) - len(_BLANK)


def _to_core(request: httpx.Request, policy: Policy) -> httpcore.Request:
    url = request.url
    connect = policy.limits.connect
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.content,
        extensions={"timeout": {"connect": connect}} | _traced(request),
    )


def _traced(request: httpx.Request) -> dict[str, object]:
    """What makes httpcore tell that the request goes out, where somebody wants to know."""
    leaves = request.extensions.get("leaves")
    if leaves is None:
        return {}

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        if event == _GOES_OUT and info["request"].method != b"CONNECT":  # that one goes to the proxy
            leaves()

    return {"trace": trace}


def _proxy(url: str) -> httpcore.Proxy | None:
    if not url:
        return None
    parsed = address(url)
    if parsed.scheme != "http":
        raise Misconfigured("only an http:// proxy can be used", "mend the `proxy` of this source")
    auth = (parsed.username, parsed.password) if parsed.userinfo else None
    return httpcore.Proxy(str(parsed.copy_with(userinfo=b"")), auth=auth)
