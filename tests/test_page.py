"""The text of web pages: what is read, what is left out, and what is no page at all."""

from __future__ import annotations

from contextlib import suppress

import pytest
from pydantic import ValidationError

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreadable
from repwatch.model import Page, Parsed, Snapshot
from repwatch.parsing.handle import ParserChild
from repwatch.rules.blocks import LONGEST, Blocks
from repwatch.sources import readable
from repwatch.sources.options.page import PageOptions
from repwatch.sources.page import WatchedPage
from tests.recorded import page

URL = "https://aef.example/equipe"
HTML = {"content-type": "text/html; charset=utf-8"}


def watched(**options: object) -> WatchedPage:
    return WatchedPage(PageOptions.model_validate({"url": URL, **options}))


def answer(body: str, *, url: str = URL, kind: str = HTML["content-type"]) -> Page:
    (request,) = watched().plan([])
    return page(body, request, url=url, headers={"content-type": kind})


def snapshot(parsed: Parsed) -> Snapshot:
    (found,) = parsed.snapshots
    return found


def blocks(body: str, **options: object) -> Blocks:
    return snapshot(
        watched(**options).parse(answer(f"<!doctype html><html><body>{body}</body></html>"))
    ).blocks


# --- main text --------------------------------------------------------------------------------

TEXTS = [
    ("<main><p>In</p></main><p>Out</p>", ("In",)),
    ("<p>Out</p><article><p>In</p></article>", ("In",)),
    ("<article><p>One</p></article><article><p>Two</p></article>", ("One", "Two")),
    ("<div role=main>In</div><p>Out</p>", ("In",)),
    ("<p>a <b>b</b><i>c</i></p>d", ("a bc", "d")),
    ("<p>a<br>b</p>", ("a", "b")),
    ("<h2>Head<small> line</small></h2><p>a", ("# Head line", "a")),
    ("<table><tr><td>a<td>b<tr><td>c</table>", ("a · b", "c")),
    ("<ul><li>a<ul><li>b</ul>c</ul>", ("a", "b", "c")),
    ("<p>a</p><script>x()</script><style>y{}</style><noscript>z</noscript>", ("a",)),
    ("<p>a<!-- b --> c</p>", ("a c",)),
    ("<p>a</p><nav>b</nav><footer>c</footer><aside>d</aside>", ("a",)),
    ("<header>b</header><header><h1>c</h1></header><p>a</p>", ("# c", "a")),
    ("<p>Much to read here, really.</p><div class='cookie-notice'>b</div>", ("Much to read here, really.",)),
    ("<div class=no-sidebar><p>Much to read here.</p></div>", ("Much to read here.",)),
    ("<p>a</p><p hidden>b</p><p style='color: red; display : none'>c</p><p aria-hidden=true>d</p>", ("a",)),
    ("<p>a <button>b</button><select><option>c</select></p>", ("a",)),
    ("<p>a&nbsp;&eacute;&#8203;b</p>", ("a éb",)),
    ("<p>a</p>tail<nav>b</nav> more", ("a", "tail more")),
]


@pytest.mark.parametrize(("body", "expected"), TEXTS)
def test_what_is_read_of_a_page(body: str, expected: Blocks) -> None:
    assert blocks(body) == expected


def test_a_part_may_be_chosen_by_selector_or_by_xpath() -> None:
    body = "<p class=x>a</p><p>b</p><img alt='c'>"
    assert blocks(body, selector="p.x") == ("a",)
    assert blocks(body, xpath="//p[2] | //img/@alt") == ("b", "c")
    assert blocks(body, xpath="string(//p[2])") == ("b",)


def test_what_is_ignored_is_neither_compared_nor_kept() -> None:
    assert blocks("<p>Visitor 57, welcome</p><p>Token ab12</p>", ignore=[r"visitor \d+,", "^token .*"]) == (
        "welcome",
    )


def test_a_page_without_end_is_partial() -> None:
    parsed = watched().parse(
        answer(f"<html><body>{'<p>' + 'word ' * 700 + '</p>'}".replace("<p>", "<p>", 1) * 80)
    )
    assert sum(map(len, snapshot(parsed).blocks)) <= LONGEST
    assert parsed.missing[0].startswith("only the first")


