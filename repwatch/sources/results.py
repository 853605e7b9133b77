"""Finds the organic results on a page of an engine by its structure: a headline, a link that leaves, a text.

Class names are made anew with each release of an engine; that a result is a headline with a link to
somebody else's page and a passage beside it has not changed since there are engines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.cssselect import CSSSelector

from repwatch.rules import url as links
from repwatch.rules.wrappers import opaque
from repwatch.sources.engines import Engine, is_ad
from repwatch.sources.item import absolute

Element = Any  # lxml has no types

MOST = 200  # results of one page
_CLIMB = 8  # levels from a link to the box of its result
_PASSAGE = 40  # characters of what can be an excerpt of a page
_INLINE = frozenset(
    {"a", "b", "bdi", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "wbr"}
)
_SILENT = frozenset(
    {"button", "cite", "h1", "h2", "h3", "h4", "noscript", "script", "select", "style", "svg", "template"}
)
_LISTS = frozenset({"body", "html", "ol", "ul", "main"})


@dataclass(frozen=True, slots=True)
class Result:
    """One organic result; ``url`` is "" where the engine's redirect does not give its target away."""

    title: str
    url: str
    summary: str


def results(tree: Element, engine: Engine, base: str) -> list[Result]:
    """The organic results in their order, each page once; links are absolute and unwrapped."""
    anchors = dict(_anchors(tree, engine, base))
    shared = Counter(above for anchor in anchors for above in anchor.iterancestors())
    found: dict[str, Result] = {}
    for number, (anchor, (title, url)) in enumerate(anchors.items()):
        key = links.canonical(url) or f"hidden {number}"
        found.setdefault(key, Result(title, url, _summary(anchor, shared)))
    return list(found.values())


def says_nothing(tree: Element, engine: Engine) -> bool:
    """Whether the page says that there are no hits."""
    return bool(CSSSelector(engine.nothing)(tree))


def _anchors(tree: Element, engine: Engine, base: str) -> Iterator[tuple[Element, tuple[str, str]]]:
    """(link, (headline, target)) of each result."""
    apart = set(CSSSelector(engine.apart)(tree))
    for headline in islice(CSSSelector(engine.headlines)(tree), MOST):
        anchor = _link(headline)
        if anchor is None or not apart.isdisjoint([headline, *headline.iterancestors()]):
            continue
        whole = absolute(anchor.get("href", "").strip(), base)
        title, target = _words(headline), links.unwrap(whole)
        if opaque(target):
            yield anchor, (title, "")
        elif title and _leaves(target, engine):
            yield anchor, (title, target)


def _link(headline: Element) -> Element | None:
    """The link that the headline is in, or that is in the headline."""
    around = next(headline.iterancestors("a"), None)
    return next(headline.iter("a"), None) if around is None else around


def _leaves(url: str, engine: Engine) -> bool:
    """Whether the link leads to somebody else's page, past no advertiser's counter."""
    if not links.canonical(url):
        return False
    return not engine.hosts.fullmatch(urlsplit(url).hostname or "") and not is_ad(url)


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --- the excerpt ------------------------------------------------------------------------------


def _summary(anchor: Element, shared: Counter[Element]) -> str:
    """The longest passage beside the link, in the smallest box around it that has one."""
    best = ""
    for box in islice(anchor.iterancestors(), _CLIMB):
        if box.tag in _LISTS or shared[box] > 1:
            break
        best = max((best, *_passages(box, anchor)), key=len)
        if len(best) >= _PASSAGE:
            break
    return best


def _passages(box: Element, anchor: Element) -> list[str]:
    """The texts in the box, each as one block shows it, without what the link says itself."""
    found: dict[Element, list[str]] = {}
    for element, text in _texts(box, anchor):
        found.setdefault(_block(element, box), []).append(text)
    return [" ".join("".join(texts).split()) for texts in found.values()]


def _texts(box: Element, without: Element) -> Iterator[tuple[Element, str]]:
    """(element that shows it, text) in the order of the page."""
    if box.text:
        yield box, box.text
    for child in box:
        if child.tag == "span" and child.getprevious() is not None:
            yield box, " "  # two spans that touch are set apart by their styles
        if child is not without and child.tag not in _SILENT and isinstance(child.tag, str):
            yield from _texts(child, without)
        if child.tail:
            yield box, child.tail


def _block(element: Element, box: Element) -> Element:
    while element is not box and element.tag in _INLINE:
        element = element.getparent()
    return element
