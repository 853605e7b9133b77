"""Reads the JSON card that an alert mail carries for mail programs (since 2015).

It holds the highlights alone (four hits of twelve, in a mail of 2020): the HTML has the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from lxml.html import HtmlElement

from repwatch.sources.alert_links import target
from repwatch.sources.entry import Entry
from repwatch.sources.json_body import mapping, words


def card(tree: HtmlElement) -> Mapping[str, object]:
    """The card in the mail's markup, empty when there is none of Google Alerts."""
    for script in tree.xpath("//script[@type='application/json' or @data-scope='inboxmarkup']"):
        try:
            found = mapping(json.loads(script.text or ""))
        except (ValueError, RecursionError):
            continue
        if words(mapping(found.get("publisher")).get("name")) == "Google Alerts":
            return found
    return {}


def title(found: Mapping[str, object]) -> str:
    """What the card calls the alert: "Google Alert - <query>", in the language of the account."""
    return words(mapping(found.get("entity")).get("title"))


def hits(found: Mapping[str, object]) -> Iterator[Entry]:
    """The hits that the card shows."""
    for each in _items(found.get("cards")):
        for widget in _items(each.get("widgets")):
            link = target(words(widget.get("url")))
            if link:
                said = words(widget.get("title")), words(widget.get("description"))
                yield Entry(title=said[0], links=(link,), summary=said[1])


def _items(value: object) -> Iterator[Mapping[str, object]]:
    """The objects of a JSON list; nothing for anything else."""
    yield from (mapping(item) for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
