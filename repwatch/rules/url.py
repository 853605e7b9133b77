"""Says what a link really points to: unwrapped, safe to click, and the same for the same page.

``unwrap`` looks through redirect links, ``safe_link`` gives what may be clicked, ``canonical`` what a
page is recognised by. None of them asks the network.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

import idna

from repwatch.rules.wrappers import peel

_NESTED = 5  # wrappers inside wrappers: deeper is a trap, not a link
_LONGEST = 4096
_DOTS_OR_DOUBLED = re.compile(r"/\.|//|%2e", re.IGNORECASE)
_REMEMBERED = 4096  # answers: identity, story and priority all ask about the same links
_DEFAULT_PORTS = {"http": 80, "https": 443}

_BLANKS = re.compile(r"[\t\n\r]")
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]")
_ASCII_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# What nearly every link looks like: nothing of it needs to be thought about.
_ORDINARY = re.compile(
    r"(https?)://([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)(/[A-Za-z0-9_.~/-]*)?(?:\?([A-Za-z0-9_.~/=&-]*))?",
    re.ASCII,
)
_NOTHING_TO_ESCAPE = re.compile(r"[A-Za-z0-9_.~/=&-]*", re.ASCII)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_KEPT_IN_PATH = "/:@!$&'()*+,;=~"
_KEPT_IN_QUERY = "/:@!$'()*,;?~"

_TRACKING = re.compile(
    r"utm_.*|mc_(cid|eid)|at_(medium|campaign|custom\d|link.*|format|ptr.*|variant|creation|bbc_team)|pk_.*"
    r"|mtm_.*|matomo_.*|hsa_.*|_hs(enc|mi)|__hs.*|vero_.*|oly_.*|xtor|xtref|[gmy]clid|dclid|gbraid|wbraid"
    r"|fbclid|msclkid|twclid|ttclid|li_fat_id|igshid|igsh|yclid|_openstat|gclsrc|_ga|_gl|cmpid|ns_.*|ocid"
    r"|smid|smtyp|ref_src|ref_url|ftag|wt_mc|mkt_tok|sc_campaign|s_cid|__twitter_impression|guccounter"
    r"|guce_referrer.*|cmp_?id|ito|taid|spm|feature_source|echobox"
)
_AMP_PARAMETERS = frozenset({"amp", "outputtype=amp", "output=amp", "amp_js_v", "usqp", "amp_gsa"})
_VARIANTS = frozenset({"www", "m", "mobile", "amp"})
_SECOND_LEVELS = frozenset({"co", "com", "org", "net", "ac", "gov", "gouv", "edu", "ne", "or", "asso"})
_AMP_PATH = re.compile(r"(?:/amp)+/*$|^/amp(?=/)|\.amp(?=(?:\.html?)?$)")


class _Parts(NamedTuple):
    """A usable link: ``host`` is ASCII, ``port`` is empty for the scheme's own."""

    scheme: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


@lru_cache(_REMEMBERED)
def unwrap(url: str) -> str:
    """The target of a redirect link (Google, Bing, Facebook ...), else the link itself, stripped.

    Only links that carry their target are looked through; it must be an absolute http(s) URL.
    """
    url = url.strip()
    for _ in range(_NESTED):
        target = peel(url)
        if not target or not _parse(target):
            break
        url = target
    return url


def safe_link(url: str) -> str:
    """The link as it may be clicked: absolute http(s), no user name, no tracking; "" when it is none."""
    parts = _parse(unwrap(url))
    if parts is None:
        return ""
    query = "&".join(item for item in parts.query.split("&") if item and not _tracks(item))
    tail = (f"?{_escaped(query, _KEPT_IN_QUERY + '&=+')}" if query else "") + (
        f"#{_escaped(parts.fragment, _KEPT_IN_QUERY + '&=+')}" if parts.fragment else ""
    )
    return f"{parts.scheme}://{parts.host}{parts.port}{_escaped(parts.path, _KEPT_IN_PATH) or '/'}{tail}"


@lru_cache(_REMEMBERED)
def canonical(url: str) -> str:
    """What a page is recognised by, "" when the link is not a usable http(s) one; idempotent.

    http and https, www., mobile and AMP variants are one page; tracking parameters do not count, the
    order of the others neither. Not meant to be clicked: see ``safe_link``.
    """
    parts = _parse(unwrap(url))
    if parts is None:
        return ""
    path = _plain_path(_escaped(_without_dots(parts.path), _KEPT_IN_PATH))
    query = _plain_query(parts.query)
    port = parts.port if parts.port not in (":80", ":443") else ""
    return f"https://{_plain_host(parts.host)}{port}{path}{query}{_route(parts.fragment)}"


