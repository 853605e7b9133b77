from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from repwatch.errors import Unreadable
from repwatch.sources.entry import Entry
from repwatch.sources.google_alerts import GoogleAlerts, diagnose, split
from repwatch.sources.options.google_alerts import GoogleAlertsOptions
from tests.recorded import PAGES, expected, page, recorded, shown

ALERT = GoogleAlerts(GoogleAlertsOptions(feed="https://www.google.com/alerts/feeds/11/22"))
TWO = PAGES / "google_alerts" / "two_entries.xml"
EMPTY = PAGES / "google_alerts" / "empty.xml"


@pytest.mark.parametrize("file", recorded("google_alerts"), ids=lambda file: file.stem)
def test_a_recorded_alert_gives_what_stands_beside_it(file: Path) -> None:
    assert shown(ALERT.parse(page(file))) == expected(file)


def test_the_request_names_nobody() -> None:
    assert [request.subject for request in ALERT.plan([])] == [None]


def test_the_date_of_an_entry_is_not_that_of_its_page() -> None:
    assert not any(finding.published_is_page_date for finding in ALERT.parse(page(TWO)).findings)


def test_the_management_page_is_unreadable_not_empty() -> None:
    with pytest.raises(Unreadable, match="Google Alerts - Monitor"):
        ALERT.parse(page("<html><title>Google Alerts - Monitor the Web</title></html>"))


@pytest.mark.parametrize(
    "url",
    ["https://www.google.co.uk/alerts/feeds/12/34", "http://127.0.0.1:8000/alerts/feeds/1/2"],
)
def test_an_alert_feed_of_any_host_is_taken(url: str) -> None:
    assert GoogleAlertsOptions(feed=url).feed == url


def test_the_address_google_reader_gave_is_rewritten() -> None:
    options = GoogleAlertsOptions(feed="http://user/123/state/com.google/alerts/456")
    assert options.feed == "https://www.google.com/alerts/feeds/123/456"


@pytest.mark.parametrize("url", ["https://www.google.com/alerts", "https://press.example.org/feed", "x"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        GoogleAlertsOptions(feed=url)


@pytest.mark.parametrize(
    ("title", "headline", "site"),
    [
        ("A long story - The Daily Example", "A long story", "The Daily Example"),
        ("A long - story | Example", "A long - story", "Example"),
        ("Interview - Ada Exemple", "Interview - Ada Exemple", ""),
        ("A long story - <b>Ada Exemple</b>", "A long story - <b>Ada Exemple</b>", ""),
        ("A long story - about a town ...", "A long story - about a town ...", ""),
        (
            "A long story - and it goes on for many words yet",
            "A long story - and it goes on for many words yet",
            "",
        ),
        ("No dash", "No dash", ""),
    ],
)
def test_the_source_is_split_off_only_where_it_can_be_one(title: str, headline: str, site: str) -> None:
    entry = split(Entry(title=title))
    assert (entry.title, entry.site) == (headline, site)


@pytest.mark.parametrize("file", [TWO, EMPTY], ids=["two", "empty"])
def test_the_own_alert_is_diagnosed_as_ok(file: Path) -> None:
    assert diagnose(page(file), ["ada exemple"])[0] == "ok"


def test_somebody_elses_alert_is_foreign() -> None:
    code, told = diagnose(page(TWO), ["Mireille Imaginaire", "MI Conseil"])
    assert (code, "Mireille Imaginaire, MI Conseil" in told) == ("foreign", True)


def test_an_alias_in_an_entry_makes_an_alert_ones_own() -> None:
    assert diagnose(page(EMPTY.read_text("utf-8").replace("Ada Exemple", "A E")), ["A É"])[0] == "ok"


def test_a_web_page_is_diagnosed_with_the_way_out() -> None:
    code, told = diagnose(page("<!doctype html><html><title>Sign in</title></html>"), ["Ada Exemple"])
    assert (code, "RSS feed" in told) == ("html", True)


def test_another_feed_is_no_alert() -> None:
    feed = page('<rss version="2.0"><channel><title>Ada Exemple news</title></channel></rss>')
    assert diagnose(feed, ["Ada Exemple"])[0] == "other"


def test_no_feed_at_all_is_other() -> None:
    assert diagnose(page("{}"), ["Ada Exemple"])[0] == "other"
