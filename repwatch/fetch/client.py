"""Fetches one page politely and within limits: the function that everything else asks."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import unquote

import httpcore
import httpx

from repwatch import __version__
from repwatch.clock import Clock
from repwatch.errors import Misconfigured, SourceError, Unreachable
from repwatch.fetch import conditions, meaning, redirects
from repwatch.fetch.body import read_glance, read_whole, stream_of
from repwatch.fetch.limits import PATIENCE, Leaves, Policy
from repwatch.fetch.mailbox import Address, Mailboxes, is_mailbox
from repwatch.fetch.pacing import Pacer, Slots
from repwatch.fetch.redirects import Hop, Trail
from repwatch.fetch.resolver import Resolver, SystemResolver
from repwatch.fetch.transport import GuardedTransport
from repwatch.model import Fields, Page, Request, Validators

_log = logging.getLogger(__name__)

_HEAVY = 4  # large bodies at a time
_HOLD_LEAST, _HOLD_MOST = 60.0, 86_400.0  # seconds that a Retry-After may hold a host
_ASKS_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_OURS = frozenset({"host", "accept-encoding", "connection", "content-length", "transfer-encoding"})
_BROKEN = (
    httpx.TransportError,
    httpcore.ProtocolError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer on the wire; ``seconds`` is what it took of the total deadline."""

    status: int
    headers: Fields
    body: bytes
    seconds: float


