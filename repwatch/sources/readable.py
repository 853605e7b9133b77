"""Reads a web page's text: its blocks in their order, without what is furniture.

The main text is what ``<main>``, one ``<article>`` or else the body holds, less navigation, banners,
scripts and what is hidden. It is a small heuristic over lxml: extractors such as trafilatura weigh five
more packages and aim at articles, while watched pages are team lists, registers and notices as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from repwatch.errors import Unreadable
from repwatch.model import Page
from repwatch.rules.blocks import HEADING
from repwatch.sources.encoding import utf8

Element = Any  # lxml ships no types

LARGEST = 2 * 1024 * 1024
"""Bytes of HTML: a page of 3 MiB was seen to need more memory than the parser child has."""

_META = re.compile(rb"""<meta[^>]{0,200}charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset"
    "|figcaption|figure|footer|form|h[1-6]|header|hgroup|hr|html|legend|li|main|menu|nav|ol|p|pre|section"
    "|summary|table|tbody|tfoot|thead|title|tr|ul"
)
_CELLS = frozenset({"td", "th"})
_HEADING = re.compile("h[1-6]")
_SILENT = (
    "//script|//style|//noscript|//template|//iframe|//object|//embed|//svg|//math|//canvas|//audio|//video"
    "|//select|//textarea|//button|//input|//datalist|//dialog"
    "|//*[@hidden or @aria-hidden='true' or @aria-modal='true']"
    "|//*[contains(translate(@style, ' ', ''), 'display:none')]"
)
_FURNITURE = (
    ".//nav|.//aside|.//footer|.//header[not(.//h1)]|.//*[@role='navigation' or @role='banner'"
    " or @role='contentinfo' or @role='search' or @role='alertdialog' or @role='complementary']"
)
_NAMED = (
    r"(?:.*[-_])?(?:cookies?|consent|gdpr|rgpd|onetrust.*|didomi.*|axeptio.*|tarteaucitron.*|cmp|breadcrumbs?"
    r"|sidebar|related|recommended|share|sharing|social|newsletter|popup|modal|advert(?:s|isement)?|ads|sponsor(?:ed)?"
    r"|promo|skip-?link)(?:[-_].*)?"
)
_FURNITURE_NAME = re.compile(_NAMED, re.IGNORECASE)
_HALF = 0.5


def tree(page: Page) -> Element:
    """The page's HTML as a tree, without scripts, forms and what is hidden; raises Unreadable."""
    if len(page.body) > LARGEST:
        raise Unreadable(f"the page has more than {LARGEST // 1024**2} MiB of HTML")
    return silenced(parsed(page.body, page.headers.get("content-type", "")))


def parsed(body: bytes, content_type: str = "") -> Element:
    """Any HTML as a tree, as forgiving as browsers are; raises Unreadable where there is none."""
    charset = _META.search(body[:4096])
    if charset and "charset" not in content_type.lower():
        content_type += f"; charset={charset[1].decode('ascii', 'replace')}"
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(utf8(body, content_type).replace(b"\0", b""), parser)
    if root is None:
        raise Unreadable("the page has no HTML in it")
    return root


def silenced(root: Element) -> Element:
    """The tree without scripts, forms and what is hidden."""
    drop(root, _SILENT)
    return root


def drop(root: Element, path: str) -> None:
    """Take out what an XPath finds."""
    for element in root.xpath(path):
        _drop(element)


def title(root: Element) -> str:
    """What the page calls itself."""
    return " ".join(str(root.findtext(".//title") or "").split())


def main(root: Element) -> Element:
    """The part of the page that is its text, without furniture."""
    part = _main_part(root)
    drop(part, _FURNITURE)
    whole = len(words(part))
    for element in part.xpath(".//*[@class or @id]"):
        if _is_furniture(element) and len(words(element)) < _HALF * whole:
            _drop(element)
    return part


def words(element: Element) -> str:
    """The text of an element, all in one."""
    return " ".join("".join(element.itertext()).split())


def blocks(element: Element) -> Iterator[str]:
    """The paragraphs below an element: headings as ``# …``, the cells of a table's row side by side."""
    line: list[str] = []
    heading = False
    for event, each in etree.iterwalk(element, events=("start", "end")):
        starts, name = event == "start", str(each.tag)
        if _BLOCK.fullmatch(name):
            yield from _flushed(line, heading=heading)
            heading = starts if _HEADING.fullmatch(name) else heading
        elif name in _CELLS and starts and "".join(line).strip():
            line.append(" · ")
        line.append((each.text if starts else each.tail if each is not element else "") or "")
    yield from _flushed(line, heading=heading)


def selected(elements: Iterable[Element]) -> Iterator[str]:
    """The blocks of what a selector found: elements, or texts and attributes."""
    for each in elements:
        if isinstance(each, etree._Element):  # noqa: SLF001 - lxml has no public name for it
            yield from blocks(each)
        else:
            yield str(each)


def _flushed(line: list[str], *, heading: bool) -> Iterator[str]:
    text = " ".join("".join(line).split())
    line.clear()
    if text:
        yield f"{HEADING}{text}" if heading else text


def _main_part(root: Element) -> Element:
    """The one element that the page says is its main part, where it has words; else the body."""
    for path in ("//main|//*[@role='main']", "//article"):
        found = root.xpath(path)
        if len(found) == 1 and words(found[0]):
            return found[0]
    found = root.xpath("//body")
    return found[0] if found else root


def _is_furniture(element: Element) -> bool:
    named = f"{element.get('class', '')} {element.get('id', '')}".split()
    return any(_FURNITURE_NAME.fullmatch(name) for name in named)


def _drop(element: Element) -> None:
    """Take an element out, and leave the text behind it where it is."""
    parent, tail = element.getparent(), element.tail
    if parent is None:
        return
    if tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
    parent.remove(element)
