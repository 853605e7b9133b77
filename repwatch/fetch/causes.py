"""Says in a few human words why a connection failed."""

from __future__ import annotations

import errno
import ssl

_ERRNO = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the network",
    errno.EMFILE: "this machine has no free file handles",
}
_CERTIFICATE = {  # OpenSSL's X509_V_ERR_* numbers
    9: "certificate not valid yet",
    10: "certificate expired",
    18: "certificate self-signed",
    19: "certificate signed by an unknown authority",
    20: "certificate signed by an unknown authority",
    23: "certificate revoked",
    62: "certificate of another host",
    64: "certificate of another host",
}


def of_connecting(error: OSError) -> str:
    """Why a TCP connection was not made."""
    if isinstance(error, TimeoutError):
        return "no connection within the time limit"
    return _ERRNO.get(error.errno or 0, f"no connection: {error.strerror or error}")


def of_talking(error: Exception) -> str:
    """Why a connection broke while it was used."""
    if isinstance(error, ssl.SSLError):
        return of_tls(error)
    number = error.errno if isinstance(error, OSError) else None
    return _ERRNO.get(number or 0, f"connection broken: {error}")


def of_tls(error: OSError) -> str:
    """Why two sides did not come to speak TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "TLS: " + _CERTIFICATE.get(error.verify_code, error.verify_message)
    if isinstance(error, TimeoutError):
        return "TLS: no handshake within the time limit"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'handshake failed').lower().replace('_', ' ')}"
    return "TLS: connection closed during the handshake"
