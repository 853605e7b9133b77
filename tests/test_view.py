"""What a report tells, in which order, and what it never shows."""

from __future__ import annotations

import errno
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from repwatch.model import (
    Label,
    Mention,
    Outcome,
    Owed,
    OwedKind,
    Passage,
    Priority,
    Reason,
    Subject,
    Turn,
    Verdict,
)
from repwatch.report.material import Checked
from repwatch.report.render import HTML_LIMIT, render
from repwatch.report.shapes import Card, Section, View
from repwatch.report.view import build
from repwatch.report.words import Words
from tests.samples import (
    ADA,
    NAMESAKE,
    NOW,
    UNSURE,
    owed,
    sample_change,
    sample_checked,
    sample_material,
    sample_mention,
    sample_news,
    sample_passages,
)


def section(view: View, name: str) -> Section:
    return next(one for one in view.sections if one.name == name)


def only_card(*mentions: Mention) -> Card:
    view = build(sample_material(mentions=mentions, news=()))
    [card] = [card for one in view.sections for card in one.cards]
    return card


def test_the_subject_line_says_who_and_how_many() -> None:
    mentions = (sample_mention(1), sample_mention(2), sample_mention(3, priority=Priority.HIGH))
    checked = (
        Checked("people", "People", outcome=Outcome.BLOCKED),
        Checked("blog", "Blog", outcome=Outcome.OK),
    )
    view = build(sample_material(mentions=mentions, news=(), checked=checked))
    assert view.subject == "[repwatch] Ada Exemple: 3 new, 1 high, 1 source failing"


def test_the_french_subject_line_says_the_same() -> None:
    checked = (Checked("people", "People", outcome=Outcome.BLOCKED),)
    view = build(sample_material("fr", mentions=(sample_mention(1),), news=(), checked=checked))
    assert view.subject == "[repwatch] Ada Exemple\N{NO-BREAK SPACE}: 1 nouveauté, 1 source en panne"


def test_a_quiet_report_with_a_broken_source_never_looks_quiet() -> None:
    checked = (Checked("people", "People", outcome=Outcome.UNREADABLE),)
    view = build(sample_material(mentions=(), news=(), checked=checked))
    assert view.subject == "[repwatch] Ada Exemple: 1 source failing"
    assert view.lead == "1 source could not be read"
    assert view.preheader.startswith("0 of 1 sources answered.")


def test_a_report_that_could_read_nothing_says_so_first() -> None:
    down = tuple(Checked(f"s{n}", f"Source {n}", outcome=Outcome.UNREACHABLE) for n in range(2))
    assert build(sample_material(mentions=(), news=(), checked=down)).title == "No source could be read"


def test_a_count_line_and_its_cards_are_not_added_up() -> None:
    cards = [
        owed(sample_mention(n, title=f"Ada Exemple and her {n} paintings", baseline=True), OwedKind.BASELINE)
        for n in (1, 2)
    ]
    line = replace(cards[0], mention=None, detail="2")
    material = sample_material(mentions=(), news=(), owed=(line, *cards))
    (first,) = [section for section in build(material).sections if section.lines]
    assert any("2 pages" in text for text in first.lines)


def test_other_subjects_are_counted_in_the_subject_line() -> None:
    view = build(sample_material(mentions=(), news=(), checked=(), subjects=(ADA, Subject("m", "MED"))))
    assert view.subject == "[repwatch] Ada Exemple and 1 other: nothing new"


def test_the_preheader_is_not_the_subject_and_names_the_first_card() -> None:
    view = build(sample_material())
    assert view.preheader != view.subject
    assert "Customers file a complaint" in view.preheader


def test_sections_stand_in_the_order_of_their_weight() -> None:
    names = [one.name for one in build(sample_material()).sections]
    assert names == ["attention", "new", "resurfaced", "changed", "review", "first"]


def test_the_same_story_from_three_sites_is_one_card() -> None:
    [card] = section(build(sample_material()), "attention").cards
    assert card.id == 1
    assert [link.text for link in card.also] == ["echo.example", "metro.example"]


def test_many_copies_of_a_story_are_counted() -> None:
    copies = [sample_mention(n, url=f"https://site{n}.example/", story="same") for n in range(1, 10)]
    card = only_card(*copies)
    assert len(card.also) == 5
    assert card.also_more == "and 3 other places"


def test_a_mention_owed_twice_is_one_card() -> None:
    assert only_card(sample_mention(1), sample_mention(1)).also == ()


def test_a_namesake_is_counted_but_never_shown() -> None:
    view = build(sample_material(mentions=(sample_mention(1, verdict=NAMESAKE),), news=()))
    assert view.sections == ()
    assert view.set_aside.startswith("1 page about a namesake was set aside")


