"""Feeds that change identifiers, order, links and dates, through the pipeline: one article, one alert."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest

from repwatch.model import OwedKind
from tests.house import BLOG, FEEDS, GAZETTE, House, configured, house

LINK = "https://blog.example/posts/opening"
TITLE = "Ada Exemple opens a workshop for apprentices"
OTHER = "Seven questions about glass answered by Ada Exemple"


def item(title: str = TITLE, link: str = LINK, guid: str = "", date: str = "", about: str = "") -> str:
    parts = {"title": title, "link": link, "guid": guid, "pubDate": date}
    told = "".join(f"<{name}>{text.replace('&', '&amp;')}</{name}>" for name, text in parts.items() if text)
    return f"<item>{told}<description>Atelier Fictif {about}</description></item>"


def feed(*items: str) -> httpx.Response:
    body = f'<rss version="2.0"><channel><title>Feed</title>{"".join(items)}</channel></rss>'
    return httpx.Response(200, content=body.encode())


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """Both feeds were looked at once, and had nothing about anybody."""
    async with house(configured(tmp_path, FEEDS)) as made:
        made.web.replies = {BLOG: feed(item("Weather", "https://blog.example/w")), GAZETTE: feed()}
        await made.check()
        await made.report()
        yield made


async def told(home: House, pages: Sequence[httpx.Response]) -> int:
    """How many alerts these successive pages of the blog bring."""
    for page in pages:
        home.web.replies[BLOG] = page
        await home.check("blog")
    return (await home.news()).count(OwedKind.MENTION)


SAME = {
    "a guid that changes at every fetch": [item(guid=f"id-{n}") for n in range(3)],
    "a guid that holds the headline": [item(guid="a-b"), item("Ada Exemple closes for good", guid="a-c")],
    "an edited title under one guid": [item(guid="7"), item("Ada Exemple closes her workshop", guid="7")],
    "a date that is bumped": [item(guid="7", date=f"Mon, 23 Nov 2026 0{n}:00:00 GMT") for n in range(3)],
    "no guid and no date": [item(), item(about="x"), item()],
    "neither link nor guid, a date of today each day": [
        item(link="", date=f"{day} Nov 2026 08:00:00 GMT") for day in (20, 21, 22)
    ],
    "a guid that comes with http, then https": [
        item(link="", guid="http://blog.example/?p=1"),
        item(link="", guid="https://blog.example/?p=1"),
    ],
    "tracking parameters": [item(link=f"{LINK}?utm_source=s{n}&fbclid=x{n}") for n in range(3)],
    "mobile and AMP variants": [
        item(link=LINK),
        item(link="https://m.blog.example/posts/opening/amp"),
        item(link="https://www.google.com/amp/s/blog.example/posts/opening?amp=1"),
    ],
    "a move to another host under the same guid": [
        item(guid="7"),
        item(link="https://new.example/posts/opening", guid="7"),
    ],
    "an aggregator that republishes under another link and guid": [
        item(
            link=f"https://news.google.com/rss/articles/CBMi{n}QUFB", guid=n, date="23 Nov 2026 08:00:00 GMT"
        )
        for n in ("abc", "def")
    ],
}


@pytest.mark.parametrize("versions", SAME.values(), ids=SAME)
async def test_one_article_is_told_once_whatever_its_feed_does(home: House, versions: list[str]) -> None:
    assert await told(home, [feed(version) for version in versions]) == 1
    assert len(await home.mentions()) == 1


async def test_shuffled_vanished_and_returned_items_are_told_once(home: House) -> None:
    one, two = item(guid="1"), item(OTHER, "https://blog.example/posts/glass", "2")
    assert await told(home, [feed(one, two), feed(two, one), feed(), feed(two), feed(one, two)]) == 2


async def test_items_that_share_one_guid_are_told_each_once(home: House) -> None:
    pages = [feed(*(item(f"{TITLE} {n}", f"{LINK}/{n}", "same") for n in range(3))) for _ in range(2)]
    assert await told(home, pages) == 3


async def test_guids_that_go_bad_and_come_back_bring_nothing_twice(home: House) -> None:
    places = (TITLE, LINK), (OTHER, "https://blog.example/posts/glass")
    good = feed(*(item(title, link, guid) for (title, link), guid in zip(places, "12", strict=True)))
    bad = feed(*(item(title, link, "same") for title, link in places))
    assert await told(home, [good, bad, good, bad]) == 2


async def test_a_feed_of_one_item_with_one_guid_for_ever_hides_no_article(home: House) -> None:
    pages = [feed(item(guid="latest")), feed(item(OTHER, "https://blog.example/posts/glass", "latest"))]
    assert await told(home, pages) == 2


async def test_one_guid_for_ever_hides_no_dated_article(home: House) -> None:
    later = item(OTHER, "https://blog.example/posts/glass", "latest", "Mon, 23 Nov 2026 09:30:00 GMT")
    first = item(guid="latest", date="Sun, 22 Nov 2026 09:00:00 GMT")
    assert await told(home, [feed(first), feed(later)]) == 2


async def test_one_article_in_two_feeds_is_one_alert_that_names_both(home: House) -> None:
    home.web.replies = {
        BLOG: feed(item(link=f"{LINK}?utm_medium=rss", guid="a")),
        GAZETTE: feed(item(link="http://WWW.blog.example:80/posts/opening/#top", guid="b")),
    }
    await home.check()
    (line,) = await home.owed()
    assert line.mention
    assert sorted(line.mention.sources) == ["blog", "gazette"]


async def test_dates_from_nowhere_are_told_now_and_shown_as_unknown(home: House) -> None:
    dates = ("Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 32 Foo 2026", "0")
    items = (item(f"{OTHER} {n}", f"{LINK}/{n}", date=date) for n, date in enumerate(dates))
    assert await told(home, [feed(*items)]) == 4
    assert {mention.published for mention in await home.mentions()} == {None}


@pytest.mark.parametrize(
    "body", [b"", b" \n\t ", b"<html><title>Maintenance</title></html>", b"<rss", b"\x00\xff", b"{}", b"[]"]
)
async def test_what_is_no_feed_is_a_failure_and_keeps_what_is_known(home: House, body: bytes) -> None:
    await told(home, [feed(item())])
    home.web.replies[BLOG] = httpx.Response(200, content=body)
    run = (await home.check("blog"))["blog"]
    assert run.outcome.failed
    assert run.cause
    assert len(await home.mentions()) == 1


async def test_episodes_that_all_link_to_one_home_page_are_told_each_once(home: House) -> None:
    shows = [item(f"Ada Exemple and guest number {n}", "https://radio.example/", str(n)) for n in range(7)]
    assert await told(home, [feed(*shows[:5]), feed(*shows[1:6]), feed(*shows[2:])]) == 7
    assert OwedKind.EDITED not in await home.news()


async def test_guids_once_shared_are_never_trusted_again(home: House) -> None:
    shared = [
        item(f"Ada Exemple and the {word} of glass", f"{LINK}/{word}", guid="same")
        for word in ("art", "price")
    ]
    await told(home, [feed(*shared)])
    later = [item(f"Workshop number {n} with Ada Exemple", f"{LINK}/{n}", guid="same") for n in (3, 4)]
    before = (await home.news()).count(OwedKind.MENTION)
    assert await told(home, [feed(one) for one in later]) == before + 2
