"""Hides the secrets of a URL, so that it can stand in a log, a report or an error."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

HIDDEN = "***"

_SECRET = re.compile(
    r"(?:^|[-_.])(?:api)?(?:key|token|secret|sig|signature|auth|passw(?:or)?d|pwd|session|sid|code)$"
    r"|^(?:apikey|appid|app_id|accesstoken|authtoken|cx|hash|pass|credentials?)$",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"([^&;=?#]+)=([^&;#]*)")


def mask(url: str) -> str:
    """``url`` without its user name, its password and the values of secret query parameters.

    A text that is no URL at all is hidden whole, for nobody can say where its secret stands.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return parts._replace(
        netloc=_host(parts),
        query=_PARAMETER.sub(_hide, parts.query),
        fragment=_PARAMETER.sub(_hide, parts.fragment),
    ).geturl()


def _host(parts: SplitResult) -> str:
    userinfo, at, host = parts.netloc.rpartition("@")
    return f"{HIDDEN}@{host}" if at and userinfo else host


def _hide(match: re.Match[str]) -> str:
    name = match[1]
    return f"{name}={HIDDEN}" if _SECRET.search(name) else match[0]
