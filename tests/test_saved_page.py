"""Saved result pages: what each engine's page says, and what is no such page."""

from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.errors import Blocked, SourceError, Unreadable
from repwatch.model import Parsed
from repwatch.parsing import codec
from repwatch.parsing.handle import ParserChild
from repwatch.sources.engines import asked
from repwatch.sources.saved_page import SavedPage
from tests.recorded import expected, page, shown
from tests.saved import FOLDER, archive

GOOGLE = "https://www.google.com/search?q=%22Ada+Exemple%22&hl=fr&start=10"
RESULTS = sorted(file for file in FOLDER.glob("*.html") if file.with_suffix(".expected.json").exists())
REFUSALS = {
    "blog.html": (Unreadable, 'got the web page "Ada Exemple: a page of mine"'),
    "google-captcha.html": (Blocked, "a CAPTCHA page was saved, without any results"),
    "google-consent.html": (Blocked, "a consent page was saved, without any results"),
    "google-news-tab.html": (Unreadable, "not its page of web results (tbm=nws)"),
    "google-not-ready.html": (Unreadable, "no result can be made out on this page of Google"),
}


def parse(body: bytes | str | Path) -> Parsed:
    return SavedPage().parse(page(body, url=""))


def saved(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("file", RESULTS, ids=lambda file: file.stem)
def test_a_page_is_read_as_its_engine_shows_it(file: Path) -> None:
    parsed = parse(file)
    assert {**shown(parsed), "about": {k: v for k, v in parsed.about.items() if v}} == expected(file)


def test_every_page_is_expected_to_say_something() -> None:
    assert {file.name for file in FOLDER.glob("*.html")} == {file.name for file in RESULTS} | set(REFUSALS)


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_no_page_of_results_is_an_error_that_says_what_to_do(name: str) -> None:
    kind, said = REFUSALS[name]
    with pytest.raises(kind, match="and save that page") as raised:
        parse(saved(name))
    assert said in raised.value.cause


@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "8bit", "binary"])
def test_a_web_archive_says_the_same_as_the_page_in_it(coding: str) -> None:
    parsed = parse(archive(saved("google.html"), GOOGLE, coding=coding))
    assert parsed.findings == parse(saved("google.html")).findings


def test_what_chromium_itself_saved_of_our_page_says_the_same() -> None:
    parsed = parse(FOLDER / "google.mhtml")
    assert parsed.findings == parse(saved("google.html")).findings
    assert parsed.about["saved"].startswith("20")


def test_a_web_archive_says_when_it_was_saved_and_which_page_it_is() -> None:
    about = parse(archive(saved("google-basic-page-2.html"), GOOGLE)).about
    assert about == {
        "engine": "google",
        "query": '"Ada Exemple"',
        "locale": "fr",
        "before": "10",
        "saved": "2024-11-20T10:02:03+00:00",
    }


def test_the_root_of_an_archive_is_the_part_that_it_names() -> None:
    first = archive(saved("blog.html"), "https://blog.example.org/", start="<other@mhtml.blink>")
    other = archive(saved("google.html"), GOOGLE).split(b"------MultipartBoundary--x1Y----\r\n", 1)[1]
    fence = b"------MultipartBoundary--x1Y----"
    both = first.replace(fence + b"--", fence + b"\r\n" + other.replace(b"frame-1", b"other", 1))
    assert len(parse(both.replace(b"https://blog.example.org/", GOOGLE.encode(), 1)).findings) == 4


def test_an_archive_of_nested_parts_as_old_browsers_wrote_it_is_read() -> None:
    inner = archive(saved("bing.html"), "https://www.bing.com/search?q=ada", coding="base64")
    nested = (
        b"From: <Saved by Windows Internet Explorer 8>\r\nDate: Wed, 20 Nov 2024 11:02:03 +0100\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="=_A"\r\n\r\n--=_A\r\n'
        + inner[inner.index(b"Content-Type") :]
        + b"\r\n--=_A--\r\n"
    )
    parsed = parse(nested)
    assert (parsed.about["engine"], parsed.about["saved"]) == ("bing", "2024-11-20T10:02:03+00:00")


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 20 Nov 2099 10:02:03 -0000"])
def test_a_date_that_cannot_be_leaves_the_moment_open(date: str) -> None:
    assert parse(archive(saved("google.html"), GOOGLE, date=date)).about["saved"] == ""


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello", "there is no page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nhello", "there is no page"),
        (b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nabcde", "is damaged"),
        (b"", "an empty answer"),
        (b"\0\1\2\3", "something else"),
        (b"%PDF-1.7 no page", "something else"),
        (b"<html></html>", "a web page"),
    ],
)
def test_a_broken_file_is_told_as_what_it_is(broken: bytes, said: str) -> None:
    with pytest.raises(SourceError) as raised:
        parse(broken)
    assert said in raised.value.cause


