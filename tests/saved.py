"""Files as browsers save them: one web archive of several parts around a page under tests/pages."""

from __future__ import annotations

import base64
import quopri

from tests.recorded import PAGES

FOLDER = PAGES / "saved_page"
DATE = "Wed, 20 Nov 2024 10:02:03 -0000"
PIXEL = b"GIF89a\1\0\1\0\0\0\0;"


def archive(
    html: bytes,
    url: str,
    *,
    coding: str = "quoted-printable",
    date: str = DATE,
    charset: str = "",
    start: str = "",
) -> bytes:
    """A web archive as Chromium writes it: the page, then its frames, styles and pictures."""
    head = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {url}\r\nSubject: a page\r\nDate: {date}\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n'
        f'\tboundary="----MultipartBoundary--x1Y----"{start and f"; start={start}"}\r\n\r\n\r\n'
    ).encode()
    kind = f"text/html; charset={charset}" if charset else "text/html"
    parts = [
        part(html, url, kind, coding, "<frame-1@mhtml.blink>"),
        part(b"<html><body><h3>A frame, not the page</h3></body></html>", "cid:frame-2", "text/html", coding),
        part(b".g { color: red }", "cid:css-1", "text/css", "quoted-printable"),
        part(PIXEL, "https://www.example.org/logo.gif", "image/gif", "base64"),
    ]
    fence = b"------MultipartBoundary--x1Y----"
    return head + b"".join(fence + b"\r\n" + each for each in parts) + fence + b"--\r\n"


def part(body: bytes, location: str, kind: str, coding: str, cid: str = "") -> bytes:
    head = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {coding}", f"Content-Location: {location}"]
    if cid:
        head.append(f"Content-ID: {cid}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + encoded(body, coding) + b"\r\n"


def encoded(body: bytes, coding: str) -> bytes:
    if coding == "base64":
        return base64.encodebytes(body)
    return quopri.encodestring(body).replace(b"\n", b"\r\n") if coding == "quoted-printable" else body
