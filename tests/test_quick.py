"""The fast reader gives what feedparser gives, or gives up."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.model import Page, Request
from repwatch.sources import quick, syndication
from repwatch.sources.encoding import utf8
from repwatch.sources.entry import Document

PAGES = sorted(Path(__file__).with_name("pages").rglob("*.xml"))
URL = "https://blog.example/feed"

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Carnet</title><link>https://blog.example/</link>
<language>fr</language><item><title>Ada Exemple &amp;amp; ses toiles</title><link>https://blog.example/1</link>
<guid isPermaLink="false">un</guid><description>&lt;p&gt;Une visite.&lt;/p&gt;</description>
<pubDate>Mon, 23 Nov 2026 09:30:00 +0100</pubDate>
<dc:creator>Bob Fictif</dc:creator></item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><id>urn:carnet</id><title>Carnet</title>
<entry><id>urn:1</id><title>Ada Exemple</title><link href="https://blog.example/1"/>
<summary type="html">&lt;b&gt;Une&lt;/b&gt; visite</summary><author><name>Bob Fictif</name></author>
<updated>2026-11-23T09:30:00.250+01:00</updated></entry></feed>"""


def page(body: bytes) -> Page:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Page(Request(URL), 200, URL, {"content-type": "application/xml"}, body, at)


def both(text: str) -> tuple[Document | None, Document]:
    body = text.encode()
    return quick.read(body, page(body)), syndication._thorough(body, page(body))


@pytest.mark.parametrize("text", [RSS, ATOM], ids=["rss", "atom"])
def test_an_ordinary_feed_is_read_as_feedparser_reads_it(text: str) -> None:
    fast, thorough = both(text)
    assert fast == thorough
    assert fast is not None
    assert fast.entries[0].author == "Bob Fictif"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_recorded_page_is_the_same_or_left_alone(path: Path) -> None:
    body = utf8(path.read_bytes(), "application/xml")
    fast = quick.read(body, page(body)) if body else None
    assert fast is None or fast == syndication._thorough(body, page(body))


SPOKEN = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co")), max_size=40)


@given(title=SPOKEN, summary=SPOKEN, guid=SPOKEN)
def test_any_text_is_read_as_feedparser_reads_it_or_left_alone(title: str, summary: str, guid: str) -> None:
    item = "".join(
        f"<{name}>{html.escape(text)}</{name}>"
        for name, text in (("title", title), ("description", summary), ("guid", guid))
    )
    fast, thorough = both(
        f'<rss version="2.0"><channel><title>T</title><item>{item}'
        f"<link>https://blog.example/x</link></item></channel></rss>"
    )
    assert fast is None or fast == thorough


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version="2.0"', 'version="0.91"'),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]>'),
        ("<item>", '<item xml:base="https://other.example/">'),
        ("<item>", '<item xml:lang="en">'),
        ("<channel>", "<channel><dc:language>en</dc:language>"),
        ("</channel>", "<Item><title>Lost</title></Item></channel>"),
        ("https://blog.example/1", "/1"),
        ("https://blog.example/1", "https://blog.example/1?"),
        ("Mon, 23 Nov 2026", "Lun, 23 Nov 2026"),
        ("Mon, 23 Nov 2026 09:30:00 +0100", "23.11.2026"),
        ("<description>", "<description><b>bare</b>"),
        ("Bob Fictif", "BÃ©a Fictive"),
        ("<guid", "<source url='https://x.example/'>X</source><guid"),
        ("</item>", "<title>Another</title></item>"),
        ("</rss>", ""),
        ("&amp;amp;", "&nbsp;"),
    ],
)
def test_anything_unusual_is_left_to_feedparser(old: str, new: str) -> None:
    assert old in RSS
    body = RSS.replace(old, new, 1).encode()
    assert quick.read(body, page(body)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type="html"', 'type="xhtml"'),
        ('xml:lang="fr"', 'xml:lang="fr_FR"'),
        ("<name>", "<email>bob@blog.example</email><name>"),
        ('href="https://blog.example/1"', 'href="https://blog.example/1" type="audio/mpeg"'),
        ("</entry>", '<content src="https://blog.example/1"/></entry>'),
    ],
)
def test_unusual_atom_is_left_to_feedparser(old: str, new: str) -> None:
    assert old in ATOM
    body = ATOM.replace(old, new, 1).encode()
    assert quick.read(body, page(body)) is None


@pytest.mark.parametrize("head", ["", "<ttl>60</ttl>", "<skipHours><hour>3</hour></skipHours>"])
def test_a_glance_sees_what_the_parser_child_would(head: str) -> None:
    feed = page(RSS.replace("<item>", f"{head}<item>").encode())
    assert syndication.glance(feed) == syndication.read(feed) is not None


def test_the_parser_child_is_spared_feedparser_for_an_ordinary_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    def thorough(*_: object) -> Document:
        raise AssertionError("feedparser was asked")

    monkeypatch.setattr(syndication, "_thorough", thorough)
    assert len(syndication.read(page(RSS.encode())).entries) == 1
