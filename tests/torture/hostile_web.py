"""The misbehaving sources of the hostile campaign: what each does, and how its runs may honestly end."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.hostile import Script, bomb, dribble, endless, hang_up, moved, never, reply, then_close
from tests.house import article
from tests.torture.web import FRONT, ITEM

FAILED = frozenset({"blocked", "unreachable", "unreadable", "misconfigured"})
READ = frozenset({"ok", "partial"})  # it did answer, if oddly
ANY = FAILED | READ | {"empty"}

PAGES = [article(number, f"Ada Exemple reads page {number}") for number in range(9_000_001, 9_000_021)]
GOOD = FRONT + "".join(ITEM.format(*each) for each in PAGES) + "</channel></rss>"
XML = {"Content_Type": "application/rss+xml"}
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><rss version="2.0"><channel><item><title>&i;</title></item></channel></rss>'
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{0}">]><rss version="2.0"><channel>'
    "<item><title>&x;</title><link>https://blog.example/x</link></item></channel></rss>"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One way to misbehave, and the outcomes that are no lie about it."""

    name: str
    answer: bytes | Script
    allowed: frozenset[str] = FAILED


async def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks the connection in the middle of the body."""
    writer.write(HEAD + b"Content-Length: 5000\r\n\r\n" + GOOD.encode()[:1000])
    await writer.drain()
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.transport.abort()


def late(seconds: float) -> Script:
    """A correct answer that takes its time."""

    async def script(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(page(GOOD))
        await writer.drain()

    return script


def page(body: str | bytes, status: int = 200, **headers: str) -> bytes:
    """A correct answer with this body."""
    return reply(body.encode() if isinstance(body, str) else body, status, **(headers or XML))


def feed(*items: str) -> str:
    return f"{FRONT}{''.join(items)}</channel></rss>"


def titled(title: str) -> str:
    return f"<item><title>{title}</title><link>https://blog.example/t</link></item>"


def attribute(number: int) -> str:
    return f'a{number}=""'


def rows() -> Iterator[Row]:
    """Every way to misbehave that one server can show; the numbers are those of the research."""
    yield from connections()
    yield from bodies()
    yield from statuses()
    yield from documents()


def connections() -> Iterator[Row]:
    """4-6, 9, 28, 29: how the answer travels."""
    yield Row("closed at once", hang_up)
    yield Row("never answers", never)
    yield Row("reset in the body", reset)
    yield Row("header dribble", dribble(HEAD + b"X: "))
    yield Row("body dribble", dribble(HEAD + b"Content-Length: 9999999\r\n\r\n", 1.0))
    yield Row("slow but correct", late(5), READ)
    yield Row("endless headers", endless(HEAD, b"X-More: " + b"y" * 4000 + b"\r\n"))
    yield Row("300 cookies", page(GOOD, 200, **{f"Set_Cookie{n}": "a" * 300 for n in range(300)}))
    yield Row("noise", then_close(bytes(range(256)) * 40))
    yield Row("HTTP/0.9", then_close(GOOD.encode()))
    yield Row("bad status line", then_close(b"HTTP/1.1 abc\r\n\r\n"))
    yield Row("NUL in a header", then_close(HEAD + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"))
    yield Row("cut transfer", then_close(HEAD + b"Content-Length: 5000\r\n\r\n" + GOOD.encode()[:900]))
    yield Row("negative length", then_close(HEAD + b"Content-Length: -5\r\n\r\n" + GOOD.encode()))
    yield Row("two lengths", then_close(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"))
    yield Row("huge length", then_close(HEAD + b"Content-Length: 1000000000000000\r\n\r\nabc"))
    yield Row("bad chunks", then_close(CHUNKED + b"zz\r\nabc\r\n"))
    yield Row("cut chunks", then_close(CHUNKED + b"64\r\nabc"))
    yield Row("ends early", then_close(b"HTTP/1.1 200"))


def bodies() -> Iterator[Row]:
    """8, 10, 11: how much there is of it, and how it is packed."""
    packed = gzip.compress(GOOD.encode())
    yield Row("endless body", endless(HEAD + b"Content-Type: text/xml\r\n\r\n", b"<item>" * 10_000))
    yield Row("endless chunks", endless(CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n"))
    yield Row("gzip bomb", bomb(200_000_000))
    yield Row(
        "double gzip bomb", reply(gzip.compress(gzip.compress(bytes(50_000_000))), Content_Encoding="gzip")
    )
    yield Row("stacked codings", reply(gzip.compress(packed), Content_Encoding="gzip, gzip"))
    yield Row("says gzip, is not", reply(GOOD.encode(), Content_Encoding="gzip"))
    yield Row("cut gzip", reply(packed[: len(packed) // 2], Content_Encoding="gzip"))
    yield Row("brotli unasked", reply(b"\x8b\x02\x80abc\x03", Content_Encoding="br"))
    yield Row("deflate unasked", reply(zlib.compress(GOOD.encode()), Content_Encoding="deflate"))
    yield Row("unknown coding", reply(GOOD.encode(), Content_Encoding="rot13"))


def statuses() -> Iterator[Row]:
    """12-17, 21, 23-26: what the status says."""
    for status in (401, 403, 404, 429, 451, 500, 502, 503, 999):
        yield Row(f"status {status}", page("no", status))
    yield Row("gone", page("no", 410))
    for value in ("120", "-5", "1000000000000", "soon", "Wed, 21 Oct 2037 07:28:00 GMT"):
        yield Row(f"retry after {value}", page("later", 429, Retry_After=value))
    yield Row("304 unasked", b"HTTP/1.1 304 Not Modified\r\n\r\n")
    yield Row("204", b"HTTP/1.1 204 No Content\r\n\r\n")
    yield Row("206", page(GOOD[:700], 206))
    yield Row("redirect loop", moved("/feed"))
    yield Row("empty location", moved(""))
    yield Row("long location", moved("/" + "x" * 200_000))
    for target in (
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "ftp://ftp.example/",
    ):
        yield Row(f"redirect to {target}", moved(target))
    yield Row("redirect to javascript", moved("javascript:alert(1)"))
    yield Row("redirect to a name that is none", moved("http://nowhere.invalid/"))


def documents() -> Iterator[Row]:
    """27, 30-38, 57: what the document is."""
    yield Row("nothing", page(""))
    yield Row("white space", page(" \n\t "))
    yield Row(
        "log-in page", page("<html><form><input type=password></form></html>", 200, Content_Type="text/html")
    )
    yield Row("maintenance", page("<html><title>Back soon</title></html>", 200, Content_Type="text/html"))
    yield Row("captcha", page("<html><div class='g-recaptcha'></div></html>", 200, Content_Type="text/html"))
    yield Row("billion laughs", page(LAUGHS))
    yield Row("external file", page(EXTERNAL.format("file:///etc/passwd")), FAILED | READ)
    yield Row("external address", page(EXTERNAL.format("http://127.0.0.1:9/")), FAILED | READ)
    yield Row("deep XML", page("<a>" * 100_000))
    yield Row("deep feed", page(feed("<item>" + "<b>" * 100_000)), FAILED | READ)
    yield Row("many attributes", page(feed(f"<item {' '.join(map(attribute, range(100_000)))}/>")), ANY)
    yield Row(
        "author regex", page(feed(f"<item><title>x</title><author>{'a' * 64_000}</author></item>")), ANY
    )
    yield Row("title of a megabyte", page(feed(titled("x" * 1_000_000))), FAILED | READ)
    yield Row("20 000 items", page(feed(*(titled(f"item {n}") for n in range(20_000)))), FAILED | READ)
    yield Row("cut XML", page(GOOD[: len(GOOD) * 3 // 4]), FAILED | {"partial"})
    yield Row("cut in the first item", page(GOOD[:200]), FAILED | {"partial"})
    yield Row("wrong charset", page(GOOD.encode("utf-16"), 200, Content_Type="text/xml; charset=ascii"), ANY)
    yield Row("unknown charset", page(GOOD, 200, Content_Type="text/xml; charset=klingon"), FAILED | READ)
    yield Row("wrong type", page(GOOD, 200, Content_Type="image/png"), FAILED | READ)
    yield Row("control characters", page(feed(titled("a&#0;b\x01\x85\u2028\u202e"))), FAILED | READ)
    yield Row("markup in a title", page(feed(titled("&lt;script&gt;alert(1)&lt;/script&gt;"))), READ)
    yield Row("encoded newline", page(feed(titled("=?utf-8?q?a=0ABcc:_x?="))), READ)
    yield Row("dates from nowhere", page(feed("<item><title>x</title><pubDate>99</pubDate></item>")), READ)
    yield Row("JSON too deep", page("[" * 100_000))
    yield Row("JSON of another shape", page('{"items": 7}'))
    yield Row("NaN", page('{"version": "https://jsonfeed.org/version/1.1", "items": [NaN]}'), ANY)
    yield Row("a picture", page(b"\x89PNG\r\n\x1a\n" + bytes(500), 200, Content_Type="image/png"))
