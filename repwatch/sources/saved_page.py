"""Reads a page of search results that somebody saved from their browser: engine, query, organic places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml import etree, html
from lxml.cssselect import CSSSelector

from repwatch.errors import Blocked, SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Rank, Request, Subject
from repwatch.rules import refusal, text
from repwatch.sources import dates, engines, mhtml
from repwatch.sources.encoding import utf8
from repwatch.sources.engines import ENGINES, Engine, Search
from repwatch.sources.item import NAME, finding
from repwatch.sources.results import Result, results, says_nothing
from repwatch.sources.strange import strange

Element = Any  # lxml has no types

_EXPECTED = f"a page of search results of {engines.TITLES}"
_AGAIN = "open the search in the browser, wait until its results are there, and save that page"
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S{1,4096})")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?[\w.:-]{1,40}", re.IGNORECASE)
_HEAD = 4096  # bytes in which a browser notes where a page is from
_FORM = CSSSelector("form [name=q]")
_NAMED = CSSSelector("link[rel=canonical], meta[property='og:url'], base[href]")


class SavedPage:
    """One saved page, HTML or MHTML; its request is a file, and names nobody."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """Nothing: the page is there."""
        del subjects
        return ()

    def parse(self, page: Page) -> Parsed:
        """The organic results, ranked from 1 on.

        ``about`` has ``engine``, ``query``, ``locale``, ``before`` (results on earlier pages, "" where
        the page does not say) and ``saved`` (when it was saved, "" where it does not say).
        """
        archive = mhtml.opened(page.body) if mhtml.is_archive(page.body) else mhtml.Archive(page.body)
        page = replace(page, body=utf8(archive.html, _charset(archive)))
        address = archive.url or _saved_from(archive.html)
        tree = _tree(page)
        search = _recognised(tree, address, page)
        found = results(tree, search.engine, address or f"https://www.{search.engine.name}.com/")
        if not found and not says_nothing(tree, search.engine):
            raise _unseen(page, search)
        return Parsed(
            findings=tuple(_finding(each, place, search) for place, each in enumerate(found, 1) if each.url),
            missing=tuple(_hidden(found, search)),
            about=_about(search, dates.read(archive.saved, page.fetched_at)),
        )


# --- what page this is ------------------------------------------------------------------------


def _recognised(tree: Element, address: str, page: Page) -> Search:
    """The search that the page answers; raises Blocked or Unreadable when there is none to see."""
    search = engines.asked(address) or (None if address.startswith("http") else _by_itself(tree))
    if search is None:
        raise _stranger(page)
    if search.tab:
        raise _wrong_tab(page, search)
    query = text.clean(search.query or _typed(tree) or _called(tree, search.engine), NAME)
    if not query:
        raise _stranger(page, f"{_EXPECTED} that shows its query")
    return replace(search, query=query, locale=search.locale or engines.locale(tree.get("lang", "")))


def _by_itself(tree: Element) -> Search | None:
    """What the page says of itself, where nobody noted its address."""
    named = [engines.asked(url) for element in _NAMED(tree) for url in _addresses(element)]
    found = sorted(filter(None, named), key=lambda search: not search.query)
    if found:
        return found[0]
    return next((Search(each) for each in ENGINES if CSSSelector(each.marks)(tree)), None)


def _addresses(element: Element) -> Iterator[str]:
    yield from filter(None, (element.get("href"), element.get("content")))


def _typed(tree: Element) -> str:
    """The query in the search form."""
    fields = (field.get("value") or field.text or "" for field in _FORM(tree))
    return next((words for field in fields if (words := " ".join(field.split()))), "")


def _called(tree: Element, engine: Engine) -> str:
    """The query in the page's title."""
    title = " ".join((tree.findtext(".//title") or "").split())
    found = engine.called.fullmatch(title)
    return found[1] if found else ""


def _saved_from(body: bytes) -> str:
    found = _SAVED_FROM.search(body[:_HEAD])
    return found[1].decode("utf-8", "replace") if found else ""


def _about(search: Search, saved: datetime | None) -> dict[str, str]:
    return {
        "engine": search.engine.name,
        "query": search.query,
        "locale": search.locale,
        "before": "" if search.before is None else str(search.before),
        "saved": saved.isoformat() if saved else "",
    }


# --- what it says -----------------------------------------------------------------------------


def _finding(result: Result, place: int, search: Search) -> Finding:
    rank = Rank(search.query, search.engine.name, search.locale, place)
    return finding(title=result.title, urls=(result.url,), summary=result.summary, rank=rank)


def _hidden(found: Sequence[Result], search: Search) -> Iterator[str]:
    """A word about places whose address only the engine knows."""
    if number := sum(not result.url for result in found):
        which = "1 result hides its address" if number == 1 else f"{number} results hide their addresses"
        yield f"{which} behind {search.engine.title}'s redirect"


def _wrong_tab(page: Page, search: Search) -> SourceError:
    engine, tab = search.engine.title, text.clean(search.tab, 60)
    cause = f"this is {engine}, but not its page of web results ({tab})"
    return _refused(page) or Unreadable(cause, "choose All (or Web) there, and save that page")


def _unseen(page: Page, search: Search) -> SourceError:
    """No result, and no word that there are none: a page that was not ready, a refusal, or a new form."""
    cause = f"no result can be made out on this page of {search.engine.title} for {search.query}"
    return _refused(page) or Unreadable(cause, _AGAIN)


def _stranger(page: Page, expected: str = _EXPECTED) -> SourceError:
    return _refused(page) or strange(page, expected, _AGAIN)


def _refused(page: Page) -> Blocked | None:
    """The error for a page that an engine shows instead of results, None for any other."""
    cause = refusal.recognise(page.status, page.headers, page.body)
    return Blocked(f"a {cause} was saved, without any results", _AGAIN) if cause else None


# --- bytes ------------------------------------------------------------------------------------


def _tree(page: Page) -> Element:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        return html.document_fromstring(page.body, parser=parser)
    except etree.XMLSyntaxError as error:  # libxml2 ran out of the memory that a document may have
        raise Unreadable("the page is too large to be read", _AGAIN) from error
    except etree.ParserError as error:
        raise _stranger(page) from error


def _charset(archive: mhtml.Archive) -> str:
    """What the archive, or else the page itself, says of its encoding, as a header would."""
    found = None if archive.charset else _CHARSET.search(archive.html[:_HEAD])
    return found[0].decode("ascii", "replace") if found else f"charset={archive.charset}"
