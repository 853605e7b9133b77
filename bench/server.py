"""The loopback feeds of the benchmark: a process of its own, many hosts, some of them without validators.

Run as ``python -m bench.server FEEDS HOSTS``; it prints its port once it listens. GET /-/cycle/N on any
host goes to cycle N: cycles 0 and 1 are alike, cycle 2 has new entries in a quarter of the feeds.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

WINDOW = 20  # entries in a feed
NEW = 5  # new ones in a changed feed
CHANGED_EVERY = 4  # a quarter of the feeds changes
WARM = 2  # the cycle with the changes
SUBJECT = "Mireille Exemple-Fictive"

_EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
_HABITS = 5  # of five servers one ignores validators, one knows ETag only, one Last-Modified only
_PROSE = """atelier club carnet courrier réseau profil agenda annuaire rencontre conseil method answer
meeting network reputation habit quarter report letter workshop author chapter question morning"""
_WORDS = _PROSE.split()


def host(number: int) -> str:
    """The loopback address of that host."""
    return f"127.0.{number // 250 + 1}.{number % 250 + 1}"


def address(feed: int, hosts: int, port: int) -> str:
    """Where that feed is."""
    return f"http://{host(feed % hosts)}:{port}/feed/{feed}"


def entries_in_all(feeds: int, cycle: int) -> int:
    """How many different entries all the feeds have shown up to that cycle."""
    changed = -(-feeds // CHANGED_EVERY) if cycle >= WARM else 0
    return feeds * WINDOW + changed * NEW


@dataclass
class Feeds:
    """All the feeds at the current cycle; a body is written once and kept."""

    hosts: int
    cycle: int = 0
    _bodies: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def write(self, feeds: int) -> None:
        """Write every body beforehand, so that no client waits for it."""
        for feed in range(feeds):
            for version in range(2 if feed % CHANGED_EVERY == 0 else 1):
                self._body(feed, version)

    def respond(self, head: bytes) -> bytes:
        """The whole response to a request's head."""
        target = head.split(b" ", 2)[1].decode()
        section, _, number = target.lstrip("/").rpartition("/")
        if section == "-/cycle":
            self.cycle = int(number)
            return _response("200 OK", b"", [])
        if section != "feed":
            return _response("404 Not Found", b"", [])
        return self._feed(int(number), head)

    def _feed(self, feed: int, head: bytes) -> bytes:
        version = int(self.cycle >= WARM and feed % CHANGED_EVERY == 0)
        habit = feed % self.hosts % _HABITS
        etag = f'"{feed}-{version}"'
        modified = format_datetime(_EPOCH + timedelta(days=20 + version), usegmt=True)
        validators = [f"ETag: {etag}"] * (habit not in (0, 2)) + [f"Last-Modified: {modified}"] * (habit > 1)
        if any(line.partition(": ")[2].encode() in head for line in validators):
            return _response("304 Not Modified", None, validators)
        kind = "atom" if feed % 2 else "rss"
        return _response(
            "200 OK", self._body(feed, version), [f"Content-Type: application/{kind}+xml", *validators]
        )

    def _body(self, feed: int, version: int) -> bytes:
        if (feed, version) not in self._bodies:
            write = _atom if feed % 2 else _rss
            self._bodies[feed, version] = write(feed, version * NEW).encode()
        return self._bodies[feed, version]


def _response(status: str, body: bytes | None, headers: list[str]) -> bytes:
    length = [] if body is None else [f"Content-Length: {len(body)}"]
    head = "\r\n".join([f"HTTP/1.1 {status}", *length, *headers, "", ""])
    return head.encode() + (body or b"")


@dataclass(frozen=True, slots=True)
class _Entry:
    link: str
    title: str
    text: str
    published: datetime


def _entries(feed: int, first: int) -> list[_Entry]:
    return [_entry(feed, number) for number in reversed(range(first, first + WINDOW))]


def _entry(feed: int, number: int) -> _Entry:
    dice = random.Random(feed * 1000 + number)
    words = " ".join(dice.choices(_WORDS, k=140))
    return _Entry(
        link=f"https://site-{feed}.example/article/{number}",
        title=f"{' '.join(dice.choices(_WORDS, k=5)).capitalize()} : {SUBJECT} ({feed}.{number})",
        text=f"{SUBJECT} {words}"[: dice.randint(300, 800)],
        published=_EPOCH + timedelta(hours=number, seconds=feed),
    )


def _atom(feed: int, first: int) -> str:
    items = "".join(
        f"<entry><id>tag:site-{feed}.example,2026:{entry.link}</id><title>{entry.title}</title>"
        f'<link href="{entry.link}"/><updated>{entry.published.isoformat()}</updated>'
        f'<content type="html">&lt;p&gt;{entry.text}&lt;/p&gt;</content></entry>\n'
        for entry in _entries(feed, first)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>https://site-{feed}.example/</id><title>Feed {feed}</title>"
        f"<updated>{_EPOCH.isoformat()}</updated>\n{items}</feed>\n"
    )


def _rss(feed: int, first: int) -> str:
    items = "".join(
        f"<item><title>{entry.title}</title><link>{entry.link}</link><guid>{entry.link}</guid>"
        f"<pubDate>{format_datetime(entry.published, usegmt=True)}</pubDate>"
        f"<description>&lt;p&gt;{entry.text}&lt;/p&gt;</description></item>\n"
        for entry in _entries(feed, first)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>Feed {feed}</title><link>https://site-{feed}.example/</link>"
        f"<description>Invented</description>\n{items}</channel></rss>\n"
    )


class _Connection(asyncio.Protocol):
    """One keep-alive connection; requests have no bodies here."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._feeds.respond(head))


async def _serve(feeds: int, hosts: int) -> None:
    world = Feeds(hosts)
    world.write(feeds)
    loop = asyncio.get_running_loop()
    with socket.create_server((host(0), 0)) as probe:
        port = probe.getsockname()[1]
    for number in range(hosts):
        await loop.create_server(lambda: _Connection(world), host(number), port, backlog=256)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