class Fetcher:
    """The one door to the web: guarded, paced, bounded and honest about who asks."""

    def __init__(
        self,
        clock: Clock,
        *,
        contact: str,
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
        concurrency: int = 20,
    ) -> None:
        self._clock = clock
        self._agent = _user_agent(contact)
        resolver = resolver or SystemResolver()
        self._transport = transport or GuardedTransport(clock, resolver)
        self._mailboxes = Mailboxes(resolver)
        self._pacer = Pacer(clock)
        self._slots = Slots(concurrency)
        self._heavy = asyncio.Semaphore(_HEAVY)

    def introduce(self, contact: str) -> None:
        """Name another ``contact`` from now on."""
        self._agent = _user_agent(contact)

    async def close(self) -> None:
        """Drop every connection."""
        await self._transport.aclose()

    async def fetch(
        self, request: Request, policy: Policy, validators: Validators, leaves: Leaves | None = None
    ) -> Page:
        """The page that ``request`` asks for, after redirects, or the fact that it is unchanged.

        ``validators`` are those of the last page that was parsed. Waiting for the host's turn does not
        count against the total deadline. Raises a SourceError named by what to do next.
        """
        if is_mailbox(request.url):
            return await self._visit(request, policy, validators, leaves)
        now = self._clock.now()
        asking = conditions.conditional_headers(request, validators, now)
        hop = self._first_hop(request, policy, asking)
        trail = Trail(hop, policy.limits.redirects, off_host=request.follow_off_host)
        answer = await self._travel(trail, request, policy, leaves)
        url = str(trail.hop.url)
        page = Page(request, answer.status, url, answer.headers, answer.body, now, moved_to=trail.moved_to)
        return self._conclude(page, validators, conditional=bool(asking))

    def rest(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone: the next request waits for a moment, or is refused for longer."""
        hop = Hop("GET", redirects.address(url), {})
        if seconds <= PATIENCE:
            self._pacer.rest(hop.url.host, hop.port, seconds)
        else:
            until = self._clock.monotonic() + min(seconds, _HOLD_MOST)
            self._pacer.not_before(hop.url.host, hop.port, until)

    async def _visit(
        self, request: Request, policy: Policy, validators: Validators, leaves: Leaves | None
    ) -> Page:
        """The new mails of a mailbox, as a page."""
        address = Address.parse(request.url)
        async with self._pacer.turn(address.host, address.port, policy.interval), self._slots:
            now = self._clock.now()
            return await self._mailboxes.fetch(request, address, policy, validators, now, leaves=leaves)

    def _first_hop(self, request: Request, policy: Policy, asking: Fields) -> Hop:
        url = redirects.address(request.url)
        said = {"accept": "*/*", "user-agent": self._agent} | _lower(policy.headers) | _lower(request.headers)
        if url.userinfo:
            login = f"{unquote(url.username)}:{unquote(url.password)}".encode()
            said.setdefault("authorization", "Basic " + base64.b64encode(login).decode())
        if url.userinfo or url.fragment:
            url = url.copy_with(userinfo=b"", fragment=None)
        return Hop(request.method, url, said | {"accept-encoding": "gzip"} | dict(asking), request.body)

    async def _travel(self, trail: Trail, request: Request, policy: Policy, leaves: Leaves | None) -> _Answer:
        """The answer at the end of the redirects; all hops share the total deadline."""
        left = policy.limits.total
        while True:
            answer = await self._ask(trail, request, policy, left, leaves)
            if answer.status not in redirects.REDIRECTS or answer.status in request.expects:
                return answer
            trail.follow(answer.status, answer.headers.get("location", ""))
            left -= answer.seconds

    async def _ask(
        self, trail: Trail, request: Request, policy: Policy, left: float, leaves: Leaves | None
    ) -> _Answer:
        """One answer; ``left`` is what remains of the total deadline, in seconds."""
        hop = trail.hop
        async with self._pacer.turn(hop.url.host, hop.port, policy.interval), self._slots:
            started = self._clock.monotonic()
            try:
                async with asyncio.timeout(left):
                    status, headers, body = await self._exchange(hop, request, policy, leaves)
            except TimeoutError as error:
                raise Unreachable(f"no whole answer within {policy.limits.total:g} s") from error
            except _BROKEN as error:
                raise meaning.of_transport(error) from error
            except Misconfigured as error:
                if trail.redirected:  # the far side's doing: the owner has nothing to mend
                    raise Unreachable(f"{error.cause} (it was a redirect to {hop.url.host})") from error
                raise
        _log.debug("%s: %d, %d bytes", hop, status, len(body))
        return _Answer(status, headers, body, self._clock.monotonic() - started)

    async def _exchange(
        self, hop: Hop, request: Request, policy: Policy, leaves: Leaves | None
    ) -> tuple[int, Fields, bytes]:
        sending = _to_httpx(hop, policy)
        if leaves:
            sending.extensions["leaves"] = lambda: leaves(str(hop.url), hop.body, self._clock.now())
        response = await self._transport.handle_async_request(sending)
        try:
            headers = _read_headers(response.headers, policy.limits.header_bytes)
            status = response.status_code
            if status in meaning.WHOLE or status in request.expects:
                return status, headers, await read_whole(response, policy.limits.body, self._heavy)
            if status in redirects.REDIRECTS:
                return status, headers, b""
            return status, headers, await read_glance(response, policy.limits.body)
        finally:
            await stream_of(response).aclose()

    def _conclude(self, page: Page, old: Validators, *, conditional: bool) -> Page:
        """The page as the caller gets it, or its meaning as an error."""
        # A 304 that was not asked for means "no change" too, once there is something it may be the same as.
        if page.status == HTTPStatus.NOT_MODIFIED and (conditional or old.body_hash):
            fresh = conditions.after_unchanged(page.headers, old)
            return replace(page, body=b"", validators=fresh, unchanged=True)
        if page.status in meaning.WHOLE:
            fresh = conditions.after_whole(page, old, conditional=conditional)
            if fresh.body_hash == old.body_hash and not page.request.fresh:
                return replace(page, body=b"", validators=fresh, unchanged=True)
            page = replace(page, validators=fresh)
        try:
            meaning.raise_for_status(page)
        except SourceError as error:
            self._hold(page, error)
            raise
        return page

    def _hold(self, page: Page, error: SourceError) -> None:
        """Leave a host alone for as long as it asked, within reason."""
        if error.retry_after is not None and page.status in _ASKS_TO_WAIT:
            seconds = min(max(error.retry_after, _HOLD_LEAST), _HOLD_MOST)
            lane = Hop("GET", httpx.URL(page.url), {})
            self._pacer.not_before(lane.url.host, lane.port, self._clock.monotonic() + seconds)


def _user_agent(contact: str) -> str:
    """Who asks, in ASCII: ``repwatch/1.2.3 (+me@example.org)``."""
    name = f"repwatch/{__version__}"
    clean = "".join(char for char in contact if char.isascii() and char.isprintable()).strip()
    return f"{name} (+{clean})" if clean else name


def _lower(headers: Fields) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in lowered.items() if name not in _OURS}


def _to_httpx(hop: Hop, policy: Policy) -> httpx.Request:
    headers = [(name.encode(), value.encode()) for name, value in hop.headers.items()]
    return httpx.Request(
        hop.method, hop.url, headers=headers, content=hop.body, extensions={"policy": policy}
    )


def _read_headers(headers: httpx.Headers, limit: int) -> Fields:
    """Lower-case names to values; cookies are nobody's business. Raises Unreachable over ``limit`` bytes."""
    read: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in headers.raw:
        size += len(raw_name) + len(raw_value)
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        if name != "set-cookie":
            read[name] = f"{read[name]}, {value}" if name in read else value
    if size > limit:
        raise Unreachable("not a whole HTTP answer: its headers are too long")
    return read


def _text(raw: bytes) -> str:
    """A header's value: UTF-8, as servers write it (in ``Location``, say), else what the RFC says."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
