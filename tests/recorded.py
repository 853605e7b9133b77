"""Reads the pages under tests/pages, and what is expected of them beside each."""

from __future__ import annotations

from pathlib import Path

from repwatch import recording
from repwatch.model import Page, Request
from repwatch.recording import MOMENT as NOW
from repwatch.recording import expected, shown

__all__ = ["NOW", "PAGES", "expected", "page", "recorded", "shown"]

PAGES = Path(__file__).parent / "pages"


def page(
    body: bytes | str | Path,
    request: Request | None = None,
    *,
    url: str = "https://press.example.org/feed",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Page:
    """An answer with this body, or the recorded one in this file."""
    if isinstance(body, Path):
        body = body.read_bytes()
    raw = body.encode() if isinstance(body, str) else body
    return Page(request or Request(url), status, url, headers or {}, raw, NOW)


def recorded(kind: str) -> list[Path]:
    """The recorded pages of a kind."""
    return recording.recordings(PAGES / kind)