def test_the_owners_word_outranks_ours() -> None:
    confirmed = only_card(sample_mention(1, verdict=NAMESAKE, decided=Label.ME))
    assert confirmed.verdict == "You confirmed that this is Ada Exemple"
    assert [action.command for action in confirmed.actions] == ["repwatch mentions reject 1"]


def test_an_unsure_mention_waits_in_to_review_even_when_it_is_pressing() -> None:
    view = build(
        sample_material(mentions=(sample_mention(1, verdict=UNSURE, priority=Priority.HIGH),), news=())
    )
    assert [one.name for one in view.sections] == ["review"]
    assert "1 to review" in view.subject


def test_a_card_gives_its_reasons_weightiest_first_and_at_most_three() -> None:
    reasons = tuple(Reason("context_place", f"place {n}", n) for n in range(5))
    card = only_card(sample_mention(1, verdict=Verdict(Label.ME, 0.9, reasons)))
    assert card.reasons == tuple(f"names the place place {n}" for n in (4, 3, 2))


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.97, "Almost certainly Ada Exemple (97%)"),
        (0.85, "Very probably Ada Exemple (85%)"),
        (0.55, "Perhaps Ada Exemple (55%)"),
        (0.3, "Perhaps a namesake of Ada Exemple (30%)"),
    ],
)
def test_a_probability_is_told_in_words(probability: float, words: str) -> None:
    assert only_card(sample_mention(1, verdict=Verdict(Label.UNSURE, probability))).verdict == words


def test_the_name_is_marked_where_it_stands() -> None:
    card = only_card(sample_mention(1, summary="Yesterday EXEMPLE Ada spoke."))
    assert [text for text, hit in card.snippet if hit] == ["EXEMPLE Ada"]
    assert "".join(text for text, _ in card.snippet) == "Yesterday EXEMPLE Ada spoke."


def test_a_long_snippet_is_cut_around_the_name() -> None:
    card = only_card(sample_mention(1, summary="word " * 150 + "then Ada Exemple spoke. " + "more " * 40))
    assert ("Ada Exemple", True) in card.snippet
    assert card.snippet[0] == ("…", False)
    assert sum(len(text) for text, _ in card.snippet) <= 290


def test_a_resurfaced_page_says_its_own_date() -> None:
    [card] = section(build(sample_material()), "resurfaced").cards
    assert card.note == "The page is dated 15 October 2022; we see it for the first time."


def test_a_changed_page_shows_its_previous_title() -> None:
    [card] = section(build(sample_material()), "changed").cards
    assert card.note == "Before: Ada Exemple joins the board"
    assert card.link.text == "Ada Exemple leaves the board"


def test_a_first_look_is_counted_for_each_source_and_shows_ten_cards() -> None:
    known = tuple(sample_mention(n, baseline=True, sources=("blog",)) for n in range(1, 31))
    first = section(build(sample_material(mentions=known, news=())), "first")
    assert first.lines == ("The workshop's blog: 30 pages recorded",)
    assert len(first.cards) == 10


def test_a_baseline_line_without_mention_brings_its_own_count() -> None:
    line = Owed(1, "morning", OwedKind.BASELINE, NOW, source="blog", detail="42")
    view = build(sample_material(mentions=(), news=(line,)))
    assert section(view, "first").lines == ("The workshop's blog: 42 pages recorded",)


def test_only_fifty_cards_are_shown_and_the_rest_is_told() -> None:
    view = build(sample_material(mentions=tuple(sample_mention(n) for n in range(1, 121))))
    assert sum(len(one.cards) for one in view.sections) == 50
    assert view.more == "and 70 more: repwatch mentions list"


def test_a_card_that_cannot_be_built_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    poisoned = sample_mention(1, verdict=Verdict(Label.ME, "high"))  # type: ignore[arg-type]
    view = build(sample_material(mentions=(poisoned, sample_mention(2)), news=()))
    titles = {card.link.text for card in section(view, "new").cards}
    assert titles == {"This item could not be shown (1)", "Atelier Fictif opens its books, part 2"}
    assert "mention 1 could not be shown" in caplog.text


def test_a_disk_that_fails_under_the_words_is_no_fault_of_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object, moment: datetime) -> str:
        raise OSError(errno.EIO, f"no words for {moment}")

    monkeypatch.setattr(Words, "moment", failing)
    with pytest.raises(OSError, match="no words"):
        build(sample_material(mentions=(sample_mention(1),), news=()))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.example", ""]
)
def test_a_link_that_is_not_http_is_text(url: str) -> None:
    assert only_card(sample_mention(1, url=url)).link.url == ""


