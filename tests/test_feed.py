from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, Unreadable
from repwatch.model import Finding, Parsed
from repwatch.sources.feed import Feed
from repwatch.sources.options.feed import FeedOptions
from tests.recorded import expected, page, recorded, shown

FEED = Feed(FeedOptions(url="https://press.example.org/feed"))


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def item(title: str = "A title", link: str = "https://press.example.org/1", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def only(body: str | bytes, headers: dict[str, str] | None = None) -> Finding:
    (finding,) = FEED.parse(page(body, headers=headers)).findings
    return finding


@pytest.mark.parametrize("file", recorded("feed"), ids=lambda file: file.stem)
def test_a_recorded_feed_gives_what_stands_beside_it(file: Path) -> None:
    assert shown(FEED.parse(page(file))) == expected(file)


def test_one_request_names_nobody() -> None:
    (request,) = FEED.plan([])
    assert (request.url, request.subject) == ("https://press.example.org/feed", None)


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        FeedOptions.model_validate({"url": "https://press.example.org/feed", "urll": "x"})


@pytest.mark.parametrize("url", ["ftp://example.org/feed", "feed", "javascript:alert(1)", "https://"])
def test_an_address_must_be_absolute_http(url: str) -> None:
    with pytest.raises(ValidationError, match="absolute"):
        FeedOptions(url=url)


def test_a_feed_without_entries_is_empty_and_no_error() -> None:
    assert FEED.parse(page(rss())) == Parsed(title="T")


@pytest.mark.parametrize("body", ["", "   ", "nothing of the kind", "<opml/>", '{"error": 1}', "[1]"])
def test_anything_else_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable, match="expected a feed"):
        FEED.parse(page(body))


def test_a_web_page_is_named_by_its_title() -> None:
    with pytest.raises(Unreadable, match='the web page "Our new site"'):
        FEED.parse(
            page("<!doctype html><html><title>Our new site</title><item><title>x</title></item></html>")
        )


def test_a_challenge_page_is_a_refusal() -> None:
    with pytest.raises(Blocked, match="challenge"):
        FEED.parse(page("<html><title>Just a moment...</title><body>Wait</body></html>"))


def test_a_feed_cut_in_the_middle_keeps_its_whole_entries_and_says_so() -> None:
    body = rss(item("First"), item("Second, cut")).partition(", cut")[0]
    parsed = FEED.parse(page(body))
    assert [finding.title for finding in parsed.findings] == ["First"]
    assert "stops in the middle" in parsed.missing[0]


def test_an_undefined_entity_does_not_make_a_feed_partial() -> None:
    parsed = FEED.parse(page(rss(item("Caf&eacute;&nbsp;noir &unknown; AT&T"))))
    assert parsed.missing == ()
    assert parsed.findings[0].title.startswith("Café noir")
    assert parsed.findings[0].title.endswith("AT&T")


def test_a_partial_answer_of_changes_only_proves_no_absence() -> None:
    assert FEED.parse(page(rss(item()), status=226)).missing == ("the server sent only what changed",)


# --- identity -----------------------------------------------------------------------------------


def test_an_empty_guid_is_none() -> None:
    assert only(rss(item(more="<guid/>"))).guid == ""


def test_a_guid_that_several_links_share_identifies_none_of_them() -> None:
    guid = "<guid isPermaLink='false'>same</guid>"
    parsed = FEED.parse(
        page(rss(item("A", "https://e.example/1", guid), item("B", "https://e.example/2", guid)))
    )
    assert [finding.url for finding in parsed.findings] == ["https://e.example/1", "https://e.example/2"]


def test_of_two_copies_the_newest_wins_whatever_their_order() -> None:
    old = item("Old", more="<guid>g</guid><pubDate>Sat, 21 Nov 2026 05:07:00 GMT</pubDate>")
    new = item("New", more="<guid>g</guid><pubDate>Sun, 22 Nov 2026 05:07:00 GMT</pubDate>")
    assert only(rss(old, new)).title == only(rss(new, old)).title == "New"


def test_a_permalink_guid_stands_in_for_a_missing_link() -> None:
    body = rss("<item><title>T</title><guid>https://press.example.org/9</guid></item>")
    assert only(body).url == "https://press.example.org/9"


def test_a_guid_that_is_no_address_never_becomes_a_link() -> None:
    assert only(rss("<item><title>T</title><guid>1</guid></item>")).url == ""


def test_items_that_say_nothing_are_counted_not_shown() -> None:
    parsed = FEED.parse(page(rss(item(), "<item><guid>1</guid></item>")))
    assert len(parsed.findings) == 1
    assert parsed.missing == ("1 of its items have neither title nor link",)


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[::1"]
)
def test_a_link_that_is_not_http_is_dropped(link: str) -> None:
    assert only(rss(item(link=link))).url == ""


def test_a_relative_link_is_resolved_against_the_final_address() -> None:
    answer = page(rss(item(link="../a?x=1&amp;y=2")), url="https://moved.example.net/feeds/all")
    assert FEED.parse(answer).findings[0].url == "https://moved.example.net/a?x=1&y=2"


