"""Spells the names of IMAP folders: modified UTF-7 (RFC 3501, 5.1.3), in quotes."""

from __future__ import annotations

import base64
import re

_PLAIN = re.compile(r"[^ -~]+")
_SHIFTED = re.compile(r"&([^-]*)-")
_ESCAPED = re.compile(r'(["\\])')
_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:\\.|[^"])*"|NIL) (?P<name>.+)', re.DOTALL)


def quoted(text: str) -> str:
    """``text`` as an IMAP string in quotes."""
    return '"' + _ESCAPED.sub(r"\\\1", text) + '"'


def encoded(name: str) -> str:
    """A folder's name as it travels."""
    return _PLAIN.sub(lambda match: f"&{_base64(match[0])}-", name.replace("&", "&-"))


def decoded(name: str) -> str:
    """A folder's name as people write it; one that is not well spelled stays as it is."""
    try:
        return _SHIFTED.sub(lambda match: _text(match[1]) if match[1] else "&", name)
    except ValueError:
        return name


def listed(line: bytes) -> str:
    """The folder that a line of a LIST answer names, "" for one that cannot be opened."""
    found = _LISTED.match(line)
    if found is None or b"\\noselect" in found["flags"].lower():
        return ""
    raw = found["name"].decode("utf-8", "replace")
    if raw.startswith('"'):
        raw = re.sub(r"\\(.)", r"\1", raw[1:-1])
    return decoded(raw)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _text(coded: str) -> str:
    padded = coded.replace(",", "/") + "=" * (-len(coded) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")
