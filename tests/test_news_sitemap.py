"""A news sitemap is read whole, packed or not; what is no news, or too much, says so."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, Misconfigured, Unreachable, Unreadable
from repwatch.model import Outcome, Page, Parsed, Request
from repwatch.sources import news_sitemap
from repwatch.sources.news_sitemap import NewsSitemap
from repwatch.sources.options.news_sitemap import NewsSitemapOptions
from tests.house import configured, house
from tests.recorded import PAGES, expected, page, recorded, shown

SITE = "https://gazette.example.org/"
SITEMAP = NewsSitemap(NewsSitemapOptions(url=f"{SITE}news.xml"))
ARTICLES = (PAGES / "news_sitemap" / "articles.xml").read_bytes()
NAMESPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'


def at(body: bytes | str | Path, request: Request | None = None) -> Page:
    return page(body, request or SITEMAP.plan([])[0], url=f"{SITE}news.xml")


def entry(number: int, title: str = "Ada Exemple opens a workshop", date: str = "2026-11-23") -> str:
    return (
        f"<url><loc>{SITE}{number}</loc><n:news><n:publication_date>{date}</n:publication_date>"
        f"<n:title>{title} {number}</n:title></n:news></url>"
    )


def urlset(*entries: str) -> str:
    return f"<urlset {NAMESPACES}>{''.join(entries)}</urlset>"


def index(*entries: str) -> str:
    return f"<sitemapindex>{''.join(entries)}</sitemapindex>"


def listed(name: str, date: str = "") -> str:
    return f"<sitemap><loc>{name}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>"


@pytest.mark.parametrize("file", recorded("news_sitemap"), ids=lambda file: file.stem)
def test_a_recorded_sitemap_gives_what_stands_beside_it(file: Path) -> None:
    assert shown(SITEMAP.parse(at(file))) == expected(file)


def test_it_is_asked_for_once_and_names_nobody() -> None:
    (request,) = SITEMAP.plan([])
    assert (request.url, request.subject) == (f"{SITE}news.xml", None)


@pytest.mark.parametrize("count", [0, 11])
def test_how_many_sitemaps_are_read_is_bounded(count: int) -> None:
    with pytest.raises(ValidationError):
        NewsSitemapOptions(url=SITE, sitemaps=count)


def test_a_packed_sitemap_reads_as_the_plain_one() -> None:
    assert SITEMAP.parse(at(gzip.compress(ARTICLES))) == SITEMAP.parse(at(ARTICLES))


@pytest.mark.parametrize(
    "body",
    [
        b"\n \xef\xbb\xbf" + ARTICLES,
        ARTICLES.replace(b"news:", b"").replace(b"<news ", b"<").replace(b"image:", b"i:"),
        ARTICLES.replace(b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b""),
        ARTICLES.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    ids=["leading blanks", "no prefix", "an undeclared prefix", "utf-16"],
)
def test_spellings_that_sites_choose_change_nothing(body: bytes) -> None:
    assert SITEMAP.parse(at(body)) == SITEMAP.parse(at(ARTICLES))


def test_no_news_for_two_days_is_an_empty_answer() -> None:
    assert SITEMAP.parse(at(urlset())) == Parsed()


def test_a_sitemap_of_pages_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match=r"no news.*robots.txt"):
        SITEMAP.parse(at(f"<urlset><url><loc>{SITE}</loc></url></urlset>"))


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("", "an empty answer"),
        ("<rss version='2.0'><channel/></rss>", "another kind of XML"),
        ("<!doctype html><title>Welcome</title>", 'the web page "Welcome"'),
        ("User-agent: *", "something else"),
    ],
)
def test_what_is_no_sitemap_is_unreadable_and_names_a_next_step(body: str, seen: str) -> None:
    with pytest.raises(Unreadable, match=f"expected a sitemap, got {seen}.*; give the address"):
        SITEMAP.parse(at(body))


def test_a_login_page_is_a_refusal() -> None:
    with pytest.raises(Blocked, match="login"):
        SITEMAP.parse(at("<html><title>Log in</title><form><input type=password></form></html>"))


def test_a_sitemap_that_breaks_off_keeps_its_whole_articles_and_says_so() -> None:
    body = urlset(entry(1), entry(2), entry(3)).partition("workshop 3")[0]
    parsed = SITEMAP.parse(at(body))
    assert [item.url for item in parsed.findings] == [f"{SITE}1", f"{SITE}2"]
    assert parsed.missing == ("the sitemap cannot be read beyond line 1",)


def test_entities_are_refused() -> None:
    with pytest.raises(Unreadable, match="entities"):
        SITEMAP.parse(at(f'<!DOCTYPE urlset [<!ENTITY a "b">]>{urlset(entry(1, "&a;"))}'))


def test_of_too_many_articles_the_newest_are_read_and_the_others_counted() -> None:
    old = [entry(number, date="2026-11-21") for number in range(news_sitemap.MOST)]
    parsed = SITEMAP.parse(at(urlset(*old, entry(7777))))
    assert parsed.findings[0].url == f"{SITE}7777"
    assert len(parsed.findings) == news_sitemap.MOST
    assert "1001 articles" in parsed.missing[0]


# --- packed files ---------------------------------------------------------------------------------


def test_a_bomb_is_refused_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news_sitemap, "LIMIT", 2**20)
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        SITEMAP.parse(at(gzip.compress(b"<urlset>" + b" " * 2**21)))


def test_a_packed_file_that_was_cut_is_no_answer() -> None:
    with pytest.raises(Unreachable, match="no end"):
        SITEMAP.parse(at(gzip.compress(ARTICLES)[:-20]))


def test_what_only_begins_like_gzip_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="is none"):
        SITEMAP.parse(at(b"\x1f\x8bnonsense"))


# --- an index -------------------------------------------------------------------------------------


def test_an_index_without_dates_is_read_in_its_order_and_that_is_told() -> None:
    parsed = SITEMAP.parse(at(index(*(listed(f"/{n}.xml") for n in range(9)))))
    assert [request.url for request in parsed.follow] == [f"{SITE}{n}.xml" for n in range(3)]
    assert "which of its 9 sitemaps are new" in parsed.missing[0]


def test_an_index_leads_to_the_web_only() -> None:
    parsed = SITEMAP.parse(at(index(listed("file:///etc/passwd"), listed("/a.xml"))))
    assert [request.url for request in parsed.follow] == [f"{SITE}a.xml"]


@pytest.mark.parametrize("body", [index(), index("<sitemap/>")])
def test_an_index_of_nothing_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable, match="lists none"):
        SITEMAP.parse(at(body))


def test_an_index_within_an_index_is_not_followed() -> None:
    (inner,) = SITEMAP.parse(at(index(listed("/inner.xml")))).follow
    with pytest.raises(Unreadable, match="further index"):
        SITEMAP.parse(at(index(listed("/deeper.xml")), inner))


# --- through the daemon ---------------------------------------------------------------------------

ENTRY = (f'{{kind: news_sitemap, id: gazette, url: "{SITE}index.xml", every: 1h}}',)
INDEX = httpx.Response(200, content=index(listed(f"{SITE}news.xml.gz", "2026-11-23")).encode())


def packed(*entries: str) -> httpx.Response:
    return httpx.Response(200, content=gzip.compress(urlset(*entries).encode(), mtime=0))


async def test_an_index_that_stays_the_same_still_leads_to_what_is_new(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies = {f"{SITE}index.xml": INDEX, f"{SITE}news.xml.gz": packed(entry(1))}
        assert (await home.check())["gazette"].read == 1
        assert (await home.check())["gazette"].unchanged
        home.web.replies[f"{SITE}news.xml.gz"] = packed(entry(2), entry(1))
        run = (await home.check())["gazette"]
        assert (run.outcome, run.new) == (Outcome.OK, 1)


async def test_an_index_whose_sitemaps_fail_is_a_failure_and_not_an_empty_answer(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies = {f"{SITE}index.xml": INDEX, f"{SITE}news.xml.gz": httpx.Response(500)}
        assert (await home.check())["gazette"].outcome is Outcome.UNREACHABLE


async def test_a_sitemap_packed_on_its_way_is_read_too(tmp_path: Path) -> None:
    def zipped(_: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(gzip.compress(urlset(entry(1)).encode()))
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream)

    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies = {f"{SITE}index.xml": INDEX, f"{SITE}news.xml.gz": zipped}
        assert (await home.check())["gazette"].read == 1


async def test_more_than_the_door_lets_through_is_a_clear_cause(tmp_path: Path) -> None:
    async with house(configured(tmp_path, ENTRY)) as home:
        home.web.replies = {f"{SITE}index.xml": httpx.Response(200, content=b"<urlset>" + b" " * 9 * 2**20)}
        run = (await home.check())["gazette"]
        assert run.outcome is Outcome.UNREACHABLE
        assert "larger than 8 MiB" in run.cause
