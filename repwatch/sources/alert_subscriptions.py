"""Reads which alerts an account has: Google's data export, or the page google.com/alerts as saved.

The export (developers.google.com/data-portability/schema-reference/alerts) is JSON: ``query``, ``language``,
``country``, ``delivery_method`` (EMAIL or RSS), ``email_address`` and more; the address of a feed is not in
it. The page holds all of that in its ``window.STATE``, a list of lists whose places several programs
agree on (9bplus/galerts among them), and the number of each feed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from repwatch.errors import Unreadable
from repwatch.rules import text

_STATE = re.compile(r"window\.STATE\s*=\s*(?=\[)")
_JS_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"\d{6,20}")
_BY_FEED, _BY_MAIL = "RSS", "EMAIL"
_FEED = "https://www.google.com/alerts/feeds/{account}/{feed}"
_LONGEST = 300
_EXPECTED = (
    "expected Google's export of alerts (JSON), or the page https://www.google.com/alerts saved as HTML while"
    " logged in"
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One alert. ``feed`` is "" where it comes by mail, or where the file does not tell the address."""

    query: str
    by_feed: bool
    feed: str = ""
    email: str = ""


def read(raw: bytes) -> tuple[Subscription, ...]:
    """The alerts that the file lists, each once. Raises Unreadable for another file."""
    document = raw.decode("utf-8-sig", "replace").strip()
    found = tuple(_of_page(document) if document.startswith("<") else _of_export(document))
    if not found:
        raise Unreadable(f"no alert is listed in it; {_EXPECTED}")
    return tuple(dict.fromkeys(found))


# --- the export -------------------------------------------------------------------------------


def _of_export(document: str) -> Iterator[Subscription]:
    try:
        yield from _subscriptions(json.loads(document))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON that can be read; {_EXPECTED}") from error


def _subscriptions(value: object) -> Iterator[Subscription]:
    """The objects with a ``query``, however deep: how the export is wrapped is not documented."""
    if isinstance(value, list):
        for item in value:
            yield from _subscriptions(item)
    elif isinstance(value, dict) and isinstance(value.get("query"), str):
        method = str(value.get("delivery_method", "")).upper()
        email = str(value.get("email_address") or "")
        yield Subscription(_said(value["query"]), method == _BY_FEED, email=_said(email))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _subscriptions(item)


# --- the page ---------------------------------------------------------------------------------


def _of_page(document: str) -> Iterator[Subscription]:
    found = _STATE.search(document)
    if found is None:
        return
    state = _JS_ESCAPE.sub(r"\\u00\1", document[found.end() :])
    try:
        lists, _ = json.JSONDecoder().raw_decode(state)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"what it says about alerts cannot be read; {_EXPECTED}") from error
    alerts = _at(lists, 1, 1)
    for alert in alerts if isinstance(alerts, list) else ():
        if query := _at(alert, 2, 3, 1):
            yield _alert(alert, _said(str(query)))


def _alert(alert: object, query: str) -> Subscription:
    delivery = _at(alert, 2, 6, 0)
    account, feed = (str(_at(alert, 3) or ""), str(_at(delivery, 11) or ""))
    if _at(delivery, 1) == 2 and _NUMBER.fullmatch(account) and _NUMBER.fullmatch(feed):  # noqa: PLR2004 - Google's number for a feed
        return Subscription(query, by_feed=True, feed=_FEED.format(account=account, feed=feed))
    by_feed = _at(delivery, 1) == 2  # noqa: PLR2004 - likewise
    return Subscription(query, by_feed, email="" if by_feed else _said(str(_at(delivery, 2) or "")))


def _at(value: object, *places: int) -> object:
    """What stands at that place of nested lists, None where there is no such place."""
    for place in places:
        if not isinstance(value, list) or place >= len(value):
            return None
        value = value[place]
    return value


def _said(words: str) -> str:
    return text.clean(words, _LONGEST)
