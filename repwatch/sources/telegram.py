"""Searches public channels of Telegram through the preview that t.me shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from repwatch.errors import Misconfigured, SourceError, Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import text
from repwatch.sources import dates
from repwatch.sources.item import finding
from repwatch.sources.strange import strange
from repwatch.sources.template import phrase

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.telegram import TelegramOptions

_KIND = "the preview of a Telegram channel"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHECK_CHANNEL = "check its name; a channel without preview, or a group, can only be read by its members"


class Telegram:
    """A search per channel and name, of which t.me shows the newest twenty posts."""

    rate = 5.0

    def __init__(self, options: TelegramOptions) -> None:
        self.base = (options.base_url or "https://t.me").rstrip("/")
        self.channels = options.channels

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search per name and alias in each channel."""
        return [
            Request(f"{self.base}/s/{channel}?{urlencode({'q': name})}", subject.id, expects=_REDIRECTS)
            for subject in subjects
            for name in dict.fromkeys(map(phrase, subject.names))
            for channel in self.channels
        ]

    def parse(self, page: Page) -> Parsed:
        """The posts that have words; a photo without any can name nobody."""
        if page.status in _REDIRECTS:
            raise _redirected(page)
        root = _tree(page)
        history = root.cssselect(".tgme_channel_history")
        if not history:
            raise strange(page, _KIND)
        return Parsed(tuple(_findings(history[0], page)))


def _redirected(page: Page) -> SourceError:
    """A channel whose preview is switched off (as every group's is) leads to its page of invitation."""
    channel = urlsplit(page.request.url).path.rpartition("/")[2]
    target = urlsplit(page.headers.get("location", "")).path.strip("/")
    if target.lower() in ("", channel.lower()):
        return Misconfigured(
            f"Telegram shows no preview of {channel}, or has no such channel", _CHECK_CHANNEL
        )
    return Unreadable(f"expected {_KIND}, got a redirect to another page")


def _tree(page: Page) -> Any:  # noqa: ANN401 - lxml has no types
    """The page's elements. Raises Unreadable where there are none."""
    from lxml import etree, html  # noqa: PLC0415 - dear, and only the parser child has to pay

    try:
        return html.fromstring(page.body, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError as error:
        raise strange(page, _KIND) from error


def _findings(history: Any, page: Page) -> Iterator[Finding]:  # noqa: ANN401 - lxml has no types
    for post in history.cssselect(".tgme_widget_message[data-post]"):
        name, moment = post.get("data-post", ""), post.cssselect(".tgme_widget_message_date time[datetime]")
        if words := _words(post):
            yield finding(
                title="",
                urls=(f"https://t.me/{name}",),
                summary=words,
                guid=name,
                site=f"@{name.partition('/')[0]}",
                published=dates.read(moment[0].get("datetime"), page.fetched_at) if moment else None,
                page_date=True,
            )


def _words(post: Any) -> str:  # noqa: ANN401 - lxml has no types
    """The text of a post, "" for a photo without any; of two the first is one that it answers to."""
    from lxml import html  # noqa: PLC0415 - as in _tree

    texts = post.cssselect(".tgme_widget_message_text")
    return text.plain(html.tostring(texts[-1], encoding="unicode", with_tail=False)) if texts else ""
