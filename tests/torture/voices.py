"""How sources of four kinds say what they have, and the ways in which they fail to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import httpx

from tests.house import article

PAGES = Path(__file__).parent.parent / "pages" / "blocked"
SONGS = ("wikipedia", "Paris")  # what the canaries of these kinds ask for
OLD = datetime(2021, 3, 4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """A post, by its number; an ``old`` one bears a date of years ago."""

    number: int
    old: bool = False

    @property
    def said(self) -> tuple[str, str, str]:
        """Its title, address and text."""
        return article(self.number)


Voice = Callable[[Sequence[Item], httpx.Request], httpx.Response]
Failure = Callable[[httpx.Request], httpx.Response]


def feed(items: Sequence[Item], _: httpx.Request) -> httpx.Response:
    """RSS."""
    said = "".join(map(_entry, items))
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{said}</channel></rss>'
    return httpx.Response(200, headers={"content-type": "application/rss+xml"}, content=text.encode())


def _entry(item: Item) -> str:
    title, link, text = map(escape, item.said)
    dated = f"<pubDate>{format_datetime(OLD)}</pubDate>" if item.old else ""
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>{dated}"
        f"<description>{text}</description></item>"
    )


def json_feed(items: Sequence[Item], _: httpx.Request) -> httpx.Response:
    """A JSON Feed."""
    listed = [_json_item(item) for item in items]
    return httpx.Response(200, json={"version": "https://jsonfeed.org/version/1.1", "items": listed})


def _json_item(item: Item) -> dict[str, str]:
    title, link, text = item.said
    dated = {"date_published": OLD.isoformat()} if item.old else {}
    return {"id": link, "url": link, "title": title, "content_text": text, **dated}


def searxng(items: Sequence[Item], request: httpx.Request) -> httpx.Response:
    """A SearXNG instance, which also knows what every one of them knows."""
    if sings(request):
        return _results([{"url": "https://www.wikipedia.example/", "title": "Wikipedia", "content": ""}])
    found = [dict(zip(("title", "url", "content"), item.said, strict=True)) for item in items if not item.old]
    return _results(found)


def _results(found: Sequence[Mapping[str, str]]) -> httpx.Response:
    results = [{**each, "engine": "one", "engines": ["one"]} for each in found]
    return httpx.Response(200, json={"results": results, "unresponsive_engines": []})


def sings(request: httpx.Request) -> bool:
    """Whether this is a canary's question."""
    return any(song in str(request.url) for song in SONGS)


# --- failures -----------------------------------------------------------------------------------


def page(name: str, status: int = 200, **headers: str) -> Failure:
    """One of the recorded refusals."""
    body = (PAGES / name).read_bytes()
    kind = {"html": "text/html", "txt": "text/plain", "json": "application/json"}[name.rpartition(".")[2]]
    said = {"content-type": kind, **{key.replace("_", "-"): value for key, value in headers.items()}}
    return lambda _: httpx.Response(status, headers=said, content=body)


def away(request: httpx.Request) -> httpx.Response:
    """Nobody is there."""
    raise httpx.ConnectError("refused", request=request)


def at_the_door(request: httpx.Request) -> httpx.Response:
    """Whoever asks is led to the log-in."""
    if request.url.path == "/login":
        return page("login-redirect.html")(request)
    return httpx.Response(302, headers={"location": "/login"})


FAILURES: Mapping[str, Failure] = {
    "503": lambda _: httpx.Response(503),
    "no answer": away,
    "challenge": page("cloudflare-challenge.html", 403, cf_mitigated="challenge"),
    "captcha": page("recaptcha.html"),
    "too many": page("gdelt-429.txt", 429, retry_after="3600"),
    "log-in": at_the_door,
    "nothing": page("empty.txt"),
    "consent": page("didomi.html"),
    "plain text": page("rate-limit.txt"),
    "another page": page("captive-portal.html"),
    "error in JSON": page("error-in-json.json"),
    "silent": lambda _: _results([]),  # of a search: it answers, and finds nothing for anybody
}
LONGEST = timedelta(days=3)