def test_an_entry_with_only_its_own_document_links_there() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:x</id><title>E</title>'
        '<link rel="self" href="https://blog.example.net/1"/></entry></feed>'
    )
    assert only(body).url == "https://blog.example.net/1"


# --- text ---------------------------------------------------------------------------------------


def test_a_missing_title_is_taken_from_the_summary() -> None:
    body = rss(
        "<item><link>https://m.example</link><description>Only &lt;b&gt;words&lt;/b&gt;</description></item>"
    )
    assert (only(body).title, only(body).summary) == ("Only words", "")


def test_control_characters_and_bidi_tricks_never_arrive() -> None:
    title = only(rss(item("A\u202eB\u200bC\x07D")).encode()).title
    assert title == "ABCD"


def test_a_title_of_a_megabyte_is_cut() -> None:
    assert len(only(rss(item("long " * 200_000))).title) <= 300


def test_html_in_a_title_becomes_text() -> None:
    assert only(rss(item("<![CDATA[<b>Ada</b> <script>x()</script>&amp; co]]>"))).title == "Ada & co"


# --- encodings ----------------------------------------------------------------------------------

ACCENTS = rss(item("Élodie, Noël, été, forêt, œuvre"))
WANTED = "Élodie, Noël, été, forêt, œuvre"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "cp1252"])
def test_an_undeclared_encoding_is_found(name: str) -> None:
    assert only(ACCENTS.encode(name)).title == WANTED


def test_bytes_that_are_utf8_are_believed_before_any_label() -> None:
    body = f'\n <?xml version="1.0" encoding="windows-1251"?>{ACCENTS}'.encode()
    assert only(body, {"content-type": "text/xml; charset=iso-8859-1"}).title == WANTED


@pytest.mark.parametrize(
    ("codec", "label", "title"),
    [
        ("koi8-r", "koi8-r", "Вымысел"),
        ("shift_jis", "Shift_JIS", "架空の人"),
        ("iso2022_jp", "ISO-2022-JP", "架空"),
    ],
)
def test_a_declared_encoding_is_read(codec: str, label: str, title: str) -> None:
    body = f'<?xml version="1.0" encoding="{label}"?>{rss(item(title))}'.encode(codec)
    assert only(body).title == title


def test_the_header_names_the_encoding_before_the_document() -> None:
    body = f'<?xml version="1.0" encoding="koi8-r"?>{rss(item("Łódź"))}'.encode("iso-8859-2")
    assert only(body, {"content-type": "application/rss+xml; charset=ISO-8859-2"}).title == "Łódź"


def test_one_broken_byte_does_not_spoil_the_other_accents() -> None:
    body = rss(item("Élodie, Noël, été, forêt")).encode().replace(b"for", b"\xfffor")
    assert "Élodie, Noël, été" in only(body).title


def test_utf7_is_never_decoded() -> None:
    body = f'<?xml version="1.0" encoding="utf-7"?>{rss(item("+ADw-b+AD4-"))}'
    assert only(body).title == "+ADw-b+AD4-"


@pytest.mark.parametrize("label", ["no-such-code", "hex", "idna", "x" * 500])
def test_a_nonsense_label_is_no_error(label: str) -> None:
    body = ACCENTS.encode("cp1252")
    assert only(body, {"content-type": f"text/xml; charset={label}"}).title == WANTED


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    ["", "1764000000", "0000-00-00T00:00:00Z", "Mon, 31 Feb 2026 24:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
     "Sat, 23 Nov 2999 05:00:00 GMT", "lundi 23 novembre"],
)  # fmt: skip
def test_an_unbelievable_date_is_none(date: str) -> None:
    finding = only(rss(item(more=f"<pubDate>{date}</pubDate>")))
    assert (finding.published, finding.published_is_page_date) == (None, False)


def test_a_date_of_tomorrow_is_believed() -> None:
    assert only(rss(item(more="<pubDate>Tue, 24 Nov 2026 05:00:00 GMT</pubDate>"))).published is not None


# --- attacks ------------------------------------------------------------------------------------


def test_a_file_of_this_machine_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    body = f'<!DOCTYPE rss [<!ENTITY e SYSTEM "file://{secret}">]>{rss(item("x &e; y"))}'
    assert "SECRET" not in only(body).title
    with pytest.raises(Unreadable):
        FEED.parse(page(str(secret)))


@pytest.mark.parametrize(
    "body",
    ['{"version": "https://jsonfeed.org/version/1.1", "items": [', '{"a":' * 50_000, '{"a": ' + "9" * 9999],
)
def test_broken_json_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable, match="JSON"):
        FEED.parse(page(body))


def test_a_bomb_of_entities_is_refused_and_not_taken_for_an_empty_feed() -> None:
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{lols}]>{rss(item("x &l8; y"))}'
    with pytest.raises(Unreadable, match="entities"):
        FEED.parse(page(bomb.encode()))


def test_a_feed_that_defines_a_plain_entity_is_read() -> None:
    text = (
        '<!DOCTYPE rss [<!ENTITY eacute "\u00e9">]><rss version="2.0"><channel><title>T</title><item>'
        "<title>Ada Exempl&eacute;</title><link>https://e.example/1</link></item></channel></rss>"
    )
    assert len(FEED.parse(page(text.encode())).findings) == 1