def test_a_host_in_other_letters_is_shown_as_punycode_with_a_warning() -> None:
    card = only_card(sample_mention(1, url="https://gаzette.example/"))  # noqa: RUF001 - the Cyrillic a is the point
    assert card.host.startswith("xn--")
    assert "look twice" in card.host


def test_trouble_stands_first_in_what_was_checked() -> None:
    rows = build(sample_material()).checked
    assert [row.outcome for row in rows] == [
        "needs you",
        "blocked",
        "answered in part",
        "answered",
        "answered, nothing there",
        "answered",
    ]


def test_a_failing_source_says_why_since_when_and_what_comes_next() -> None:
    row = next(row for row in build(sample_material()).checked if row.outcome == "blocked")
    assert "HTTP 429, too many requests · since 21 Nov, 06:00 (2 days ago)" in row.trouble
    assert "next try 23 Nov, 14:00" in row.facts
    assert row.next_step == "nothing: it is asked again more slowly"


def test_a_source_that_never_ran_and_one_that_rests_say_so() -> None:
    checked = (Checked("a", "A"), Checked("b", "B", outcome=Outcome.OK, paused="gone for good"))
    words = {row.source: row.outcome for row in build(sample_material(checked=checked)).checked}
    assert words == {"A": "not checked yet", "B": "paused"}


def test_ten_thousand_sources_are_summed_up() -> None:
    checked = tuple(replace(sample_checked()[0], source=f"s{n}", title=f"Feed {n:05}") for n in range(10_000))
    view = build(sample_material(checked=checked))
    assert len(view.checked) == 40
    assert view.checked_more == "and 9,960 more: 9,960 × answered"  # noqa: RUF001 - a multiplication sign


def test_news_of_sources_are_told_the_worst_first() -> None:
    news = build(sample_material()).news
    assert [one.word for one in news] == [
        "Not answering",
        "May have missed items",
        "Paused",
        "Unusually quiet",
        "Has moved",
        "Answers again",
    ]
    assert news[0].text == "Nothing could be read since 21 Nov, 06:00 (2 days ago)."


def told(kind: OwedKind, language: str = "en") -> str:
    """What a report says of the sample's news of that kind, its detail included."""
    lines = tuple(line for line in sample_news() if line.kind is kind)
    (news,) = build(sample_material(language, mentions=(), news=lines)).news
    return f"{news.text} {news.detail}".strip()


RECOVERED_FR = "6 vérifications ont été manquées depuis le 20 nov. à 08:00."
QUIET_EN = "nothing new since 3 Nov, 08:00 (3 weeks ago); something new usually comes within 5 days."
QUIET_FR = "depuis le 3 nov. à 08:00 (il y a 3 semaines) ; d'ordinaire, elle ne reste pas plus de 5 jours"


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        (OwedKind.RECOVERED, "en", "again on 23 Nov, 08:00. 6 checks were missed since 20 Nov, 08:00."),
        (OwedKind.RECOVERED, "fr", RECOVERED_FR),
        (OwedKind.QUIET, "en", QUIET_EN),
        (OwedKind.QUIET, "fr", QUIET_FR),
        (OwedKind.MOVED, "en", "into repwatch.yaml: https://blog.example.org/new-feed"),
        (OwedKind.MOVED, "fr", "dans repwatch.yaml : https://blog.example.org/new-feed"),
    ],
)
def test_what_happened_to_a_source_is_told_in_sentences(kind: OwedKind, language: str, words: str) -> None:
    said = told(kind, language).replace("\N{NO-BREAK SPACE}", " ")
    assert words in said.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@pytest.mark.parametrize("kind", [OwedKind.RECOVERED, OwedKind.QUIET])
def test_a_line_that_an_older_release_wrote_is_told_without_what_it_lacks(kind: OwedKind) -> None:
    line = Owed(1, "morning", kind, NOW, source="hn", detail=NOW.isoformat())
    (news,) = build(sample_material(mentions=(), news=(line,))).news
    assert news.text.endswith(".")
    assert NOW.isoformat() not in news.text + news.detail


def test_a_window_that_ran_over_again_and_again_is_told_once() -> None:
    lines = tuple(Owed(n, "morning", OwedKind.GAP, NOW, source="blog") for n in range(1, 5))
    assert len(build(sample_material(mentions=(), news=lines)).news) == 1


def test_a_quiet_source_stands_among_what_was_checked_as_such() -> None:
    quiet = replace(sample_checked()[0], quiet_since=NOW - timedelta(days=20))
    (row,) = build(sample_material(mentions=(), news=(), checked=(quiet,))).checked
    assert (row.outcome, row.tone) == ("unusually quiet", "warn")
    assert "nothing new since 3 Nov, 08:00" in row.facts


