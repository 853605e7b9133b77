"""The HTML and the text of a report: complete, small, harmless, and saying the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from repwatch.model import Outcome, Owed, OwedKind, Priority, Reason, Verdict
from repwatch.report.material import Checked, Material
from repwatch.report.render import HTML_LIMIT, Rendered, render
from repwatch.report.view import build
from tests.samples import ADA, NOW, sample_checked, sample_material, sample_mention

HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "=?utf-8?q?a=0ABcc:?=",
    '"><img src=x onerror=alert(1)>',
    "\u202egnol si siht",
    "\ud800 lone",
    "a\x00b\x85c\u2028d\x0be",
    "🎉" * 300,
    "x" * 300,
    "&amp;&#39;" * 30,
)


class Outline(HTMLParser):
    """What a mail program would see: tags with their attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def rendered(material: Material | None = None) -> Rendered:
    return render(build(material or sample_material()))


def with_title(title: str) -> Rendered:
    return rendered(sample_material(mentions=(sample_mention(1, title=title, summary=title),), news=()))


def bloated(number: int) -> Material:
    """As large as the border lets things become: long texts that escaping makes five times longer."""
    reasons = tuple(Reason("context_place", "&" * 300, 1.0) for _ in range(5))
    mentions = tuple(
        sample_mention(
            n,
            title="'" * 300,
            summary='"&' * 1000,
            url=f"https://x.example/{n}?" + "&".join(f"a{i}=1" for i in range(300)),
            priority=Priority.HIGH,
            priority_reasons=reasons,
            verdict=Verdict(sample_mention().verdict.label, 0.9, reasons),
        )
        for n in range(1, number)
    )
    checked = tuple(
        Checked(f"s{n}", "&" * 300, outcome=Outcome.BLOCKED, cause="'" * 999, next_step="<" * 999)
        for n in range(500)
    )
    news = tuple(Owed(n, "r", OwedKind.OUTAGE, NOW, source=f"s{n}", detail="&" * 999) for n in range(500))
    return sample_material(mentions=mentions, checked=checked, news=news)


@pytest.mark.parametrize("number", [1, 60, 500])
def test_the_html_fits_an_unclipped_mail_whatever_happens(number: int) -> None:
    assert len(rendered(bloated(number)).html.encode()) <= HTML_LIMIT


def test_five_hundred_mentions_fit_and_the_hidden_ones_are_told() -> None:
    report = rendered(sample_material(mentions=tuple(sample_mention(n) for n in range(1, 501))))
    shown = report.html.count("<h3")
    assert len(report.html.encode()) <= HTML_LIMIT
    assert shown == 50
    assert f"and {500 - shown} more: repwatch mentions list" in Outline(report.html).text
    assert f"and {500 - shown} more: repwatch mentions list" in report.text


def test_an_ordinary_report_is_far_below_the_limit() -> None:
    assert len(rendered().html.encode()) < 30_000


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_text(title: str) -> None:
    report = with_title(title)
    tags = {tag for tag, _ in Outline(report.html).tags}
    assert tags.isdisjoint({"script", "img", "iframe", "form", "object", "link"})
    assert not any(name.startswith("on") for _, attrs in Outline(report.html).tags for name in attrs)
    report.html.encode()
    report.text.encode()


def test_template_words_in_a_title_are_not_run() -> None:
    report = with_title("{{ 7*7 }}")
    assert "{{ 7*7 }}" in Outline(report.html).text
    assert "{{ 7*7 }}" in report.text


def test_markup_in_a_title_is_shown_as_it_is() -> None:
    report = with_title("<script>alert(1)</script>")
    assert "<script>alert(1)</script>" in Outline(report.html).text.replace("&lt;", "<")
    assert "<script>alert(1)</script>" in report.text


