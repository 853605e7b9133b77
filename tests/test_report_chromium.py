"""The report in a real browser: readable in light and dark, on a phone, in French, for everyone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repwatch.model import Priority, Turn
from repwatch.report.render import render
from repwatch.report.view import build
from tests.samples import sample_change, sample_material, sample_mention, sample_news

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A mail is shown inside a mail program, which brings the page's landmarks itself.
LAYOUT_RULES = ("landmark-one-main", "region", "page-has-heading-one", "bypass")
LOOKS = [
    ("light", "en", 760),
    ("dark", "en", 760),
    ("light", "en", 360),
    ("dark", "fr", 360),
    ("light", "fr", 760),
]

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}; set CHROMIUM"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    with api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)


def shown(browser: Browser, html: str, scheme: str = "light", width: int = 760) -> tuple[Page, list[str]]:
    """The page, and every address it asked for."""
    asked: list[str] = []
    context = browser.new_context(
        offline=True,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_content(html)
    return page, asked


def html_of(language: str = "en") -> str:
    news = (*sample_news(), sample_change(more=2, priority=Priority.HIGH), sample_change(turn=Turn.UNNAMED))
    return render(build(sample_material(language, news=news))).html


@pytest.mark.parametrize(("scheme", "language", "width"), LOOKS)
def test_nobody_is_shut_out(browser: Browser, scheme: str, language: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe checks accessibility")
    page, _ = shown(browser, html_of(language), scheme, width)
    rules = {name: {"enabled": False} for name in LAYOUT_RULES}
    found = axe.Axe().run(page, options={"rules": rules})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("scheme", "language", "width"), LOOKS)
def test_nothing_runs_over_the_edge(browser: Browser, scheme: str, language: str, width: int) -> None:
    page, _ = shown(browser, html_of(language), scheme, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_word_without_end_does_not_widen_a_phone(browser: Browser) -> None:
    endless = sample_mention(
        1, title="x" * 300, summary="Ada Exemple " + "y" * 600, url="https://" + "z" * 60 + ".example/"
    )
    page, _ = shown(browser, render(build(sample_material(mentions=(endless,)))).html, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_dark_is_dark_and_light_is_light(browser: Browser) -> None:
    def background(scheme: str) -> int:
        page, _ = shown(browser, html_of(), scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(","))

    assert background("light") > 600
    assert background("dark") < 120


def test_opening_the_report_asks_nobody_for_anything(browser: Browser) -> None:
    _, asked = shown(browser, html_of())
    assert [url for url in asked if url.startswith("http")] == []


def test_the_preheader_is_not_seen(browser: Browser) -> None:
    page, _ = shown(browser, html_of())
    assert page.get_by_text("First: Customers file").is_visible() is False


def test_a_hostile_title_runs_nothing(browser: Browser) -> None:
    title = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
    mention = sample_mention(1, title=title, summary=title, site=title, author=title)
    page, _ = shown(browser, render(build(sample_material(mentions=(mention,)))).html)
    assert page.title().startswith("[repwatch]")
