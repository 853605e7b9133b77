from __future__ import annotations

import contextlib

import pytest

from repwatch.errors import Unreadable
from repwatch.sources import alert_mail
from repwatch.sources.alert_links import target
from repwatch.sources.alert_mail import SENDER, Alert
from tests.mails import SECRET, alert, mail, wrapped
from tests.recorded import NOW


def read(raw: bytes) -> Alert:
    found = alert_mail.read(raw, SENDER, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("subject", "query"),
    [
        ('Google Alert - "Ada Exemple"', '"Ada Exemple"'),
        ("Google Alert \u2013 Ada Exemple", "Ada Exemple"),
        ("Alertes Google : Ada Exemple", "Ada Exemple"),
        ("Google 快訊 - Ada Exemple", "Ada Exemple"),
        ("Google アラート - Ada - Exemple", "Ada - Exemple"),
        ("Fwd: Google Alert - Ada Exemple", "Ada Exemple"),
        ("Jean-Google Alert - Ada", "Ada"),
        ("Ada Exemple", "Ada Exemple"),
    ],
)
def test_the_query_is_taken_out_of_a_subject_in_any_language(subject: str, query: str) -> None:
    assert read(mail(subject, f"Title\n<{wrapped('https://press.example.org/1')}>")).query == query


def test_an_encoded_subject_is_decoded_and_a_broken_one_kept() -> None:
    raw = alert(1)
    encoded = raw.replace(b'Google Alert - "Ada Exemple"', b"=?utf-8?q?Google_Alert_=E2=80=93_Ad=C3=A8le?=")
    broken = raw.replace(b'Google Alert - "Ada Exemple"', b"=?no-charset?q?Google_Alert_-_Ad=C3=A8le?=")
    assert read(encoded).query == "Adèle"
    assert read(broken).hits


def test_a_mail_of_another_sender_is_no_alert_whatever_it_calls_itself() -> None:
    forged = alert(1, sender='"googlealerts-noreply@google.com" <somebody@example.com>')
    assert alert_mail.read(forged, SENDER, NOW) is None
    assert not alert_mail.is_from(forged, SENDER)


def test_another_sender_can_be_chosen() -> None:
    assert alert_mail.read(alert(1, sender="me@example.org"), "Me@Example.org", NOW) is not None


def test_the_request_to_confirm_an_alert_is_none() -> None:
    words = f"https://www.google.com/alerts/verify?s={SECRET} https://www.google.com/alerts/remove?s={SECRET}"
    assert alert_mail.read(mail("Click to confirm your Google Alert", words), SENDER, NOW) is None


def test_an_alert_of_an_unknown_layout_is_unreadable_not_empty() -> None:
    markup = '<p><a href="https://www.google.com/alerts/remove?s=1">Unsubscribe</a> <a href="https://x.example/">Hit</a>'
    with pytest.raises(Unreadable):
        alert_mail.read(mail("Google Alert - Ada", markup, subtype="html"), SENDER, NOW)


def test_the_card_shows_highlights_alone_and_the_html_has_the_rest() -> None:
    card = (
        '{"publisher": {"name": "Google Alerts"}, "entity": {"title": "Google Alert - Ada"}, "cards": '
        f'[{{"widgets": [{{"type": "LINK", "title": "One", "url": "{wrapped("https://a.example/1")}"}}]}}]}}'
    )
    markup = f"""<script type="application/json" data-scope="inboxmarkup">{card}</script>
    <a href="{wrapped("https://a.example/1")}">One of many</a> <a href="{wrapped("https://b.example/2")}">Two</a>"""
    found = read(mail("no such name", markup, subtype="html"))
    assert (found.query, [hit.title for hit in found.hits]) == ("Ada", ["One", "Two"])


@pytest.mark.parametrize(
    "card", ["{", '{"publisher": 1}', "[" * 100_000, '{"publisher": {"name": "Google Alerts"}, "cards": 7}']
)
def test_a_broken_card_hides_no_hit(card: str) -> None:
    markup = (
        f'<script type="application/json">{card}</script><a href="{wrapped("https://a.example/1")}">One</a>'
    )
    assert [hit.title for hit in read(mail("Google Alert - Ada", markup, subtype="html")).hits] == ["One"]


def test_soft_line_ends_are_taken_out() -> None:
    body = f"A title \nof two lines\n<{wrapped('https://a.example/1')}>"
    raw = mail("Google Alert - Ada", body).replace(b'charset="utf-8"', b'charset="utf-8"; format=flowed')
    assert read(raw).hits[0].title == "A title of two lines"


@pytest.mark.parametrize(
    "href",
    [
        f"https://www.google.com/alerts/share?ru=https://a.example/&ss=fb&ssp={SECRET}",
        f"https://www.google.com/alerts/feedback?ffu=https://a.example/&s={SECRET}",
        f"https://www.google.com/alerts/remove?s={SECRET}",
        f"https://www.google.com/url?q=https://www.google.com/alerts/remove%3Fs%3D{SECRET}",
        "http://www.google.com/url?sa=X&q=http://news.google.com/news/story%3Fncl%3Dhttp://a.example/&ct=ga",
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com.evil.example/url?q=https://a.example/",
        "https://a.example/",
        "",
    ],
)
def test_what_is_no_hit_is_not_unwrapped(href: str) -> None:
    assert target(href) == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"From: x",
        b"\xff\xfe\x00" * 50,
        b"From: googlealerts-noreply@google.com\nContent-Type: text/html; charset=nonsense\n\n<",
    ],
)
def test_bytes_that_are_no_mail_are_no_alert(raw: bytes) -> None:
    assert alert_mail.read(raw, SENDER, NOW) is None


@pytest.mark.parametrize(
    "body",
    [
        "=" * 500_000 + "x",
        "<" * 500_000,
        "\n" * 500_000 + "x",
        "<a\n" * 200_000,
        "google.com/alerts/" * 30_000,
    ],
)
def test_a_text_that_is_made_to_stall_its_reader_does_not(body: str) -> None:
    with contextlib.suppress(Unreadable):
        assert alert_mail.read(mail("Google Alert - Ada", f"{body}\n"), SENDER, NOW) is None


def test_markup_that_is_made_to_stall_its_reader_does_not() -> None:
    link = f'<a href="{wrapped("https://a.example/")}">x</a>'
    markup = link * 3000 + f"<font>{'y' * 400_000}</font>"
    assert len(read(mail("Google Alert - Ada", markup, subtype="html")).hits) == 1


def test_a_sender_of_brackets_is_nobody() -> None:
    assert not alert_mail.is_from(b"From: " + b"(" * 5000 + b"\n\n", SENDER)
