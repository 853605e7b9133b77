"""Writes what a parser found as JSON, and reads it back without trusting it.

The parser child reads hostile input, so its parent believes no type and unpickles nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from repwatch.errors import (
    Absent,
    Blocked,
    Crowded,
    Gone,
    Misconfigured,
    SourceError,
    Unreachable,
    Unreadable,
)
from repwatch.model import Finding, Kind, Parsed, Rank, Request, Snapshot, Wish
from repwatch.rules.blocks import LONGEST

T = TypeVar("T")

_ERRORS = {
    kind.__name__: kind for kind in (Blocked, Crowded, Unreachable, Absent, Unreadable, Misconfigured, Gone)
}
_NOUNS = (Parsed, Finding, Rank, Request, Snapshot, Wish)
_FINDING_TEXTS = ("title", "url", "summary", "guid", "author", "site", "language", "wrapped_url")
_TEXTS_OF_RANK = ("query", "engine", "locale")
_TEXTS_OF_SNAPSHOT = ("title", "url", "part", "language")


def dumps(result: Parsed | SourceError) -> bytes:
    """The result as JSON, whichever way the attempt ended."""
    value = _failure(result) if isinstance(result, SourceError) else result
    return json.dumps(value, default=_plain, ensure_ascii=False).encode("utf-8", "replace")


def loads(data: bytes) -> Parsed | SourceError:
    """The result that ``dumps`` wrote. Raises ValueError for anything that it cannot have written."""
    try:
        value = json.loads(data)
        return _error(value) if "error" in value else _parsed(value)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no parser's result: {error}") from error


def _failure(error: SourceError) -> dict[str, object]:
    # A third-party kind may raise a class of its own: the parent knows its nearest relative only.
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS), "Unreadable")
    return {
        "error": name,
        "cause": error.cause,
        "next_step": error.next_step,
        "retry_after": error.retry_after,
    }


def _plain(value: object) -> object:
    """The JSON form of the few types of the model that have none."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, _NOUNS):  # asdict() would copy every leaf: five times as slow
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    raise TypeError(f"{type(value).__name__} has no place in a parser's result")


# --- reading back -----------------------------------------------------------------------------


def _error(value: Mapping[str, Any]) -> SourceError:
    after = value["retry_after"]
    return _ERRORS[_is(str, value["error"])](
        _is(str, value["cause"]),
        _is(str, value["next_step"]),
        retry_after=None if after is None else float(_is((int, float), after)),
    )


def _parsed(value: Mapping[str, Any]) -> Parsed:
    return Parsed(
        findings=_all(_finding, value["findings"]),
        snapshots=_all(_snapshot, value["snapshots"]),
        follow=_all(_request, value["follow"]),
        missing=_all(_text, value["missing"]),
        title=_text(value["title"]),
        about=_fields(value["about"]),
        wait=float(_is((int, float), value["wait"])),
        wish=Wish(_number(value["wish"]["rest"]), _all(_number, value["wish"]["hours"])),
    )


def _finding(value: Mapping[str, Any]) -> Finding:
    published, rank = value["published"], value["rank"]
    return Finding(
        **{name: _text(value[name]) for name in _FINDING_TEXTS},
        kind=Kind(_text(value["kind"])),
        published=None if published is None else _moment(published),
        published_is_page_date=_is(bool, value["published_is_page_date"]),
        asserted=_is(bool, value["asserted"]),
        rank=None if rank is None else _rank(rank),
        fields=_fields(value["fields"]),
    )


def _rank(value: Mapping[str, Any]) -> Rank:
    return Rank(**{name: _text(value[name]) for name in _TEXTS_OF_RANK}, position=_number(value["position"]))


def _snapshot(value: Mapping[str, Any]) -> Snapshot:
    blocks = _all(_text, value["blocks"])
    if sum(map(len, blocks)) > LONGEST or any("\n" in block for block in blocks):
        raise ValueError("no text of a page that we could keep")
    return Snapshot(
        **{name: _text(value[name]) for name in _TEXTS_OF_SNAPSHOT},
        blocks=blocks,
        numbers=_is(bool, value["numbers"]),
    )


def _request(value: Mapping[str, Any]) -> Request:
    body, subject, method = value["body"], value["subject"], value["method"]
    if method not in ("GET", "POST"):
        raise ValueError(f"no method of ours: {method!r}")
    return Request(
        url=_text(value["url"]),
        subject=None if subject is None else _text(subject),
        method=method,
        headers=_fields(value["headers"]),
        body=None if body is None else base64.b64decode(_text(body), validate=True),
        expects=frozenset(_all(_number, value["expects"])),
        follow_off_host=_is(bool, value["follow_off_host"]),
        fresh=_is(bool, value["fresh"]),
        reading=_text(value["reading"]),
        context=_fields(value["context"]),
    )


def _fields(value: object) -> dict[str, str]:
    return {_text(key): _text(item) for key, item in _is(dict, value).items()}


def _all(read: Callable[[Any], T], value: object) -> tuple[T, ...]:
    return tuple(read(item) for item in _is(list, value))


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a moment without zone")
    return moment


def _text(value: object) -> str:
    return _is(str, value)


def _number(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError("a truth value in place of a number")
    return _is(int, value)


def _is(kind: type[T] | tuple[type[T], ...], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} in place of {kind}")
    return value
