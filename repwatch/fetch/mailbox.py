"""The second retriever behind the door: brings the new mails of an IMAP folder as one page.

Its addresses are ``imaps://USER@HOST:PORT/FOLDER?from=SENDER``; ``imap+starttls`` and ``imap`` (in the
clear) stand for the other ways. The request's headers hold what is no address: ``authorization`` (Basic,
of user NUL password) and ``most`` (how many mails one page may hold). The page is a mailbox file
(``rules.mbox``); its header ``warning`` says what was left, its validator ``etag`` how far we have read.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

from repwatch.aside import aside
from repwatch.errors import Misconfigured, Unreachable
from repwatch.fetch.guard import permitted
from repwatch.fetch.imap import Call, Cursor, Harvest, Session
from repwatch.fetch.limits import Leaves, Network, Policy
from repwatch.fetch.resolver import Resolver
from repwatch.model import Page, Request, Validators
from repwatch.rules import mbox

_SECURITY = {"imaps": "tls", "imap+starttls": "starttls", "imap": "none"}


def is_mailbox(url: str) -> bool:
    """Whether the address is one of a mailbox."""
    return url.partition("://")[0] in _SECURITY


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a mailbox's address."""

    security: str
    host: str
    port: int
    folder: str
    sender: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """The parts; raises Misconfigured for what is no address."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 993
        except ValueError as error:
            raise Misconfigured("not the address of a mailbox", "check host and port") from error
        sender = parse_qs(parts.query).get("from", [""])[0]
        return cls(_SECURITY[parts.scheme], host, port, unquote(parts.path[1:]), sender)


class Mailboxes:
    """Who reads mailboxes, guarded and within limits as web pages are."""

    def __init__(
        self, resolver: Resolver, trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._resolver = resolver
        self._trust = trust

    async def fetch(
        self,
        request: Request,
        address: Address,
        policy: Policy,
        known: Validators,
        now: datetime,
        *,
        leaves: Leaves | None = None,
    ) -> Page:
        """The mails that are new since ``known``. Raises a SourceError named by what to do next."""
        session = Session(await self._call(request, address, policy))
        if leaves:
            leaves(request.url, None, now)
        try:
            async with asyncio.timeout(policy.limits.total):
                harvest = await aside(partial(session.run, Cursor.parse(known.etag)), "repwatch-imap")
        except TimeoutError as error:
            raise Unreachable(f"no whole answer within {policy.limits.total:g} s") from error
        finally:
            session.cut()  # whoever stops waiting leaves no thread behind that reads on
        return _page(request, harvest, known, now)

    async def _call(self, request: Request, address: Address, policy: Policy) -> Call:
        if policy.proxy:
            raise Misconfigured(
                "a mailbox cannot be read through a proxy",
                "take `proxy` out of the file's `fetch`, or this source",
            )
        addresses = await permitted(self._resolver, address.host, address.port, policy.allow)
        if address.security == "none":
            _demand_near(address.host, addresses, policy.allow)
        login = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        user, _, password = login.partition("\0")
        return Call(
            host=address.host,
            port=address.port,
            addresses=addresses,
            security=address.security,
            user=user,
            password=password,
            folder=address.folder,
            sender=address.sender,
            most=int(request.headers["most"]),
            room=policy.limits.body,
            trust=self._trust,
            connect=policy.limits.connect,
            patience=policy.limits.total,
        )


def _demand_near(host: str, addresses: Sequence[str], allow: Sequence[Network]) -> None:
    """Raise Misconfigured where a password would travel in the clear over a network nobody vouched for."""
    for address in map(ipaddress.ip_address, addresses):
        if not address.is_loopback and not any(address in network for network in allow):
            raise Misconfigured(
                f"the password would travel to {host} in the clear", "set `security: tls` or `starttls`"
            )


def _page(request: Request, harvest: Harvest, known: Validators, now: datetime) -> Page:
    return Page(
        request=replace(request, headers={}),  # whoever reads the page needs no password
        status=200,
        url=request.url,
        headers={"content-type": mbox.TYPE} | ({"warning": harvest.warning} if harvest.warning else {}),
        body=mbox.joined(harvest.mails),
        fetched_at=now,
        validators=Validators(etag=str(harvest.cursor), whole_at=now if harvest.mails else known.whole_at),
        unchanged=bool(known.etag) and not harvest.mails and not harvest.warning,
    )
