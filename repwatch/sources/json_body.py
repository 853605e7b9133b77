"""Reads a JSON answer into plain values, whatever its sender did to it."""

from __future__ import annotations

import json

from repwatch.errors import Unreadable
from repwatch.model import Page
from repwatch.sources.strange import strange


def load(page: Page, expected: str, next_step: str = "") -> object:
    """The JSON value of the page's body.

    Raises Blocked or Unreadable for anything else: HTML, a cut transfer, nesting that is an attack.
    """
    body = page.body.strip()
    if not body.startswith((b"{", b"[", b"\xef\xbb\xbf")) and body != b"null":
        raise strange(page, expected, next_step)
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        where = "its end is missing" if error.pos >= len(body) - 1 else f"broken at character {error.pos}"
        raise Unreadable(f"expected {expected}, got JSON that cannot be read: {where}", next_step) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; ten thousand brackets
        raise Unreadable(f"expected {expected}, got JSON that no honest service sends", next_step) from error


def mapping(value: object) -> dict[str, object]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def words(value: object) -> str:
    """A JSON string or number as text; "" for null, booleans and anything nested."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