@lru_cache(_REMEMBERED)
def host(url: str) -> str:
    """The host a page is recognised by (ASCII, without www. or m.), "" when the link is not usable."""
    parts = _parse(unwrap(url))
    return _plain_host(parts.host) if parts else ""


def shown_host(url: str) -> tuple[str, bool]:
    """The host as a reader should see it (punycode), and whether one of its labels mixes scripts."""
    parts = _parse(url)
    if parts is None:
        return "", False
    return parts.host.removeprefix("www."), any(_mixes_scripts(label) for label in parts.host.split("."))


# --- reading ----------------------------------------------------------------------------------


def _parse(url: str) -> _Parts | None:
    """The parts of an absolute http(s) link without user name, or None."""
    if len(url) <= _LONGEST and (plain := _ORDINARY.fullmatch(url)):
        scheme, name, path, query = plain.groups("")
        return _Parts(scheme, name, "", path, query, "")
    url = _BLANKS.sub("", url).strip("\x00\x20")
    if len(url) > _LONGEST:
        return None
    head, mark, fragment = url.partition("#")
    head, ask, query = head.partition("?")
    try:
        split = urlsplit(head.replace("\\", "/"))
        port = split.port
    except ValueError:  # a broken IPv6 address or port: the link leads nowhere
        return None
    name = _ascii_host(split.hostname or "")
    if split.scheme not in _DEFAULT_PORTS or "@" in split.netloc or not name:
        return None
    shown_port = "" if port in (None, _DEFAULT_PORTS[split.scheme]) else f":{port}"
    return _Parts(split.scheme, name, shown_port, split.path, query if ask else "", fragment if mark else "")


def _ascii_host(name: str) -> str:
    """The host in ASCII and lower case; "" when no resolver would take it."""
    if ":" in name:
        return f"[{name}]" if _IPV6.fullmatch(f"[{name}]") else ""
    name = name.rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    return name if _ASCII_HOST.fullmatch(name) else ""


def _escaped(text: str, kept: str) -> str:
    """The same text with one spelling of its escapes; an escaped separator stays escaped."""
    if _NOTHING_TO_ESCAPE.fullmatch(text):
        return text

    def respell(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match[0])
        return byte.decode() if byte.isalnum() or byte in b"-._~" else match[0].upper()

    return quote(_ESCAPE.sub(respell, text), safe=kept + "%", errors="replace")


# --- sameness ---------------------------------------------------------------------------------


def _plain_host(name: str) -> str:
    labels = name.split(".")
    while len(labels) > 2 and labels[0] in _VARIANTS and labels[1] not in _SECOND_LEVELS:  # noqa: PLR2004 - host.tld
        labels = labels[1:]
    return ".".join(label for i, label in enumerate(labels) if label != "m" or not 0 < i < len(labels) - 2)


def _without_dots(path: str) -> str:
    """The path with "." and ".." resolved, doubled slashes made one, and none at its end."""
    if path.startswith("/") and not _DOTS_OR_DOUBLED.search(path):
        return path.rstrip("/") or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        step = segment.lower().replace("%2e", ".")
        if step == "..":
            kept = kept[:-1]
        elif step not in (".", ""):
            kept.append(segment)
    return "/" + "/".join(kept)


def _plain_path(path: str) -> str:
    while path != (shorter := _AMP_PATH.sub("", path).rstrip("/")):
        path = shorter
    return path or "/"


def _plain_query(query: str) -> str:
    items = {_plain_item(_escaped(item, _KEPT_IN_QUERY + "=+")) for item in query.split("&")}
    kept = sorted(item for item in items if item and not _tracks(item) and not _asks_for_amp(item))
    return "?" + "&".join(kept) if kept else ""


def _plain_item(item: str) -> str:
    """A parameter without value is the same with and without its equals sign."""
    name, _, value = item.partition("=")
    return item if value else name


def _tracks(item: str) -> bool:
    return _TRACKING.fullmatch(item.partition("=")[0].lower()) is not None


def _asks_for_amp(item: str) -> bool:
    return item.lower() in _AMP_PARAMETERS or item.partition("=")[0].lower() in _AMP_PARAMETERS


def _route(fragment: str) -> str:
    """A fragment that names a page of its own ("#!..." and "#/..."), else nothing."""
    return "#" + _escaped(fragment, _KEPT_IN_QUERY + "&=+") if fragment.startswith(("!", "/")) else ""


def _mixes_scripts(label: str) -> bool:
    """Whether letters of two alphabets stand in one label, as in forged hosts."""
    try:
        letters = [char for char in idna.decode(label) if char.isalpha()]
    except idna.IDNAError:
        return False
    return len({unicodedata.name(char, "?").split()[0] for char in letters}) > 1