def test_another_way_to_read_it_is_another_page() -> None:
    ways = [watched(), watched(selector="p"), watched(ignore=["x"]), watched(numbers=False)]
    assert len({way.plan([])[0].key for way in ways}) == len(ways)


# --- no page ----------------------------------------------------------------------------------

REFUSED = [
    ("<html><body></body></html>", HTML["content-type"], Unreadable),
    ("<html><body><h1>Only a heading</h1></body></html>", HTML["content-type"], Unreadable),
    ("", HTML["content-type"], Unreadable),
    ('{"a": 1}', "application/json", Unreadable),
    ("%PDF-1.7", "application/pdf", Unreadable),
    ("<rss version='2.0'/>", "text/xml", Misconfigured),
    (
        "<html><head><title>Just a moment...</title></head><body>x</body></html>",
        HTML["content-type"],
        Blocked,
    ),
]


@pytest.mark.parametrize(("body", "kind", "error"), REFUSED)
def test_what_is_no_page_is_never_an_empty_one(body: str, kind: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        watched().parse(answer(body, kind=kind))


def test_a_selector_that_finds_nothing_is_a_page_that_changed() -> None:
    for options in ({"selector": "main .team"}, {"xpath": "//td"}, {"xpath": "string(//td)"}):
        with pytest.raises(Unreadable, match="finds nothing on the page"):
            blocks("<p>a</p>", **options)


def test_a_redirect_to_a_login_is_a_refusal() -> None:
    with pytest.raises(Blocked, match="login"):
        watched().parse(
            answer("<html><body><p>Welcome back</p></body></html>", url="https://aef.example/login?to=x")
        )


def test_an_xpath_that_cannot_be_evaluated_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match="cannot be used"):
        blocks("<p>a</p>", xpath="nonsense(//p)")


def test_a_page_that_is_too_large_is_not_read_in_part() -> None:
    with pytest.raises(Unreadable, match="2 MiB"):
        watched().parse(answer("x" * (readable.LARGEST + 1)))


# --- hostile pages, in the child --------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200_000 + "a",
        "<p>" * 200_000 + "a",
        "<b>" * 100_000 + "<p>a" * 1000,
        "<table><tr><td>" * 50_000 + "a",
        "<div class=share>" * 250 + "a" * 1_000_000,
    ],
    ids=["deep", "flat", "mixed", "tables", "furniture"],
)
async def test_a_hostile_page_is_read_or_refused_in_time(body: str) -> None:
    child = ParserChild()
    try:
        with suppress(Unreadable):
            parsed = await child.parse(watched(), answer(f"<html><body>{body}"))
            assert len(parsed.snapshots) == 1
        after = await child.parse(watched(), answer("<html><body><main><p>An honest page.</p></main>"))
        assert [snapshot.blocks for snapshot in after.snapshots] == [("An honest page.",)]
    finally:
        await child.close()


async def test_an_expression_that_stalls_is_stopped_with_the_child() -> None:
    child = ParserChild(quick_seconds=0.5, wall_seconds=1)
    with pytest.raises(Unreadable, match="stopped after 1 s"):
        await child.parse(watched(ignore=["(a+)+$"]), answer(f"<html><body><p>{'a' * 60}b</p>"))
    await child.close()


async def test_a_snapshot_comes_back_whole_from_the_child() -> None:
    child = ParserChild()
    asked = answer("<html lang=fr><head><title>T</title></head><body><p>é 漢 a</p></body></html>")
    assert await child.parse(watched(), asked) == watched().parse(asked)
    await child.close()


# --- options ----------------------------------------------------------------------------------

WRONG = [
    ({"selector": "p..x"}, "expected a CSS selector"),
    ({"xpath": "//p["}, "expected an XPath"),
    ({"ignore": ["(a"]}, "expected a regular expression"),
    ({"selector": "p", "xpath": "//p"}, "not both"),
    ({"url": "ftp://aef.example"}, "absolute http"),
]


@pytest.mark.parametrize(("options", "cause"), WRONG)
def test_an_option_that_cannot_work_is_refused_with_what_was_expected(
    options: dict[str, object], cause: str
) -> None:
    with pytest.raises(ValidationError, match=cause):
        watched(**options)
