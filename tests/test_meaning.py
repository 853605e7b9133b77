"""An answer that is no page says who must do what."""

from __future__ import annotations

from datetime import UTC, datetime

import httpcore
import httpx
import pytest

from repwatch.errors import Absent, Blocked, Gone, Misconfigured, SourceError, Unreachable
from repwatch.fetch.meaning import of_transport, raise_for_status
from repwatch.model import Page, Request
from repwatch.rules.patience import retry_after

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
CHALLENGE = b"<!doctype html><html><head><title>Just a moment...</title></head><body>wait</body></html>"


def page(status: int, body: bytes = b"", expects: frozenset[int] = frozenset(), **headers: str) -> Page:
    request = Request("https://feed.example/", expects=expects)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(request, status, request.url, named, body, NOW)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Misconfigured),
        (401, Blocked),
        (402, Misconfigured),
        (403, Blocked),
        (404, Absent),
        (405, Misconfigured),
        (407, Blocked),
        (408, Unreachable),
        (410, Gone),
        (422, Misconfigured),
        (425, Unreachable),
        (429, Blocked),
        (451, Blocked),
        (499, Misconfigured),
        (500, Unreachable),
        (502, Unreachable),
        (503, Unreachable),
        (599, Unreachable),
        (999, Blocked),
        (204, Unreachable),
        (206, Unreachable),
        (226, Unreachable),
        (300, Unreachable),
        (304, Unreachable),
    ],
)
def test_each_status_has_its_meaning(status: int, meaning: type[SourceError]) -> None:
    with pytest.raises(SourceError) as error:
        raise_for_status(page(status))
    assert type(error.value) is meaning
    assert str(status) in error.value.cause


@pytest.mark.parametrize("status", [200, 203])
def test_a_whole_page_has_none(status: int) -> None:
    whole = page(status, b"<rss/>")
    raise_for_status(whole)
    assert whole.body == b"<rss/>"


@pytest.mark.parametrize("status", [404, 410, 403])
def test_an_expected_status_is_a_page(status: int) -> None:
    raise_for_status(page(status, expects=frozenset({status})))


@pytest.mark.parametrize("status", [200, 403, 503, 404])
def test_a_challenge_is_a_refusal_whatever_its_status(status: int) -> None:
    with pytest.raises(Blocked) as error:
        raise_for_status(page(status, CHALLENGE, content_type="text/html"))
    assert error.value.next_step


def test_a_challenge_does_not_pass_for_an_expected_absence() -> None:
    with pytest.raises(Blocked):
        raise_for_status(page(403, CHALLENGE, frozenset({403}), content_type="text/html"))


@pytest.mark.parametrize("status", [200, 429])
def test_a_refusal_in_plain_text_is_left_to_a_kind_that_reads_those_itself(status: int) -> None:
    told = b"Please limit requests to one every 5 seconds."
    raise_for_status(page(status, told, frozenset({200, 429})))
    with pytest.raises(Blocked, match="plain text"):
        raise_for_status(page(status, told, frozenset({429})))
    with pytest.raises(Blocked, match="challenge"):
        raise_for_status(page(status, CHALLENGE, frozenset({200, 429}), content_type="text/html"))


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_was_asked_for_is_told(status: int) -> None:
    with pytest.raises(SourceError) as error:
        raise_for_status(page(status, retry_after="120"))
    assert error.value.retry_after == 120


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 90 ", 90),
        ("1000000000000", 10**12),
        ("Mon, 02 Nov 2026 07:10:00 GMT", 600),
        ("Monday, 02-Nov-26 07:10:00 GMT", 600),
        ("Mon, 02 Nov 2026 08:10:00 +0100", 600),
        ("Mon Nov  2 07:10:00 2026", 600),
        ("Mon, 02 Nov 2026 06:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
        ("Mon, 02 Nov 99999 07:10:00 GMT", None),
        ("Mon, 32 Nov 2026 07:10:00 GMT", None),
        ("\u0661\u0662", None),
    ],
)
def test_reads_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("raised", "meaning"),
    [
        (httpcore.RemoteProtocolError("bad chunk"), Unreachable),
        (httpcore.LocalProtocolError("illegal header"), Misconfigured),
        (httpcore.ProxyError("407 Proxy Authentication Required"), Unreachable),
        (httpx.ConnectError("no luck"), Unreachable),
        (httpx.ReadTimeout(""), Unreachable),
    ],
)
def test_a_broken_exchange_has_its_meaning(raised: Exception, meaning: type[SourceError]) -> None:
    error = of_transport(raised)
    assert type(error) is meaning
    assert error.cause
