"""Gives an answer that is no page its meaning: who must do what, and when to ask again."""

from __future__ import annotations

from http import HTTPStatus

import httpcore
import httpx

from repwatch.errors import Absent, Blocked, Gone, Misconfigured, SourceError, Unreachable
from repwatch.model import Page
from repwatch.rules import patience, refusal

WHOLE = frozenset({200, 203})  # answers that carry the page; 203 went through somebody's proxy

_REFUSALS = frozenset({401, 403, 407, 429, 451, 999})
_PASSING = frozenset({408, 421, 425})  # the far side's trouble, though numbered as ours
_STEPS = {
    401: "give this source a user name or a key that the service accepts",
    403: "the service does not serve programs it does not know; ask its owner, call yourself otherwise "
    "(`user_agent:`), or watch it through a search source",
    404: "check the address; a page that is gone for good should be taken off the list",
    407: "give the proxy a user name and a password that it accepts",
    429: "ask less often (`every:`), or take a key of your own",
    451: "the service may not show this page where you are",
    999: "the service does not serve programs; watch it through a search source",
}


def raise_for_status(page: Page) -> None:
    """Return if ``page`` can be parsed; raise by meaning if it cannot.

    A challenge or a refusal raises Blocked whatever its status, 410 Gone, 404 Absent, what may pass by
    itself Unreachable, any other 4xx Misconfigured; but a status that the request expects is a page.
    """
    wait = patience.asked(page.headers, page.fetched_at)
    expected = page.status in WHOLE or page.status in page.request.expects
    led_to = refusal.led_to(page.request.url, page.url)
    challenge = refusal.recognise(page.status, page.headers, page.body, led_to)
    if challenge and not (challenge == refusal.PLAIN and _reads_words(page)):
        raise Blocked(challenge, _STEPS.get(page.status, _STEPS[403]), retry_after=wait)
    if not expected:
        raise _by_status(page.status, wait)


def _reads_words(page: Page) -> bool:
    """Whether the kind itself reads what its service says in plain text: it then expects even 200."""
    return {HTTPStatus.OK, page.status} <= page.request.expects


def _by_status(status: int, wait: float | None) -> SourceError:
    said, step = f"{status} {_phrase(status)}".strip(), _STEPS.get(status, "")
    if status in _REFUSALS:
        return Blocked(f"refused: {said}", step, retry_after=wait)
    if status == HTTPStatus.GONE:
        return Gone(f"gone for good: {said}", "take this source off the list, or give its new address")
    if status == HTTPStatus.NOT_FOUND:
        return Absent(said, step, retry_after=wait)
    if status in _PASSING:
        return Unreachable(said, step, retry_after=wait)
    if 400 <= status < 500:  # noqa: PLR2004 - the classes of HTTP are numbers
        return Misconfigured(said, "check the address and the options of this source")
    return Unreachable(f"no whole answer: {said}", retry_after=wait)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return ""


def of_transport(error: Exception) -> SourceError:
    """The meaning of what httpcore or a replaced transport raised."""
    if isinstance(error, httpcore.LocalProtocolError | httpx.LocalProtocolError):
        # The text of the error would quote the header, which may be a secret.
        return Misconfigured(
            "this request cannot be sent: a malformed header", "check this source's `headers`"
        )
    if isinstance(error, httpcore.ProxyError | httpx.ProxyError):
        return Unreachable(f"the proxy refuses: {error}", "check the `proxy` of this source")
    if isinstance(error, httpcore.RemoteProtocolError | httpx.RemoteProtocolError):
        return Unreachable(f"not a whole HTTP answer: {str(error)[:200]}")
    return Unreachable(f"no answer: {str(error)[:200] or type(error).__name__}")
