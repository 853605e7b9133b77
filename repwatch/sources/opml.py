"""Reads the outline of feeds (OPML) that a feed reader exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from repwatch.errors import SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources.encoding import utf8
from repwatch.sources.strange import strange

Element = Any  # lxml has no types

MOST = 2000  # feeds of one file
ADDRESS = 4096  # characters
_DEEP = 50  # outlines inside outlines
_HEAD = 4096  # bytes in which a file says that it is OPML
_BARE = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_EXPECTED, _AGAIN = "an OPML file", "export the feeds as OPML from your feed reader"


class Opml:
    """One file; each feed in it is a finding with its title and its address as they stand."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """Nothing: the file is there."""
        del subjects
        return ()

    def parse(self, page: Page) -> Parsed:
        """Every outline that has the address of a feed, at whatever depth."""
        root = _root(page)
        found = tuple(_feeds(root, _DEEP))
        if len(found) > MOST:
            raise Unreadable(f"there are {len(found)} feeds in this file", f"split it: {MOST} are the most")
        return Parsed(findings=found, title=text.clean(root.findtext(".//{*}title") or "", text.TITLE))


def _root(page: Page) -> Element:
    body = utf8(page.body)
    if b"<!ENTITY" in body.upper():
        raise Unreadable("this file declares entities, which no OPML file needs", _AGAIN)
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True)
    try:
        # Feed readers forget to escape the "&" of an address now and then.
        root = etree.fromstring(_BARE.sub(b"&amp;", body), parser)
    except etree.XMLSyntaxError as error:
        raise _broken(page, error) from error
    if not _is(root, "opml"):
        raise strange(page, _EXPECTED, _AGAIN)
    return root


def _broken(page: Page, error: etree.XMLSyntaxError) -> SourceError:
    """The error for what is no XML: an outline with a mistake, or something else altogether."""
    if b"<opml" not in page.body[:_HEAD].lower():
        return strange(page, _EXPECTED, _AGAIN)
    return Unreadable(
        f"line {error.lineno} of this OPML file is broken ({text.clean(error.msg, 100)})", _AGAIN
    )


def _feeds(element: Element, depth: int) -> Iterator[Finding]:
    for child in element if depth else ():
        if _is(child, "outline"):
            said = {name.lower().replace("_", ""): value for name, value in child.attrib.items()}
            if said.get("xmlurl", "").strip():
                yield _finding(said)
        yield from _feeds(child, depth - 1)


def _finding(said: dict[str, str]) -> Finding:
    title = said.get("title", "").strip() or said.get("text", "")
    return Finding(title=text.clean(title, text.TITLE), url=text.clean(said["xmlurl"], ADDRESS))


def _is(element: Element, name: str) -> bool:
    return isinstance(element.tag, str) and etree.QName(element).localname.lower() == name
