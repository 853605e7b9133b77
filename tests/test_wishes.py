"""A publisher's wish for peace is granted, within reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from repwatch.model import Wish
from repwatch.rules.wishes import MOST, both, granted, stays_good
from repwatch.sources import hints

NOW = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "public, max-age=900"}, 900),
        ({"cache-control": 's-maxage=9, Max-Age="60"'}, 60),
        ({"cache-control": "max-age=900, no-cache"}, 0),
        ({"cache-control": "no-store", "expires": "Mon, 23 Nov 2026 10:20:00 GMT"}, 0),
        ({"expires": "Mon, 23 Nov 2026 10:20:00 GMT"}, 3600),
        ({"cache-control": "max-age=60", "expires": "Mon, 23 Nov 2026 10:20:00 GMT"}, 60),
        ({"expires": "Thu, 01 Jan 1990 00:00:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
    ],
)
def test_an_answer_says_how_long_it_stays_good(headers: dict[str, str], seconds: int) -> None:
    assert stays_good(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("head", "wish"),
    [
        ("<ttl>60</ttl>", Wish(3600)),
        ("<ttl> 5 </ttl><skipHours><hour>0</hour><hour> 23 </hour></skipHours>", Wish(300, (0, 23))),
        ("<skipHours>\n<hour>24</hour>\n</skipHours>", Wish(0, (0,))),
        ("<ttl>soon</ttl>", Wish()),
        ("<item><ttl>60</ttl></item>", Wish()),
    ],
)
def test_a_feed_says_when_it_would_rather_not_be_asked(head: str, wish: Wish) -> None:
    assert hints.read(f'<rss version="2.0"><channel>{head}<item/></channel></rss>'.encode()) == wish


def test_no_wish_changes_no_plan() -> None:
    assert granted(NOW + HOUR, NOW, Wish()) == NOW + HOUR


def test_a_wish_is_a_lower_bound_and_no_delay_of_a_later_plan() -> None:
    assert granted(NOW + HOUR, NOW, Wish(7200)) == NOW + 2 * HOUR
    assert granted(NOW + 3 * HOUR, NOW, Wish(7200)) == NOW + 3 * HOUR


def test_a_wish_for_ever_is_capped() -> None:
    assert granted(NOW + HOUR, NOW, Wish(31_536_000)) == NOW + timedelta(seconds=MOST)


def test_hours_of_rest_end_on_the_hour() -> None:
    assert granted(NOW + HOUR, NOW, Wish(hours=(10, 11))) == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_hours_of_rest_reach_over_midnight() -> None:
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert granted(late, late, Wish(hours=(22, 23, 0))) == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_a_feed_that_never_wants_to_be_asked_is_asked_as_planned() -> None:
    assert granted(NOW + HOUR, NOW, Wish(hours=tuple(range(24)))) == NOW + HOUR


def test_two_pages_wish_together() -> None:
    assert both(Wish(60, (1, 2)), Wish(30, (2, 3))) == Wish(60, (1, 2, 3))
