"""What a hostile page or server says never reaches a log or a terminal as more than one plain line."""

from __future__ import annotations

import pytest

from repwatch.errors import SourceError, Unreadable
from repwatch.fetch.redirects import Hop, Trail, address
from repwatch.model import Page, Parsed, Request
from repwatch.parsing.attempt import attempt
from tests.fakes import START

ESCAPES = "\x1b[31m\x1b]0;owned\x07\r\nWARNING forged \u202e"


class Quoting:
    """A parser whose error quotes the page."""

    def parse(self, page: Page) -> Parsed:
        raise ValueError(page.body.decode())


def page(body: str) -> Page:
    return Page(Request("http://blog.example/"), 200, "http://blog.example/", {}, body.encode(), START)


def test_an_error_that_quotes_the_page_is_one_short_plain_line() -> None:
    with pytest.raises(Unreadable) as raised:
        attempt(Quoting(), page(ESCAPES + "x" * 1_000_000))
    assert raised.value.cause.isprintable()
    assert len(raised.value.cause) < 300


@pytest.mark.parametrize("location", [f"http://blog.example/{ESCAPES}", f"{ESCAPES}:x", "http://[\x1b[31m"])
def test_a_redirect_to_no_address_is_told_in_plain_letters(location: str) -> None:
    trail = Trail(Hop("GET", address("http://blog.example/"), {}), 5)
    with pytest.raises(SourceError) as raised:
        trail.follow(302, location)
    assert str(raised.value).isprintable()


def test_an_address_with_escapes_is_refused_in_plain_letters() -> None:
    with pytest.raises(SourceError) as raised:
        address(f"http://blog.example/{ESCAPES}")
    assert str(raised.value).isprintable()
