"""Links are looked through, made safe to click, and recognised whatever their spelling."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.rules.url import canonical, host, safe_link, shown_host, unwrap
from repwatch.rules.wrappers import opaque

TARGET = "https://journal.example/ada?page=2&x=1"
QUOTED = "https%3A%2F%2Fjournal.example%2Fada%3Fpage%3D2%26x%3D1"


def news_link(*addresses: str) -> str:
    """A news link of the old kind, made from the protobuf it is said to be."""
    raw = b"\x08\x13"
    for tag, address in zip((b"\x22", b"\xd2\x01"), addresses, strict=False):
        size = len(address)
        raw += (
            tag + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + address.encode()
        )
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "wrapped",
    [
        f"https://www.google.com/url?rct=j&sa=t&url={QUOTED}&ct=ga&usg=abc",
        f"http://google.co.uk/url?sa=X&q={QUOTED}&ct=ga",
        f"/url?q={QUOTED}&sa=U",
        f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&url={QUOTED}&c=1",
        "https://www.bing.com/ck/a?p=1&u=a1" + base64.urlsafe_b64encode(TARGET.encode()).decode().rstrip("="),
        f"https://l.facebook.com/l.php?u={QUOTED}&h=1",
        f"https://duckduckgo.com/l/?uddg={QUOTED}",
        f"https://eu.safelinks.protection.outlook.com/?url={QUOTED}&data=1",
        f"https://r.search.yahoo.com/_ylt=1/RU={QUOTED}/RK=2/",
        "https://news.google.com/rss/articles/" + news_link(TARGET) + "?oc=5",
        "https://news.google.com/__i/rss/rd/articles/" + news_link(TARGET, "https://journal.example/amp"),
        "https://news.google.com/articles/" + news_link(TARGET) + "?hl=de",
        "https://www.google.com/url?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D"
        + QUOTED.replace("%", "%25"),
    ],
)
def test_a_redirect_link_is_looked_through(wrapped: str) -> None:
    assert unwrap(wrapped) == TARGET


@pytest.mark.parametrize("form", ["rss/articles/", "articles/", "read/", "__i/rss/rd/articles/"])
@pytest.mark.parametrize("tail", ["", "?oc=5", "?hl=de&gl=DE&ceid=DE%3Ade"])
def test_a_news_link_tells_its_page_and_never_its_amp_copy(form: str, tail: str) -> None:
    link = news_link(TARGET, "https://journal.example/amp/ada")
    assert unwrap(f"https://news.google.com/{form}{link}{tail}") == TARGET
    assert opaque(f"https://news.google.com/{form}{news_link('AU_yqLMadeUp')}{tail}")


def test_a_long_news_address_is_decoded() -> None:
    long = "https://journal.example/" + "ada-" * 60
    assert unwrap("https://news.google.com/read/" + news_link(long)) == long


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com.evil.example/url?url=https://journal.example/",
        "https://evilgoogle.com/url?url=https://journal.example/",
        "https://www.google.com/url?url=javascript:alert(1)",
        "https://www.google.com/url?url=//journal.example/",
        "https://www.google.com/alerts/share?ru=https://journal.example/",
        "https://www.google.com/alerts/feedback?ffu=https://journal.example/",
        "https://news.google.com/rss/articles/" + base64.urlsafe_b64encode(b"\x08\x13\x22\x05AU_yq").decode(),
        "https://journal.example/url?url=https://other.example/",
        "https://user@www.google.com/url?url=https://journal.example/",
        "not a link",
        "http://[::1",
    ],
)
def test_what_is_no_redirect_stays_as_it_is(link: str) -> None:
    assert unwrap(link) == link


@pytest.mark.parametrize(
    "link", ["https://]", "https://[::1", "https://a\u2100.example/", "/url?]", "/url?q=https://]"]
)
def test_a_broken_host_is_never_an_error(link: str) -> None:
    assert unwrap(link) == link
    assert not opaque(link)


def test_only_links_whose_target_is_hidden_are_opaque() -> None:
    assert opaque("https://news.google.com/rss/articles/CBMiAAAA?oc=5")
    assert opaque("https://www.google.com/url?cd=1")
    assert not opaque(TARGET)
    assert not opaque("https://news.google.com/home")


@pytest.mark.parametrize(
    "variant",
    [
        "https://journal.example/ada?a=1&b=2",
        "http://www.journal.example/ada?b=2&a=1",
        "HTTPS://Journal.Example:443/ada/?a=1&b=2#top",
        "http://journal.example:80/x/../ada?a=1&b=2&utm_source=s&utm_medium=m",
        "https://m.journal.example/%61da?a=1&b=2&fbclid=1&gclid=2&mc_cid=3&xtor=RSS-1&at_medium=x",
        "https://amp.journal.example/ada/amp?a=1&b=2",
        "https://journal.example/amp/ada?a=1&b=2&amp=1",
        "https://www.google.com/amp/s/journal.example/ada?a=1&b=2",
        "https://journal-example.cdn.ampproject.org/c/s/journal.example/ada?a=1&b=2",
        "https://journal.example//./ada?&a=1&&b=2&=",
        "https://journal.example/ada?a=1&b=2&%75tm_source=x",
        "  https://journal.example\\ada?a=1&b=2\n",
        "https://journal.example./ada?a=1&b=2#:~:text=Ada",
    ],
)
def test_spellings_of_one_page_have_one_identity(variant: str) -> None:
    assert canonical(variant) == "https://journal.example/ada?a=1&b=2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://journal.example/ada?id=1", "https://journal.example/ada?id=2"),
        ("https://journal.example/Ada", "https://journal.example/ada"),
        ("https://journal.example/a%2Fb", "https://journal.example/a/b"),
        ("https://journal.example/?q=a%26b", "https://journal.example/?q=a&b"),
        ("https://journal.example:8443/", "https://journal.example/"),
        ("https://forum.example/#!topic/1", "https://forum.example/#!topic/2"),
        ("https://a.journal.example/", "https://journal.example/"),
        ("https://m.co.uk/", "https://co.uk/"),
    ],
)
def test_different_pages_keep_different_identities(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//journal.example/",
        "/ada",
        "https://ada:secret@journal.example/",
        "https://journal.example@evil.example/",
        "http:///ada",
        "https://exa mple.example/",
        "https://journal.example:99999/",
        "http://[::1",
        "https://a..b/",
        "https://journal.example/" + "x" * 5000,
    ],
)
def test_what_may_not_be_clicked_has_neither_link_nor_identity(link: str) -> None:
    assert (canonical(link), safe_link(link), host(link)) == ("", "", "")


def test_a_safe_link_keeps_the_page_and_drops_the_tracking() -> None:
    link = "http://www.journal.example/Ada/?b=2&utm_source=x&a=1#part"
    assert safe_link(link) == "http://www.journal.example/Ada/?b=2&a=1#part"


def test_a_safe_link_holds_nothing_that_could_leave_an_attribute() -> None:
    assert not set('"<> ') & set(safe_link('https://journal.example/"><b>?q="<i>#" onclick="x'))


def test_an_international_host_is_punycode() -> None:
    assert host("https://www.bücher.example/ü") == "xn--bcher-kva.example"
    assert canonical("https://bücher.example/ü") == canonical("https://XN--BCHER-KVA.example/%c3%bc")


def test_a_host_that_mixes_scripts_is_flagged() -> None:
    assert shown_host("https://journ\u0430l.example/") == ("xn--journl-7nf.example", True)
    assert shown_host("https://www.bücher.example/") == ("xn--bcher-kva.example", False)
    assert shown_host("nothing") == ("", False)


pieces = st.text(alphabet="/.%?&=#!;@:+\\ é2eamptu_", max_size=30)
hosts = st.sampled_from(
    ["journal.example", "WWW.m.journal.example", "en.m.journal.example", "é.example", "[::1]:81"]
)


@given(st.sampled_from(["http://", "https://"]), hosts, pieces)
def test_a_canonical_url_is_its_own(scheme: str, name: str, rest: str) -> None:
    once = canonical(scheme + name + "/" + rest)
    assert canonical(once) == once
    assert once.isascii()


@given(st.text())
def test_no_text_breaks_a_link_function(text: str) -> None:
    for link in (text, "https://" + text, "https://journal.example/" + text, "/url?q=" + text):
        assert isinstance(unwrap(link), str)
        assert canonical(link) == "" or canonical(link).startswith("https://")
        assert safe_link(link) == "" or safe_link(link).startswith("http")
        assert isinstance(opaque(link), bool)
