"""Watches any web page: its main text, or what a CSS selector or an XPath finds in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from lxml.etree import XPathError

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreadable
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.rules import refusal
from repwatch.rules.blocks import HEADING
from repwatch.sources import readable
from repwatch.sources.encoding import utf8
from repwatch.sources.snapshot import NO_TEXT, reading, seen
from repwatch.sources.strange import retry_after, strange

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.page import PageOptions

_NARROW = "compare the selector (or xpath) of this source with the page as it is now"
_OPEN = "watch a page that is open to everybody"
_DOOR = re.compile(r"/(?:log-?in|sign-?in|connexion|auth|sso|consent)\b", re.IGNORECASE)
_SCRIPTED = re.compile(r"(?:enable|activer|activez) (?:le )?javascript", re.IGNORECASE)
_LITTLE = 400  # characters: a page that says no more, and asks for scripts, has not said its text
_FEED = (b"<rss", b"<feed", b"<rdf:RDF")
_ACCEPT = {"accept": "text/html, application/xhtml+xml, text/plain;q=0.8"}


class WatchedPage:
    """The page at one address."""

    def __init__(self, options: PageOptions) -> None:
        self.url = options.url
        self.selector = options.selector
        self.xpath = options.xpath
        self.ignore = options.ignore
        self.numbers = options.numbers

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: whom the page concerns is seen when it is read."""
        del subjects
        return (Request(self.url, headers=_ACCEPT, reading=reading(self, self.selector, self.xpath)),)

    def parse(self, page: Page) -> Parsed:
        """The page's text. Raises rather than to take a page that cannot be read for an empty one."""
        if refused := refusal.recognise(page.status, page.headers, page.body):
            raise Blocked(refused, _OPEN, retry_after=retry_after(page))
        kind = page.headers.get("content-type", "").lower()
        if kind.startswith(("text/plain", "text/markdown")):
            lines = utf8(page.body, kind).decode("utf-8", "replace").splitlines()
            return seen(self, lines, title="", url=self.url)
        if not _is_html(kind, page.body):
            raise _no_page(page)
        _refuse_door(page)
        root = readable.tree(page)
        title = readable.title(root)
        return seen(self, self._blocks(root, title), title=title, url=self.url, language=root.get("lang", ""))

    def _blocks(self, root: readable.Element, title: str) -> Iterable[str]:
        if self.selector or self.xpath:
            return self._selected(root)
        found = list(readable.blocks(readable.main(root)))
        said = " ".join(found)
        if len(said) < _LITTLE and _SCRIPTED.search(said):
            raise Unreadable("the page shows its text only to browsers that run scripts", NO_TEXT)
        heading = f"{HEADING}{title}"
        return found if not title or heading in found else [heading, *found]

    def _selected(self, root: readable.Element) -> Iterable[str]:
        """What the selector finds; where it finds nothing the page has changed, and is not empty."""
        blocks = list(readable.selected(self._found(root)))
        if not any(block.strip() for block in blocks):
            raise Unreadable(f"{self.selector or self.xpath!r} finds nothing on the page", _NARROW)
        return blocks

    def _found(self, root: readable.Element) -> Iterable[object]:
        try:
            expression = HTMLTranslator().css_to_xpath(self.selector) if self.selector else self.xpath
            found = root.xpath(expression)
        except (XPathError, SelectorError) as error:
            raise Misconfigured(f"{self.selector or self.xpath!r} cannot be used ({error})") from error
        return found if isinstance(found, list) else [str(found)]


def _is_html(kind: str, body: bytes) -> bool:
    start = body[:1024].lower()
    return "html" in kind or (not kind and b"<html" in start) or b"<!doctype html" in start


def _refuse_door(page: Page) -> None:
    """Raise Blocked where a redirect led to a door instead of the page."""
    asked, came = urlsplit(page.request.url), urlsplit(page.url)
    if _DOOR.search(came.path) and not _DOOR.search(asked.path):
        raise Blocked("the page leads to a login or consent page", _OPEN)


def _no_page(page: Page) -> SourceError:
    if any(mark in page.body[:1024] for mark in _FEED):
        return Misconfigured("this is a feed, not a web page", "watch it with `kind: feed`")
    return strange(page, "a web page")
