"""Knows the redirect links that carry their target, and takes the target out of them, offline."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

Query = Mapping[str, str]

_MAY_BE_OPAQUE = re.compile("google|bing", re.IGNORECASE)  # what nearly no link has anywhere

# Exactly Google's own hosts: "google.com.evil.example" is somebody else's.
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com|cat|[a-z]{2}|com?\.[a-z]{2})")
_GOOGLE_NEWS_PATH = re.compile(
    r"(?:/__i)?(?:/rss)?(?:/rd)?/(?:rss/)?(?:rd/)?(?:articles|read)/([\w-]+={0,2})"
)
_AMP_CACHE_PATH = re.compile(r"/(?:[a-z]/)+([^/]+\..*)")
_YAHOO_PATH = re.compile(r"/RU=([^/]+)/")

# host (or its parent, with a leading dot), path, names of the parameter that holds the target
_CARRIERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("news.google.com", "/news/url", ("url", "q")),
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("l.threads.net", "/", ("u",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("html.duckduckgo.com", "/l/", ("uddg",)),
    ("linkedin.com", "/redir/redirect", ("url",)),
    ("linkedin.com", "/safety/go", ("url",)),
    ("youtube.com", "/redirect", ("q",)),
    ("out.reddit.com", "", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("vk.com", "/away.php", ("to",)),
    ("slack-redir.net", "/link", ("url",)),
    ("steamcommunity.com", "/linkfilter/", ("u", "url")),
    (".safelinks.protection.outlook.com", "/", ("url",)),
)

# A word that stands in the host of every wrapper: most links have none of them and need not be taken apart.
_MAY_WRAP = re.compile(
    "|".join(
        sorted(
            {re.escape(host.lstrip(".")) for host, _, _ in _CARRIERS}
            | {"google", "bing", "yahoo", "ampproject"}
        )
    ),
    re.IGNORECASE,
)


def peel(url: str) -> str:
    """The target that a redirect link carries, decoded once; "" when it carries none."""
    if not url.startswith("/url?") and not _MAY_WRAP.search(url):
        return ""
    if url.startswith("/url?"):  # a link of Google's result page, relative to its host
        url = f"https://www.google.com{url}"
    parts = _split(url)
    if parts is None:
        return ""
    host = (parts.hostname or "").removesuffix(".")
    if page := _amp(host, parts.path):
        return f"{page}?{parts.query}" if parts.query else page
    query = _fields(parts.query)
    for look in (_google, _google_news, _bing, _yahoo, _carrier):
        if target := look(host, parts.path, query):
            return target
    return ""


def opaque(url: str) -> bool:
    """Whether the link is a redirect whose target only its server knows: no identity can rest on it."""
    parts = _split(url) if _MAY_BE_OPAQUE.search(url) else None
    if parts is None:
        return False
    host = (parts.hostname or "").removesuffix(".")
    wraps = host == "news.google.com" and _GOOGLE_NEWS_PATH.fullmatch(parts.path)
    return bool(
        wraps or (_is_bing(host) and parts.path.startswith("/ck/")) or _is_google_redirect(host, parts.path)
    )


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) link without user name, or None."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a broken IPv6 address, or a host that Unicode makes ambiguous: nothing to look into
        return None
    return parts if parts.scheme in ("http", "https") and "@" not in parts.netloc else None


def _fields(query: str) -> Query:
    """The first value of each parameter; "+" stays a plus, for targets are not form values."""
    pairs = (item.partition("=") for item in reversed(query.split("&")))
    return {name: unquote(value).strip() for name, _, value in pairs}


def _is_google_redirect(host: str, path: str) -> bool:
    return path == "/url" and _GOOGLE.fullmatch(host) is not None


def _is_bing(host: str) -> bool:
    return host in ("bing.com", "www.bing.com")


def _google(host: str, path: str, query: Query) -> str:
    return (query.get("url") or query.get("q", "")) if _is_google_redirect(host, path) else ""


def _amp(host: str, path: str) -> str:
    """The page behind Google's AMP viewer and cache, which leave out the scheme and keep the query."""
    if _GOOGLE.fullmatch(host) and path.startswith("/amp/"):
        return "https://" + path.removeprefix("/amp/").removeprefix("s/")
    found = _AMP_CACHE_PATH.fullmatch(path)
    return f"https://{found[1]}" if found and host.endswith(".cdn.ampproject.org") else ""


def _google_news(host: str, path: str, _: Query) -> str:
    """Until mid-2024 the article's address stood in the link itself (protobuf, field 4)."""
    found = _GOOGLE_NEWS_PATH.fullmatch(path)
    if host != "news.google.com" or not found:
        return ""
    data = _base64(found[1])
    mark = data.find(b"\x22")
    if mark < 0 or mark > 4:  # noqa: PLR2004 - the tag follows one or two small fields
        return ""
    length, start = _varint(data, mark + 1)
    return _as_link(data[start : start + length])


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A protobuf number and the index after it."""
    number = shift = 0
    for index in range(at, min(at + 3, len(data))):
        number |= (data[index] & 0x7F) << shift
        shift += 7
        if data[index] < 0x80:  # noqa: PLR2004 - the bit that says "more follows"
            return number, index + 1
    return 0, at


def _bing(host: str, path: str, query: Query) -> str:
    coded = query.get("u", "")
    return _as_link(_base64(coded[2:])) if _is_bing(host) and path.startswith("/ck/") and coded else ""


def _yahoo(host: str, path: str, _: Query) -> str:
    found = _YAHOO_PATH.search(path)
    return unquote(found[1]) if found and host == "r.search.yahoo.com" else ""


def _carrier(host: str, path: str, query: Query) -> str:
    bare = host.removeprefix("www.")
    for owner, where, names in _CARRIERS:
        ours = host.endswith(owner) if owner.startswith(".") else bare == owner
        if ours and (not where or path.rstrip("/") == where.rstrip("/")):
            return next((query[name] for name in names if query.get(name)), "")
    return ""


def _base64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):  # not base64 after all
        return b""


def _as_link(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return text if text.startswith(("http://", "https://")) else ""
