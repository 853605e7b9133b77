"""Reads the pages under tests/pages, and what is expected of them beside each."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from repwatch.model import Finding, Page, Parsed, Request

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


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
    return sorted(file for file in (PAGES / kind).iterdir() if not file.name.endswith(".expected.json"))


def expected(file: Path) -> object:
    """What stands beside a recorded page."""
    return json.loads(file.with_name(f"{file.stem}.expected.json").read_text("utf-8"))


def shown(parsed: Parsed) -> object:
    """What a page said, as the files beside the pages write it: without what is empty."""
    whole = {
        "title": parsed.title,
        "missing": list(parsed.missing),
        "follow": [request.url for request in parsed.follow],
        "findings": [_spare(item) for item in parsed.findings],
    }
    return {key: value for key, value in whole.items() if value}


def _spare(item: Finding) -> dict[str, object]:
    values = asdict(item)
    values["published"] = item.published.isoformat() if item.published else None
    return {key: value for key, value in values.items() if value not in (None, "", False, {}, "link")}
