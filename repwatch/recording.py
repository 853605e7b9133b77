"""Recorded pages as files: the body, what stood around it, and what is expected of it.

``search.json`` is the body as it came. Beside it ``search.expected.json`` says what is to be read in
it, and ``search.page.json``, which may be missing, says what the body alone does not: the request,
the status, the headers. What it does not say is that of the first planned request, with status 200.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from repwatch.errors import RepwatchError, SourceError
from repwatch.model import Finding, Page, Parsed, Request, Snapshot

MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When a page came that does not say so itself."""

_EXPECTED, _AROUND = ".expected.json", ".page.json"
_PLAIN: tuple[object, ...] = (None, "", False, {}, "link")  # what a finding need not say
_SUFFIXES = (
    ("mbox", ".mbox"),
    ("json", ".json"),
    ("html", ".html"),
    ("xml", ".xml"),
    ("rss", ".xml"),
    ("text/", ".txt"),
)


def recordings(folder: Path) -> list[Path]:
    """The bodies in a folder, by name; none where there is no such folder."""
    files = (file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else ()
    return sorted(file for file in files if not file.name.startswith(".") and not _is_beside(file))


def load(file: Path, planned: Request) -> Page:
    """The page whose body is ``file``, as an answer to its own request, or else to ``planned``.

    Raises RepwatchError when the file, or what stands beside it, cannot be read.
    """
    around = _read(file.with_name(file.stem + _AROUND), {})
    try:
        request = _request(around.get("request", {}), planned)
        return Page(
            request=request,
            status=int(around.get("status", 200)),
            url=around.get("url", request.url),
            headers=around.get("headers", {}),
            body=file.read_bytes(),
            fetched_at=datetime.fromisoformat(around["at"]) if "at" in around else MOMENT,
        )
    except (OSError, TypeError, ValueError, AttributeError) as error:
        raise RepwatchError(f"{file} is no recorded page: {error}") from error


def files(name: str, page: Page, expected: bytes) -> dict[str, bytes]:
    """The three files of a page, by name."""
    around = {
        "request": _plain(page.request),
        "status": page.status,
        "url": page.url,
        "headers": dict(page.headers),
        "at": page.fetched_at.isoformat(timespec="seconds"),
    }
    return {
        name + suffix(page): page.body,
        name + _AROUND: written(around),
        name + _EXPECTED: expected,
    }


def suffix(page: Page) -> str:
    """How a body's file ends: ``.mbox``, ``.json``, ``.xml``, ``.html``, ``.txt`` or ``.bin``."""
    kind = page.headers.get("content-type", "").lower()
    return next((end for word, end in _SUFFIXES if word in kind), ".bin")


def expected_file(file: Path) -> Path:
    """Where it stands what is to be read in a body."""
    return file.with_name(file.stem + _EXPECTED)


def expected(file: Path) -> object:
    """What is to be read in a body; None when nobody has said it yet. Raises RepwatchError."""
    return _read(expected_file(file), None)


def written(value: object) -> bytes:
    """A JSON file of ours."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def shown(result: Parsed | SourceError) -> dict[str, object]:
    """What a page said, as the files beside the pages write it: without what is empty."""
    if isinstance(result, SourceError):
        return {"raises": type(result).__name__, "cause": result.cause}
    whole = {
        "title": result.title,
        "missing": list(result.missing),
        "follow": [request.url for request in result.follow],
        "findings": [_finding(item) for item in result.findings],
        "snapshots": [_snapshot(item) for item in result.snapshots],
    }
    return {key: value for key, value in whole.items() if value}


def _finding(item: Finding) -> dict[str, object]:
    values = asdict(item)
    values["published"] = item.published.isoformat() if item.published else None
    return {key: value for key, value in values.items() if value not in _PLAIN}


def _snapshot(item: Snapshot) -> dict[str, object]:
    values = {**asdict(item), "blocks": list(item.blocks)}
    return {key: value for key, value in values.items() if value not in ("", True)}


def _is_beside(file: Path) -> bool:
    return file.name.endswith((_EXPECTED, _AROUND))


def _request(given: Mapping[str, Any], planned: Request) -> Request:
    """The request as it is given; one that has no address of its own is the planned one, changed."""
    known = {each.name for each in fields(Request)}
    if unknown := sorted(given.keys() - known):
        raise ValueError(f"a request has no {', '.join(unknown)}")
    values = dict(given)
    if "body" in values:
        values["body"] = str(values["body"]).encode()
    if "expects" in values:
        values["expects"] = frozenset(values["expects"])
    return Request(**values) if "url" in values else replace(planned, **values)


def _plain(request: Request) -> dict[str, object]:
    """All that is not as every request has it."""
    usual = Request(request.url)
    values = {each.name: getattr(request, each.name) for each in fields(Request)}
    values = {name: value for name, value in values.items() if value != getattr(usual, name)}
    if "body" in values:
        values["body"] = values["body"].decode("utf-8", "replace")
    if "expects" in values:
        values["expects"] = sorted(values["expects"])
    return {"url": request.url, **values}


def _read(file: Path, otherwise: Any) -> Any:  # noqa: ANN401 - JSON is of any type
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return otherwise
    except (OSError, ValueError) as error:
        raise RepwatchError(f"{file} cannot be read: {error}") from error
