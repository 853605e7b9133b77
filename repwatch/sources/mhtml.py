"""Takes the page out of a web archive (MHTML, RFC 2557), as browsers save it in one file."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from repwatch.errors import Unreadable

_START = re.compile(rb"(?:[A-Za-z][\w-]{0,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_MIME = re.compile(rb"^(?:mime-version|content-type)\s*:", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_HEAD = 64 * 1024  # bytes of one block of headers
_NESTED = 3  # parts inside parts: Internet Explorer puts the page into an "alternative" part
_PARTS = 2000
_PAGES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Archive:
    """A page and what its archive says of it, each "" where nothing does.

    ``saved`` is the Date header, ``charset`` what the page's part claims, ``url`` where it was saved from.
    """

    html: bytes
    charset: str = ""
    url: str = ""
    saved: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """The headers of a part, and where its body stands in the file: pictures need not be copied."""

    headers: Message
    start: int
    end: int

    @property
    def location(self) -> str:
        """Its address, without the blanks of a folded line."""
        return _unfolded(self.headers.get("Content-Location"))


def is_archive(body: bytes) -> bool:
    """Whether the bytes begin with MIME headers, whatever the file is called."""
    head = _START.match(body[:_HEAD].lstrip())
    return bool(head and _MIME.search(head[0]))


def opened(body: bytes) -> Archive:
    """The page of the archive: the part it names as its root, else the first page in it.

    Raises Unreadable when there is none.
    """
    whole = _part(body, len(body) - len(body.lstrip()), len(body))
    pages = [part for part in _leaves(body, whole, _NESTED) if part.headers.get_content_type() in _PAGES]
    if not pages:
        raise Unreadable("there is no page in this web archive", "save it again in the browser")
    url = _unfolded(whole.headers.get("Snapshot-Content-Location"))
    root = _unfolded(whole.headers.get_param("start"))
    page = next((part for part in pages if _is_root(part, root, url)), pages[0])
    return Archive(
        html=_decoded(page, body),
        charset=page.headers.get_content_charset("") or "",
        url=url or page.location,
        saved=_unfolded(whole.headers.get("Date"), " "),
    )


def _part(body: bytes, start: int, end: int) -> _Part:
    """The headers, and what is behind the first empty line."""
    head = body[start : min(end, start + _HEAD)]
    blank = _BLANK.search(head)
    cut = blank.end() if blank else 0
    return _Part(BytesHeaderParser().parsebytes(head[:cut]), start + cut, end)


def _leaves(body: bytes, part: _Part, depth: int) -> Iterator[_Part]:
    """The part itself, or those that it is made of."""
    boundary = part.headers.get_boundary("") or ""
    if part.headers.get_content_maintype() != "multipart":
        yield part
    elif boundary and depth:
        for start, end in _between(body, part, b"--" + boundary.encode("ascii", "replace")):
            yield from _leaves(body, _part(body, start, end), depth - 1)


def _between(body: bytes, part: _Part, fence: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts stand that the fence sets apart; what is before it and behind the last is none."""
    at = body.find(fence, part.start, part.end)
    for _ in range(_PARTS):
        start = body.find(b"\n", at + len(fence), part.end) + 1
        if at < 0 or not start or body.startswith(b"--", at + len(fence)):
            return
        at = body.find(fence, start, part.end)
        yield start, part.end if at < 0 else at


def _is_root(part: _Part, start: str, url: str) -> bool:
    named = start and _unfolded(part.headers.get("Content-ID")) == start
    return bool(named or (url and part.location == url))


def _unfolded(value: object, blank: str = "") -> str:
    return blank.join(str(value or "").split())


def _decoded(part: _Part, body: bytes) -> bytes:
    """The page's bytes as they were before they were made fit for mail."""
    coding = _unfolded(part.headers.get("Content-Transfer-Encoding")).lower()
    return _DECODERS.get(coding, bytes)(body[part.start : part.end])


def _base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body)
    except binascii.Error as error:
        raise Unreadable(f"the page in this web archive is damaged ({error})", "save it again") from error


_DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "quoted-printable": quopri.decodestring,
    "base64": _base64,
}
