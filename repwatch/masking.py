"""Hides secrets wherever something is shown or kept: those of a URL, and those that were read for use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_plus, urlsplit

HIDDEN = "***"

_SECRET = re.compile(
    r"(?:^|[-_.])(?:api)?(?:key|token|secret|sig|signature|auth|passw(?:or)?d|pwd|session|sid|code)$"
    r"|^(?:apikey|appid|app_id|accesstoken|authtoken|cx|hash|pass|credentials?)$",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"([^&;=?#]+)=([^&;#]*)")
_ADDRESS = re.compile(r"\bhttps?://[^\s\"'<>\\]+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9_-]{16,}")
_SWITCH = re.compile(r"(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]")
_SWITCHES = 4
_FEED_TOKEN = 16  # characters
_LEAST = 8  # characters of a secret that is looked for in any text: a shorter one may be a word

_MOST_PASSING = 64  # tokens of log-ins: each round brings new ones, and the old ones end

_kept: set[str] = set()
_passing: dict[str, None] = {}


def keep_secret(value: str) -> None:
    """Remember a secret of this process, so that ``hide`` finds it wherever it turns up."""
    if len(value) >= _LEAST:
        _kept.update({value, quote(value), quote(value, safe="")})


def keep_token(headers: Mapping[str, str]) -> None:
    """Remember the token in an ``Authorization`` that an answer gave us; only the newest ones stay known."""
    token = headers.get("authorization", "").rpartition(" ")[2]
    if len(token) >= _LEAST:
        _passing.pop(token, None)
        _passing[token] = None
        if len(_passing) > _MOST_PASSING:
            del _passing[next(iter(_passing))]


def keep_secrets_of(url: str) -> None:
    """Remember what is surely secret in an address: a password, a key that is named so."""
    for value in _secrets(url):
        keep_secret(value)


def hide(text: str) -> str:
    """The text without the secrets of its addresses, and without any that this process knows."""
    if "://" in text:
        text = _ADDRESS.sub(lambda match: mask(match[0]), text)
    return redact(text)


def redact(text: str) -> str:
    """The text without the secrets that this process knows; its addresses stay as they are."""
    for secret in (*_kept, *_passing):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text


def mask(url: str) -> str:
    """``url`` without its user name, its password, the values of secret parameters, and other tokens.

    A text that is no URL at all is hidden whole, for nobody can say where its secret stands.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return parts._replace(
        netloc=_host(parts),
        path="/".join(HIDDEN if _is_token(segment) else segment for segment in parts.path.split("/")),
        query=_PARAMETER.sub(_masked, parts.query),
        fragment=_PARAMETER.sub(_masked, parts.fragment),
    ).geturl()


def hidden_in(url: str) -> Iterator[str]:
    """The values that ``mask`` hides in an address, as they were before they were written into it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    yield from _secrets(url)
    yield from (segment for segment in parts.path.split("/") if _is_token(segment))
    for name, value in _PARAMETER.findall(f"{parts.query}&{parts.fragment}"):
        if _is_secret(name, value):
            yield unquote_plus(value)


def _host(parts: SplitResult) -> str:
    userinfo, at, host = parts.netloc.rpartition("@")
    return f"{HIDDEN}@{host}" if at and userinfo else host


def _masked(match: re.Match[str]) -> str:
    return f"{match[1]}={HIDDEN}" if _is_secret(match[1], match[2]) else match[0]


def _is_secret(name: str, value: str) -> bool:
    of_reddit = name == "feed" and len(value) >= _FEED_TOKEN  # elsewhere it names a format: rss2, atom
    return bool(_SECRET.search(name) or of_reddit or _is_token(value))


def _is_token(word: str) -> bool:
    """Whether it is a token without a telling name: long, and as no word is written."""
    return bool(_WORD.fullmatch(word)) and (word.isdigit() or len(_SWITCH.findall(word)) >= _SWITCHES)


def _secrets(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    userinfo, _, _ = parts.netloc.rpartition("@")
    yield from (unquote(part) for part in userinfo.split(":")[-1:] if part)
    yield from (value for name, value in parse_qsl(parts.query) if _SECRET.search(name))
