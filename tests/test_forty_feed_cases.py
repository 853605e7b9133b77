"""The forty ways in which feeds go wrong, each through a whole check: its outcome, news and memory.

The numbers are those of the list of cases that the project keeps, each from a public thread. Rows 28 (a
permanent redirect) and 31 (410) are held by the tests of transitions and of checks.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from repwatch.model import Mention, Outcome, OwedKind
from tests.fakes import START
from tests.house import BLOG, FEEDS, House, configured, house

HOST = "https://blog.example"
LINK = f"{HOST}/posts/opening"
TITLE = "Ada Exemple opens a workshop for apprentices"
GLASS = "Seven questions about glass answered by Ada Exemple"
ACCENTED = "Ada Exemple fête l'été à la forêt, œuvre naïve"
DAY = 86_400
HTML = httpx.Response(200, html="<!doctype html><title>Welcome</title><p>Hello</p>")


def item(title: str = TITLE, link: str = LINK, guid: str = "", date: str = "", about: str = "") -> str:
    parts = {"title": title, "link": link, "guid": guid, "pubDate": date}
    told = "".join(f"<{name}>{text.replace('&', '&amp;')}</{name}>" for name, text in parts.items() if text)
    return f"<item>{told}<description>Atelier Fictif {about}</description></item>"


def rss(*items: str, head: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>Feed</title>{head}{"".join(items)}</channel></rss>'.encode()


def feed(*items: str, head: str = "", status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=rss(*items, head=head), headers=named)


def raw(body: bytes, content_type: str = "application/rss+xml") -> httpx.Response:
    return httpx.Response(200, content=body, headers={"content-type": content_type})


def zipped(body: bytes) -> Callable[[httpx.Request], httpx.Response]:
    """An answer whose body is packed on its way."""
    headers = {"content-encoding": "gzip"}
    return lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """A blog that was looked at once, and had nothing about anybody."""
    async with house(configured(tmp_path, FEEDS[:1])) as made:
        made.web.replies[BLOG] = feed(item("Weather", f"{HOST}/weather"))
        await made.check()
        await made.report()
        yield made


async def shown(home: House, *pages: httpx.Response) -> list[OwedKind]:
    """The news that these successive pages of the blog bring."""
    for page in pages:
        home.web.replies[BLOG] = page
        await home.check()
    return await home.news()


async def only(home: House, page: httpx.Response) -> Mention:
    """The one mention that a page brings."""
    assert await shown(home, page) == [OwedKind.MENTION]
    (mention,) = await home.mentions()
    return mention


ONE = [OwedKind.MENTION]
TWO = [OwedKind.MENTION] * 2


# --- identity -------------------------------------------------------------------------------------


async def test_01_a_guid_that_follows_the_headline_is_one_article(home: House) -> None:
    pages = [feed(item(guid="opens-a-workshop")), feed(item(f"{TITLE} (updated)", guid="opens-updated"))]
    assert await shown(home, *pages) == ONE


async def test_02_an_edited_title_is_an_update_and_no_second_alert(home: House) -> None:
    pages = [feed(item()), feed(item("Ada Exemple has closed her bakery for good"))]
    assert await shown(home, *pages) == [OwedKind.MENTION, OwedKind.EDITED]


async def test_03_items_that_all_have_one_guid_are_told_apart_by_link_for_good(home: House) -> None:
    both = [item(TITLE, LINK, "same"), item(GLASS, f"{HOST}/posts/glass", "same")]
    later = item("Ada Exemple and the price of sand", f"{HOST}/posts/sand", "same")
    assert await shown(home, feed(*both), feed(*both), feed(later)) == [OwedKind.MENTION] * 3
    assert (await home.state("blog")).guids_shared


async def test_04_guids_that_go_bad_and_good_again_bring_nothing_twice(home: House) -> None:
    places = ((TITLE, LINK), (GLASS, f"{HOST}/posts/glass"))
    good = feed(*(item(title, link, str(n)) for n, (title, link) in enumerate(places)))
    bad = feed(*(item(title, link, "same") for title, link in places))
    assert await shown(home, good, bad, good, bad) == TWO


@pytest.mark.parametrize("link", [LINK, ""])
async def test_05_without_guid_and_date_the_link_or_the_words_tell_an_item(home: House, link: str) -> None:
    pages = [feed(item(link=link)), feed(item("Rain", f"{HOST}/rain"), item(link=link))]
    assert await shown(home, *pages) == ONE


async def test_06_an_empty_guid_is_none(home: House) -> None:
    items = [item(TITLE, LINK), item(GLASS, f"{HOST}/posts/glass")]
    page = feed(*(each.replace("</item>", "<guid/></item>") for each in items))
    assert await shown(home, page, page) == TWO
    assert not (await home.state("blog")).guids_shared


async def test_07_a_guid_that_is_used_again_years_later_is_another_article(home: House) -> None:
    old = item(guid="42", date="Mon, 02 Nov 2026 08:00:00 GMT")
    new = item(GLASS, f"{HOST}/posts/glass", "42", "Mon, 23 Nov 2026 08:00:00 GMT")
    assert await shown(home, feed(old), feed(new)) == TWO


async def test_08_a_site_that_moves_with_new_guids_is_no_news(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    titles = [f"Ada Exemple and the {word} of glass" for word in ("art", "price", "end")]

    def at(host: str) -> httpx.Response:
        return feed(*(item(t, f"{host}/posts/{n}", f"{host}/?p={n}") for n, t in enumerate(titles)))

    with caplog.at_level(logging.INFO, logger="repwatch.jobs.diff"):
        assert await shown(home, at(HOST), at("https://new.example"), at("https://new.example")) == ONE * 3
    assert "3 known items have new addresses" in caplog.text
    assert len(await home.mentions()) == 3


async def test_08_a_column_with_one_headline_each_week_is_news_each_week(home: House) -> None:
    weeks = [
        feed(
            item("The weekly letter by Ada Exemple", f"{HOST}/letters/{n}", str(n), f"{n} Nov 2026 08:00 GMT")
        )
        for n in (9, 16)
    ]
    assert await shown(home, *weeks) == TWO


async def test_09_a_guid_whose_scheme_changes_is_the_same(home: House) -> None:
    pages = [feed(item(link="", guid=f"{scheme}://blog.example/?p=1")) for scheme in ("http", "https")]
    assert await shown(home, *pages) == ONE


async def test_10_two_copies_of_one_item_have_one_winner_in_any_order(home: House) -> None:
    one, other = item(TITLE, LINK, "7"), item("Ada Exemple shuts her bakery for good", LINK, "7")
    assert await shown(home, feed(one, other), feed(other, one), feed(one, other)) == ONE


async def test_11_a_date_that_is_bumped_is_no_news(home: House) -> None:
    pages = [feed(item(guid="7", date=f"Mon, 23 Nov 2026 0{n}:00:00 GMT")) for n in range(3)]
    assert await shown(home, *pages) == ONE


async def test_12_a_story_that_is_republished_is_known_by_headline_site_and_day(
    home: House,
) -> None:
    def told(token: str, guid: str, name: str) -> str:
        link = f"https://news.google.com/rss/articles/CBMi{token}?oc=5"
        source = f'<source url="https://gazette.example">{name}</source></item>'
        date = "Mon, 23 Nov 2026 08:00:00 GMT"
        return item(f"{TITLE} - {name}", link, guid, date).replace("</item>", source)

    pages = [feed(told("AAAA", "133300", "Gazette")), feed(told("QUFB", "CBMiQUFB", "La Gazette"))]
    assert await shown(home, *pages) == ONE


# --- dates ----------------------------------------------------------------------------------------


async def test_13_a_date_in_the_future_counts_as_now(home: House) -> None:
    mention = await only(home, feed(item(date=format_datetime(START + timedelta(days=1, hours=8)))))
    assert mention.published == home.clock.now()


async def test_14_an_item_without_date_is_dated_by_when_it_was_seen(home: House) -> None:
    mention = await only(home, feed(item()))
    assert (mention.published, mention.first_seen) == (None, home.clock.now())
    report = await home.report()
    assert report is not None
    assert b"seen 23 Nov" in report


@pytest.mark.parametrize(
    "date", ["1764000000", "0000-00-00T00:00:00Z", "Mon, 01 Jan 2029 00:00:00 GMT", "3 hours ago"]
)
async def test_15_a_date_out_of_all_reason_is_unknown(home: House, date: str) -> None:
    assert (await only(home, feed(item(date=date)))).published is None


async def test_15_a_date_without_zone_is_of_greenwich(home: House) -> None:
    assert (await only(home, feed(item(date="2026-11-23T06:00:00")))).published == START.replace(hour=6)


async def test_16_what_comes_late_under_an_old_date_is_still_news(home: House) -> None:
    on_time = item(date="Mon, 23 Nov 2026 00:00:00 GMT")
    late = item(GLASS, f"{HOST}/posts/glass", date="Sat, 21 Nov 2026 00:00:00 GMT")
    assert await shown(home, feed(on_time), feed(on_time, late)) == TWO


# --- bytes ----------------------------------------------------------------------------------------


async def test_17_xml_without_charset_is_no_error(home: House) -> None:
    mention = await only(home, raw(rss(item(ACCENTED)), "text/xml"))
    assert mention.title == ACCENTED
    assert (await home.state("blog")).outcome is Outcome.OK


async def test_18_the_bytes_are_believed_before_the_header_and_the_declaration(home: House) -> None:
    body = b'<?xml version="1.0" encoding="koi8-r"?>' + rss(item(ACCENTED))
    assert (await only(home, raw(body, "application/rss+xml; charset=iso-8859-1"))).title == ACCENTED


async def test_19_a_wrong_label_behind_blank_lines_is_overruled(home: House) -> None:
    body = b'\n \n<?xml version="1.0" encoding="windows-1251"?>' + rss(item(ACCENTED))
    assert (await only(home, raw(body))).title == ACCENTED


async def test_20_one_bad_byte_spoils_one_letter(home: House) -> None:
    mention = await only(home, raw(rss(item(ACCENTED)).replace(b"for", b"\xfffor")))
    assert mention.title.startswith("Ada Exemple fête l'été à la ")


async def test_21_control_characters_come_and_go_without_news(home: House) -> None:
    spoiled = feed(item(f"Ada Exem\x07ple o\ufffepens a workshop{chr(0)} for apprentices"))
    assert await shown(home, feed(item()), spoiled, feed(item())) == ONE
    assert {mention.title for mention in await home.mentions()} == {TITLE}


# --- links ----------------------------------------------------------------------------------------

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/a/"><title>T</title>{}</feed>'
)
ENTRY = "<entry{base}><id>one</id><title>{title}</title>{link}</entry>"


def atom(link: str, base: str = "") -> httpx.Response:
    base = f' xml:base="{base}"' if base else ""
    return raw(ATOM.format(ENTRY.format(base=base, title=TITLE, link=link)).encode())


@pytest.mark.parametrize(
    ("base", "url"),
    [("", "https://base.example/a/opening"), ("b/", "https://base.example/a/b/opening"),
     ("https://other.example/", "https://other.example/opening")],
)  # fmt: skip
async def test_22_a_relative_link_is_seen_from_its_own_base(home: House, base: str, url: str) -> None:
    assert (await only(home, atom('<link href="opening"/>', base))).url == url


async def test_22_without_base_it_is_seen_from_where_the_feed_was_found(home: House) -> None:
    assert (await only(home, feed(item(link="/posts/opening")))).url == "http://blog.example/posts/opening"


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link rel="self" href="/self"/><link href="/plain"/>', "https://base.example/plain"),
        ('<link rel="self" href="/self"/>', "https://base.example/self"),
        ('<link href="javascript:alert(1)"/>', ""),
        ("", ""),
    ],
)
async def test_23_the_best_link_is_taken_and_only_one_that_can_be_clicked(
    home: House, links: str, url: str
) -> None:
    assert (await only(home, atom(links))).url == url


async def test_23_a_permalink_guid_stands_in_for_the_link(home: House) -> None:
    assert (await only(home, feed(item(link="", guid=LINK)))).url == LINK


# --- conditional requests -------------------------------------------------------------------------


class Conditional:
    """A server that answers 304 for ever, and keeps what it was asked with."""

    def __init__(self, first: httpx.Response, **renewed: str) -> None:
        self.first = first
        self.renewed = {name.replace("_", "-"): value for name, value in renewed.items()}
        self.asked: list[httpx.Headers] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers)
        if "if-none-match" in request.headers or "if-modified-since" in request.headers:
            return httpx.Response(304, headers=self.renewed)
        return httpx.Response(200, headers=self.first.headers, content=self.first.content)


async def rounds(home: House, server: Conditional, *waits: float) -> list[httpx.Headers]:
    home.web.replies[BLOG] = server
    for wait in waits:
        await home.check(later=wait)
    return server.asked


async def test_24_a_server_that_says_304_for_ever_is_asked_without_condition_once_a_day(home: House) -> None:
    server = Conditional(feed(item(), etag='"2099"'))
    asked = await rounds(home, server, 3600, 3600, DAY)
    assert ["if-none-match" in headers for headers in asked] == [False, True, False]


async def test_25_both_validators_are_kept_and_a_304_renews_them(home: House) -> None:
    modified, later = "Mon, 23 Nov 2026 08:00:00 GMT", "Mon, 23 Nov 2026 09:00:00 GMT"
    server = Conditional(feed(item(), etag='"1"', last_modified=modified), etag='"2"', last_modified=later)
    _, second, third = await rounds(home, server, 3600, 3600, 3600)
    assert (second["if-none-match"], second["if-modified-since"]) == ('"1"', modified)
    assert (third["if-none-match"], third["if-modified-since"]) == ('"2"', later)


async def test_26_a_validator_that_is_no_longer_sent_is_forgotten(home: House) -> None:
    await rounds(home, Conditional(feed(item(), etag='"1"')), 3600)
    home.web.replies[BLOG] = feed(item(GLASS, f"{HOST}/posts/glass"))
    await home.check()
    await home.check()
    assert "if-none-match" not in home.web.requests[-1].headers


async def test_27_an_etag_goes_back_as_it_came(home: House) -> None:
    _, second = await rounds(home, Conditional(feed(item(), etag='W/"abc-gzip"')), 3600, 3600)
    assert second["if-none-match"] == 'W/"abc-gzip"'


# --- redirects ------------------------------------------------------------------------------------

ELSEWHERE = "http://blog.example/elsewhere"


def redirect(status: int) -> httpx.Response:
    return httpx.Response(status, headers={"location": ELSEWHERE})


@pytest.mark.parametrize("status", [302, 307])
async def test_29_a_passing_redirect_is_followed_and_never_a_new_address(home: House, status: int) -> None:
    home.web.replies[ELSEWHERE] = feed(item())
    assert await shown(home, redirect(status), redirect(status)) == ONE
    assert (await home.state("blog")).moved_to == ""
    assert str(home.web.requests[-2].url) == BLOG


@pytest.mark.parametrize("status", [301, 302, 308])
async def test_30_a_redirect_to_what_is_no_feed_is_a_failure_and_no_move(home: House, status: int) -> None:
    home.web.replies[ELSEWHERE] = HTML
    assert await shown(home, redirect(status)) == []
    state = await home.state("blog")
    assert (state.outcome, state.moved_to) == (Outcome.UNREADABLE, "")


# --- patience -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "hours"),
    [("7200", 2), (format_datetime(START + timedelta(hours=7), usegmt=True), 4), ("999999999", 24)],
)
async def test_32_a_wait_that_is_asked_for_is_kept_within_a_day(
    home: House, status: int, asked: str, hours: int
) -> None:
    later = (START + timedelta(hours=3) - home.clock.now()).total_seconds()
    home.web.replies[BLOG] = httpx.Response(status, headers={"retry-after": asked})
    await home.check(later=later)
    state = await home.state("blog")
    assert state.next_due == home.clock.now() + timedelta(hours=hours)
    assert (await home.check(later=60))["blog"].outcome is Outcome.BLOCKED
    assert len([each for each in home.web.requests if str(each.url) == BLOG]) == 2


async def test_33_feeds_of_one_host_are_asked_one_after_the_other(tmp_path: Path) -> None:
    entries = [f'{{kind: feed, id: f{n}, url: "{HOST}/{n}", every: 1h}}' for n in range(4)]
    async with house(configured(tmp_path, entries)) as home:
        asked: list[datetime] = []

        def answer(_: httpx.Request) -> httpx.Response:
            asked.append(home.clock.now())
            return feed()

        home.web.replies = {f"{HOST}/{n}": answer for n in range(4)}
        await home.check()
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert len(gaps) == 3
    assert min(gaps) >= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("page", "due"),
    [
        (feed(item(), cache_control="max-age=7200"), timedelta(hours=2)),
        (feed(item(), cache_control="max-age=31536000"), timedelta(hours=6)),
        (feed(item(), expires=format_datetime(START + timedelta(hours=5), usegmt=True)), timedelta(hours=3)),
        (feed(item(), head="<ttl>180</ttl>"), timedelta(hours=3)),
        (feed(item(), head="<skipHours><hour>12</hour><hour>13</hour></skipHours>"), timedelta(hours=3)),
        (feed(item(), cache_control="no-cache, max-age=7200"), timedelta(hours=1)),
    ],
    ids=["max-age", "max-age for ever", "Expires", "ttl", "skipHours", "no-cache"],
)
async def test_34_a_wish_for_peace_is_a_lower_bound_with_a_cap(
    home: House, page: httpx.Response, due: timedelta
) -> None:
    home.clock.advance((START + timedelta(hours=1) - home.clock.now()).total_seconds())
    await shown(home, page)
    assert home.clock.now() == START + timedelta(hours=2)
    assert (await home.state("blog")).next_due == home.clock.now() + due


async def test_34_an_unchanged_feed_still_wishes_what_it_wished(home: House) -> None:
    server = Conditional(feed(item(), head="<ttl>180</ttl>", etag='"1"'))
    await rounds(home, server, 3600, 3600)
    assert (await home.state("blog")).next_due == home.clock.now() + timedelta(hours=3)
    home.web.replies[BLOG] = feed(item(), head="<ttl>180</ttl>")  # the same bytes with 200
    await home.check()
    assert (await home.state("blog")).next_due == home.clock.now() + timedelta(hours=3)


# --- what is no feed ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_35_a_bot_page_is_a_refusal_whatever_its_status(home: House, status: int) -> None:
    await shown(home, feed(item()))
    home.web.replies[BLOG] = httpx.Response(status, html="<html><title>Just a moment...</title></html>")
    run = (await home.check())["blog"]
    assert run.outcome is Outcome.BLOCKED
    assert "user_agent" in run.cause
    assert len(await home.mentions()) == 1


async def test_35_a_source_may_call_itself_otherwise(tmp_path: Path) -> None:
    entry = f'{{kind: feed, id: blog, url: "{BLOG}", user_agent: "Exemple reader (+https://blog.example)"}}'
    async with house(configured(tmp_path, [entry])) as home:
        home.web.replies[BLOG] = feed()
        await home.check()
        assert home.web.requests[-1].headers["user-agent"] == "Exemple reader (+https://blog.example)"


@pytest.mark.parametrize("page", [HTML, httpx.Response(200), raw(b" \n"), raw(b'{"error": "no"}')])
async def test_36_a_web_page_or_nothing_is_no_feed_and_changes_nothing_known(
    home: House, page: httpx.Response
) -> None:
    await shown(home, feed(item()))
    before, known = await home.state("blog"), await home.mentions()
    await shown(home, page)
    after = await home.state("blog")
    assert after.outcome is Outcome.UNREADABLE
    assert "expected a feed" in after.cause
    assert (after.window, after.pages, await home.mentions()) == (before.window, before.pages, known)


PACKED = gzip.compress(rss(item()), mtime=0)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (raw(b"<rss>" + b" " * 9 * 2**20), "larger than 8 MiB"),
        (zipped(gzip.compress(b"<rss>" + b" " * 64 * 2**20)), "larger than 8 MiB"),
        (zipped(PACKED[:-12]), "the gzip stream has no end"),
    ],
    ids=["huge", "bomb", "cut"],
)
async def test_37_a_body_that_is_too_large_or_cut_is_no_answer(home: House, page: object, told: str) -> None:
    home.web.replies[BLOG] = page  # type: ignore[assignment]  # a function answers too
    run = (await home.check())["blog"]
    assert run.outcome is Outcome.UNREACHABLE
    assert told in run.cause


async def test_38_changes_alone_are_not_asked_for_and_prove_no_absence(home: House) -> None:
    await shown(home, feed(item()))
    home.web.replies[BLOG] = feed(item(GLASS, f"{HOST}/posts/glass"), status=226)
    run = (await home.check())["blog"]
    assert (run.outcome, run.new) == (Outcome.PARTIAL, 1)
    assert "a-im" not in home.web.requests[-1].headers
    assert len(await home.mentions()) == 2


# --- time -----------------------------------------------------------------------------------------


async def test_39_an_item_that_leaves_and_comes_back_a_year_later_is_known(home: House) -> None:
    await shown(home, feed(item(guid="7")), feed())
    home.clock.advance(390 * DAY)
    assert await shown(home, feed(item(guid="7"))) == ONE


async def test_40_a_feed_broken_for_weeks_is_asked_ever_less_and_told_twice(home: House) -> None:
    home.web.replies[BLOG] = httpx.Response(500)
    waits: list[float] = []
    for _ in range(20):
        await home.check(later=waits[-1] if waits else 3600)
        due = (await home.state("blog")).next_due
        assert due is not None
        waits.append((due - home.clock.now()).total_seconds())
    assert waits == sorted(waits)
    assert waits[-1] == DAY
    assert await shown(home, feed()) == [OwedKind.OUTAGE, OwedKind.RECOVERED]