def test_a_source_that_fails_is_not_called_quiet() -> None:
    failing = replace(sample_checked()[4], quiet_since=NOW - timedelta(days=20))
    (row,) = build(sample_material(mentions=(), news=(), checked=(failing,))).checked
    assert row.outcome == "blocked"


def test_with_several_subjects_a_card_says_whose_it_is() -> None:
    other = Subject("m", "Mireille Imaginaire", given="Mireille", family="Imaginaire")
    view = build(sample_material(mentions=(sample_mention(1),), subjects=(ADA, other)))
    assert section(view, "new").cards[0].subject == "About Ada Exemple"


def test_a_mention_of_a_subject_that_was_removed_is_still_told() -> None:
    assert only_card(sample_mention(1, subject="gone")).verdict == "Almost certainly gone (97%)"


def test_a_preview_says_that_nothing_was_sent() -> None:
    assert build(sample_material(preview=True)).banner.startswith("Preview")


def test_the_first_report_has_no_beginning() -> None:
    assert (
        build(sample_material(since=None)).period
        == "The first report, made 23 Nov, 08:00, Europe/Paris time."
    )


def test_the_newest_of_equal_priority_comes_first() -> None:
    older = sample_mention(1, published=NOW - timedelta(days=2))
    newer = sample_mention(2, published=NOW - timedelta(hours=2))
    view = build(sample_material(mentions=(older, newer), news=()))
    assert [card.id for card in section(view, "new").cards] == [2, 1]


def test_an_edited_line_of_a_baseline_page_is_a_change() -> None:
    line = owed(sample_mention(1, baseline=True, previous_title="Before"), OwedKind.EDITED)
    view = build(sample_material(mentions=(), news=(line,)))
    assert [one.name for one in view.sections] == ["changed"]
    assert (view.title, "changed" in view.lead) == ("1 page changed", False)


def test_a_test_mail_says_that_it_is_one_and_not_that_nothing_is_new() -> None:
    never = (Checked("alerts", "Google Alerts"),)
    view = build(sample_material(mentions=(), news=(), checked=never, test=True))
    assert view.subject == "Test: [repwatch] Ada Exemple: not checked yet"
    assert view.title == "Nothing was checked yet"
    assert view.banner.startswith("Test mail")


# --- watched pages ------------------------------------------------------------------------------


def card_of(*lines: Owed) -> Card:
    view = build(sample_material(mentions=(), news=lines))
    [card] = [card for one in view.sections for card in one.cards]
    return card


def test_a_watched_page_says_what_became_of_it_and_shows_what_changed() -> None:
    card = card_of(sample_change(turn=Turn.UNNAMED, more=2))
    assert card.note.startswith("The page no longer names Ada Exemple. Seen twice, last on 23 Nov")
    assert card.passages == sample_passages()
    assert card.passages_more == "and 2 other changed passages"
    assert (card.snippet, card.verdict) == ((), "A page that you watch for Ada Exemple")
    assert [action.label for action in card.actions] == ["Tell nothing more of this page"]


def test_two_changes_of_one_page_are_one_card() -> None:
    card = card_of(sample_change(turn=Turn.GONE), sample_change(turn=Turn.APPEARED))
    assert card.note.startswith("The page is gone. The page is there, where there was nothing.")
    assert len(card.passages) == 2 * len(sample_passages())


def test_two_pages_of_one_title_are_two_cards() -> None:
    view = build(sample_material(mentions=(), news=(sample_change(), sample_change(id=61))))
    assert len(section(view, "changed").cards) == 2


def test_a_change_whose_words_were_pruned_is_still_told() -> None:
    card = card_of(replace(sample_change(), detail=""))
    assert (card.note, card.passages) == ("The text of the page has changed.", ())


def test_passages_make_room_when_a_report_is_long() -> None:
    long = Passage("", (("+", "word " * 100), ("-", "word " * 100)))
    lines = [sample_change(*[long] * 12, id=number) for number in range(60, 100)]
    rendered = render(build(sample_material(mentions=(), news=tuple(lines))))
    assert len(rendered.html.encode()) <= HTML_LIMIT
    assert "other changed passages" in rendered.text


def test_the_words_of_a_page_are_never_markup() -> None:
    hostile = Passage("<h1>", (("+", "<script>alert(1)</script>"), ("=", "</div>"), ("-", "&lt;")))
    html = render(build(sample_material(mentions=(), news=(sample_change(hostile),)))).html
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</ins>" in html