def test_parts_inside_parts_without_end_are_left_alone() -> None:
    part = b'Content-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    with pytest.raises(Unreadable, match="there is no page"):
        parse(b"MIME-Version: 1.0\r\n" + part * 2000)


def test_an_engine_that_is_not_in_the_table_is_named_as_unknown() -> None:
    with pytest.raises(Unreadable, match="Google, Bing, DuckDuckGo or Qwant"):
        parse(archive(saved("google.html"), "https://search.example.org/?q=ada"))


@pytest.mark.parametrize("charset", ["windows-1252", "utf-8", "utf-16"])
def test_accents_survive_whatever_the_page_was_saved_in(charset: str) -> None:
    text = saved("bing.html").decode().replace('charset="utf-8"', f'charset="{charset}"')
    body = text.encode(charset, "xmlcharrefreplace")
    assert "l'anti" not in parse(body).findings[0].title
    assert parse(body).findings[0].summary.endswith("forme les indépendants à Lyon.")


@pytest.mark.parametrize(
    ("address", "engine", "query", "locale", "before"),
    [
        ("https://www.google.fr/search?q=ada&start=20&hl=fr", "google", "ada", "fr", 20),
        ("https://www.google.co.uk/#q=ada+exemple&lr=lang_en", "google", "ada exemple", "en", 0),
        ("https://www.bing.com/search?q=ada&first=11&mkt=fr-FR", "bing", "ada", "fr-FR", 10),
        ("https://html.duckduckgo.com/html/?q=ada&kl=be-fr&s=30", "duckduckgo", "ada", "fr-BE", 30),
        ("https://duckduckgo.com/", "duckduckgo", "", "", None),
        ("https://www.qwant.com/?q=ada&t=web&locale=fr_FR", "qwant", "ada", "fr-FR", 0),
        ("https://www.google.com/search?q=ada&start=-1&hl=%3Cb%3E", "google", "ada", "", None),
    ],
)
def test_an_address_tells_the_search(
    address: str, engine: str, query: str, locale: str, before: int | None
) -> None:
    search = asked(address)
    assert search
    assert (search.engine.name, search.query, search.locale, search.before) == (engine, query, locale, before)
    assert search.tab == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://www.google.com/search?q=ada&udm=2",
        "https://www.google.com/maps?q=ada",
        "https://www.bing.com/news/search?q=ada",
        "https://duckduckgo.com/?q=ada&iax=images&ia=images",
        "https://www.qwant.com/?q=ada&t=news",
    ],
)
def test_other_tabs_are_not_the_web(address: str) -> None:
    search = asked(address)
    assert search
    assert search.tab


@pytest.mark.parametrize(
    "address", ["https://www.google.com.evil.example/search?q=ada", "http://[", "file:///x", "google.com"]
)
def test_a_stranger_is_no_engine(address: str) -> None:
    assert asked(address) is None


def test_markup_in_a_title_stays_text() -> None:
    body = saved("duckduckgo.html").replace(
        b"<span>Portrait : Ada", b"<span>&lt;script&gt;x&lt;/script&gt; Ada"
    )
    assert parse(body).findings[1].title == "<script>x</script> Ada Exemple"


def test_what_the_child_says_of_a_page_comes_back_whole() -> None:
    parsed = parse(saved("google.html"))
    assert codec.loads(codec.dumps(parsed)) == parsed


async def test_a_hostile_page_ends_its_child_and_no_other() -> None:
    child = ParserChild(quick_seconds=2, wall_seconds=5)
    try:
        bomb = archive(b"<html>" + b"<div>" * 1_500_000 + b"<h3>", GOOGLE)
        with pytest.raises(Unreadable):
            await child.parse(SavedPage(), page(bomb))
        assert len((await child.parse(SavedPage(), page(saved("google.html")))).findings) == 4
    finally:
        await child.close()
