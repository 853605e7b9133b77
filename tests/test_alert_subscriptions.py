from __future__ import annotations

import json
from pathlib import Path

import pytest

from repwatch.config.load import check
from repwatch.config.settings import Config
from repwatch.errors import Unreadable
from repwatch.jobs.alert_sources import plan
from repwatch.plugins import all_kinds
from repwatch.sources.alert_subscriptions import Subscription, read
from tests.house import SUBJECTS
from tests.mails import ACCOUNT, FEED, SECRET, alerts_page

ADA = Subscription('"Ada Exemple"', by_feed=True, feed=FEED)
DOGS = Subscription("dogs", by_feed=False, email="ada@example.org")


def export(**more: object) -> dict[str, object]:
    return {"query": '"Ada Exemple"', "language": "fr", "source": ["NEWS"], **more}


def test_the_saved_page_tells_each_alert_and_the_address_of_its_feed() -> None:
    assert read(alerts_page()) == (ADA, DOGS)


def test_the_token_that_ends_an_alert_is_not_kept() -> None:
    assert SECRET not in repr(read(alerts_page()))


@pytest.mark.parametrize(
    "wrap", [list, lambda items: {"subscriptions": list(items)}, lambda items: {"a": {"b": [*items]}}]
)
def test_the_export_is_read_however_it_is_wrapped(wrap: object) -> None:
    items = (
        export(delivery_method="RSS"),
        export(query="dogs", delivery_method="EMAIL", email_address="ada@example.org"),
    )
    found = read(json.dumps(wrap(items)).encode())  # type: ignore[operator]
    assert found == (Subscription('"Ada Exemple"', by_feed=True), DOGS)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"[1, null]",
        b'{"query": 3}',
        b"{broken",
        b"[" * 100_000,
        b"<html><title>Sign in - Google Accounts</title></html>",
        b"<script>window.STATE = [null,[null,[",
        b"<script>window.STATE = [7]",
        b"",
    ],
)
def test_another_file_is_unreadable_and_says_what_was_expected(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="saved as HTML"):
        read(raw)


def test_a_feed_of_strange_numbers_gets_no_address() -> None:
    assert read(alerts_page(feed="../../x")) == (Subscription('"Ada Exemple"', by_feed=True), DOGS)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return check(f"{SUBJECTS}\nsources: []\n", tmp_path / "c.yaml", all_kinds())


def test_an_alert_about_a_subject_becomes_a_source_of_theirs(config: Config) -> None:
    planned = plan([ADA, DOGS], config)
    (entry,) = planned.entries
    assert entry == {"kind": "google_alerts", "feed": FEED, "name": 'Alert "Ada Exemple"', "subject": "ada"}
    assert [line.fate for line in planned.lines] == ["a feed, new, about ada", "by e-mail to ada@example.org"]


@pytest.mark.parametrize("query", ["dogs", "Adam Exemple"])
def test_an_alert_about_nobody_we_know_is_left_out(config: Config, query: str) -> None:
    planned = plan([Subscription(query, by_feed=True, feed=FEED)], config)
    assert planned.entries == ()
    assert "left out" in planned.lines[0].fate


def test_a_feed_that_is_watched_already_is_not_added_again(tmp_path: Path) -> None:
    watched = (
        f"{{kind: google_alerts, id: mine, feed: https://www.google.fr/alerts/feeds/{ACCOUNT}/9876543210}}"
    )
    config = check(f"{SUBJECTS}\nsources: [{watched}]\n", tmp_path / "c.yaml", all_kinds())
    planned = plan([ADA], config)
    assert planned.entries == ()
    assert planned.lines[0].fate == "a feed, watched already as mine"


def test_the_mailbox_of_an_address_is_named_as_far_as_it_is_known(config: Config) -> None:
    assert plan([DOGS], config).mailbox == "host=IMAP-SERVER user=ada@example.org"
    of_google = Subscription("dogs", by_feed=False, email="no.such.person.exemple@gmail.com")
    assert plan([of_google], config).mailbox.startswith("host=imap.gmail.com ")
