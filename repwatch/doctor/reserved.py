"""Names that are kept for examples and tests (RFC 2606, RFC 6761): nobody lives there."""

from __future__ import annotations

_RESERVED = ("example", "test", "invalid", "localhost", "local", "example.org", "example.com", "example.net")


def domain_of(address: str) -> str:
    """The domain of an e-mail address or of a web address, in small letters."""
    bare = address.rpartition("@")[2] if "@" in address else address.partition("://")[2] or address
    return bare.partition("/")[0].partition(":")[0].strip("<> ").lower()


def is_reserved(address: str) -> bool:
    """Whether the address is at such a name."""
    domain = domain_of(address)
    return any(domain == name or domain.endswith(f".{name}") for name in _RESERVED)
