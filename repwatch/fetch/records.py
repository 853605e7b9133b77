"""Asks name servers for what the machine's resolver does not tell: MX and TXT records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from repwatch.errors import Unreachable

if TYPE_CHECKING:  # dnspython costs a tenth of a second, which only the doctor pays
    from dns.asyncresolver import Resolver

Kind = Literal["A", "AAAA", "MX", "TXT"]

_SECONDS = 6.0  # for one question, over all the name servers that are configured


class Records(Protocol):
    """Who knows what a domain says of itself."""

    async def ask(self, name: str, kind: Kind) -> Sequence[str]:
        """The records as text, none when there are none; raises Unreachable when nobody answers."""
        ...


class SystemRecords:
    """The name servers that the machine is set up with, or those of ``resolver``."""

    def __init__(self, resolver: Resolver | None = None, *, seconds: float = _SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    async def ask(self, name: str, kind: Kind) -> Sequence[str]:
        """The records as text: an MX is its host, "" for "takes no mail"; a TXT is one joined text."""
        from dns import asyncresolver, exception, resolver  # noqa: PLC0415 - see above

        try:
            asker = self._resolver or asyncresolver.Resolver()
            found = await asker.resolve(name, kind, lifetime=self._seconds, search=False)
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except (exception.DNSException, OSError, UnicodeError) as error:
            raise Unreachable(
                f"DNS: no answer about {name} ({type(error).__name__})",
                "check the name servers of the machine",
            ) from error
        return tuple(_text(record, kind) for record in found)


def _text(record: object, kind: Kind) -> str:
    if kind == "TXT":
        return b"".join(getattr(record, "strings", ())).decode("utf-8", "replace")
    if kind == "MX":
        return str(getattr(record, "exchange", "")).rstrip(".")
    return str(record)
