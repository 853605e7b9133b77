"""Answers that no kind may read as "nothing new": refusals, and pages that are not what was asked for.

Shaped after what such services send, in our own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_HTML = {"content-type": "text/html; charset=utf-8"}
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Stranger:
    """An answer in place of the right one; ``name`` is what a failed check calls it."""

    name: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: _HTML)


def _page(title: str, content: str = "") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body>{content}</body></html>".encode()


REFUSALS = (
    Stranger(
        "a Cloudflare challenge",
        _page("Just a moment...", '<p id="challenge-error-text">Enable JavaScript to continue</p>'),
    ),
    Stranger(
        "a Cloudflare challenge with its status",
        _page("Just a moment...", '<div id="cf-challenge"></div>'),
        403,
        {**_HTML, "cf-mitigated": "challenge"},
    ),
    Stranger(
        "a CAPTCHA page",
        _page("Sorry...", '<form action="/sorry/index" method="post"><div class="g-recaptcha"></div></form>'),
    ),
    Stranger(
        "a DataDome challenge",
        b'{"url": "https://geo.captcha-delivery.com/captcha/?initialCid=invented"}',
        403,
        {**_JSON, "x-datadome": "protected"},
    ),
    Stranger(
        "a consent page",
        _page(
            "Before you continue",
            '<form action="https://consent.google.com/save" method="post"><button>Accept</button></form>',
        ),
    ),
    Stranger(
        "a login page",
        _page("Log in", '<form method="post"><input name="user"><input type="password"></form>'),
    ),
    Stranger("an access denied page", _page("Access denied", "<p>You cannot see this.</p>")),
    Stranger("a rate limit page", _page("Too Many Requests"), 429, {**_HTML, "retry-after": "60"}),
    Stranger("LinkedIn's 999", _page(""), 999),
)

FOREIGN = (
    Stranger("a web page", _page("Hello", "<p>A page about something else.</p>")),
    Stranger("an empty answer", b"", headers={}),
    Stranger("JSON of another kind", b'{"weather": "fine"}', headers=_JSON),
    Stranger("JSON that says an error", b'{"error": {"code": 500, "message": "try later"}}', headers=_JSON),
    Stranger("an error in plain text", b"Internal error", headers={"content-type": "text/plain"}),
    Stranger(
        "XML of another kind",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        headers={"content-type": "image/svg+xml"},
    ),
)