def test_bidi_controls_never_reach_the_mail() -> None:
    report = with_title("\u202egnol si siht")
    assert "\u202e" not in report.html + report.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_loaded_from_anywhere(language: str) -> None:
    outline = Outline(rendered(sample_material(language)).html)
    assert outline.all("img") == []
    loading = [
        attrs for tag, attrs in outline.tags if tag != "a" and {"src", "href", "background"} & attrs.keys()
    ]
    assert loading == []
    assert "url(" not in rendered(sample_material(language)).html


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_link_of_the_html_is_in_the_text_on_a_line_of_its_own(language: str) -> None:
    report = rendered(sample_material(language))
    links = {attrs["href"] for attrs in Outline(report.html).all("a")}
    lines = {line.strip() for line in report.text.splitlines()}
    assert len(links) == 8
    assert links <= lines


def test_every_heading_and_outcome_of_the_html_is_in_the_text() -> None:
    view = build(sample_material())
    text = " ".join(render(view).text.split())
    assert all(one.title.upper() in text for one in view.sections)
    assert all(f"{row.source}: {row.outcome}" in text for row in view.checked)
    assert all(card.link.text in text for one in view.sections for card in one.cards)


def test_the_text_is_wrapped_at_72_except_for_links() -> None:
    long = [line for line in rendered().text.splitlines() if len(line) > 72 and "://" not in line]
    assert long == []


def test_the_text_ends_with_a_signature() -> None:
    assert "\n-- \nYou get this because" in rendered().text


def test_styles_are_inlined_and_one_block_stays_for_dark_and_small_screens() -> None:
    html = rendered().html
    [kept] = re.findall(r"<style.*?</style>", html, re.DOTALL)
    assert "prefers-color-scheme:dark" in kept.replace(" ", "")
    assert "max-width:480px" in kept.replace(" ", "")
    assert len(kept) < 8000
    assert 'style="' in html


def test_the_page_names_its_language_and_its_structure() -> None:
    outline = Outline(rendered(sample_material("fr")).html)
    assert outline.all("html") == [{"lang": "fr", "dir": "ltr"}]
    assert len(outline.all("h1")) == 1
    assert {"name": "color-scheme", "content": "light dark"} in outline.all("meta")
    assert [attrs["aria-label"] for attrs in outline.all("div") if attrs.get("role") == "article"]


def test_the_french_report_speaks_french() -> None:
    report = rendered(sample_material("fr"))
    text = Outline(report.html).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 nouvelles mentions, dont 1 prioritaire" in text
    assert "Ce qui a été vérifié" in text
    assert "il y a 1 heure" in text
    assert "le nom complet « Ada Exemple »" in text


def test_no_english_words_are_left_in_the_french_frame() -> None:
    material = sample_material("fr", mentions=(), news=(), checked=())
    text = rendered(material).text
    assert not re.search(r"\b(the|and|source could|checked|answered)\b", text)


def test_the_matched_name_is_marked_in_the_snippet() -> None:
    assert re.search(r'<b class="hit"[^>]*>Ada Exemple</b>', rendered().html)


def test_the_preheader_comes_first_and_is_hidden() -> None:
    html = rendered().html
    hidden = re.search(r'<body[^>]*>\s*<div class="hidden" style="([^"]*)">([^\u200b]*)', html)
    assert hidden
    assert "display:none" in hidden[1].replace(" ", "")
    assert hidden[2].startswith("First: Customers file a complaint")


def test_the_same_view_renders_to_the_same_bytes() -> None:
    assert rendered() == rendered()


def test_a_report_of_nothing_still_tells_what_was_checked() -> None:
    report = rendered(sample_material(mentions=(), news=(), checked=sample_checked()[:1]))
    assert "Nothing new was seen" in report.text
    assert "Google Alerts: answered" in report.text


def test_a_watched_name_with_markup_is_escaped_everywhere() -> None:
    report = rendered(sample_material(subjects=(replace(ADA, name="<b>Ada</b> & Co"),)))
    assert "<b>Ada</b>" not in report.html
    assert "<b>Ada</b> & Co" in report.subject
