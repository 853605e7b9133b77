"""Reads the hits in the HTML of an alert mail, in the layouts since 2010.

Since 2014 each hit is an ``Article`` of schema.org. Before, a table holds its link three or four times
(title, picture, source, "see all stories"); the first with words is the title.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement

from repwatch.sources.alert_links import target
from repwatch.sources.entry import Entry

_ARTICLE = etree.XPath("//*[contains(@itemtype, 'schema.org/Article')]")
_URL = etree.XPath(".//a[@itemprop='url'][@href]")
_PUBLISHER = etree.XPath(".//*[@itemprop='publisher']")
_DESCRIPTION = etree.XPath(".//*[@itemprop='description']")
_LINKS = etree.XPath("//a[@href]")


def tree(markup: str) -> HtmlElement:
    """The parsed markup; an empty page for one that holds no element at all."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True)
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace") or b"<html></html>", parser=parser)
    except etree.ParserError:
        return html.document_fromstring(b"<html></html>", parser=parser)


def hits(page: HtmlElement) -> Iterator[Entry]:
    """Every hit, more than once where its link stands there more than once; the best telling first."""
    yield from _articles(page)
    yield from _titles(page)


def _articles(page: HtmlElement) -> Iterator[Entry]:
    for article in _ARTICLE(page):
        for link in _URL(article)[:1]:
            if page_of_hit := target(link.get("href")):
                yield Entry(
                    title=_text(link),
                    links=(page_of_hit,),
                    summary=_first(_DESCRIPTION(article)),
                    site=_first(_PUBLISHER(article)),
                )


def _titles(page: HtmlElement) -> Iterator[Entry]:
    """The old layout: a title's link, behind it a ``font`` with the source and the excerpt."""
    for link in _LINKS(page):
        page_of_hit = target(link.get("href"))
        words = _text(link)
        if page_of_hit and words:
            site, summary = _below(link)
            yield Entry(title=words, links=(page_of_hit,), summary=summary, site=site)


def _below(link: HtmlElement) -> tuple[str, str]:
    """(source, excerpt) of the ``font`` on the line below a title, "" where there is none."""
    block = link.getnext()
    if block is not None and block.tag == "br":
        block = block.getnext()
    if block is None or block.tag != "font":
        return "", ""
    sources = [_text(part) for part in block.iter("a") if not part.get("href")]
    said = [block.text or ""]
    for part in block:
        said += [" " if part.tag == "br" else "" if part.tag == "a" else _text(part), part.tail or ""]
    return next(iter(sources), ""), " ".join("".join(said).split())


def _first(elements: list[HtmlElement]) -> str:
    return _text(elements[0]) if elements else ""


def _text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())
