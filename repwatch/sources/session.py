"""Searches behind a log-in: the answer to it leads to the searches, with the token in their headers only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from repwatch.errors import Unreadable
from repwatch.model import Page, Parsed, Request
from repwatch.sources.template import phrases

_BETWEEN = "\n"
_TOKEN = re.compile(r"[!-~]{1,8192}")  # printable ASCII: anything else would break out of its header


def log_in(draft: Request, subject: str | None, names: Iterable[str]) -> Request:
    """The draft as the log-in before the searches for these names.

    It tells none of them, but belongs to the run whose searches it may forbid. Its answer is new each
    time, and what it carries must not be handed to another host.
    """
    context = {"names": _BETWEEN.join(phrases(names))}
    return replace(draft, subject=subject, fresh=True, follow_off_host=False, context=context)


def is_log_in(page: Page) -> bool:
    """Whether the page answers to a log-in."""
    return "names" in page.request.context


def searches(page: Page, token: str, search: Callable[[str], Request]) -> Parsed:
    """What follows a log-in that gave ``token``: the search for each phrase, signed by it.

    Raises Unreadable for a token that cannot be one, without a word of it.
    """
    if not _TOKEN.fullmatch(token):
        raise Unreadable("the log-in succeeded, but brought no token that can be sent")
    signed = {"authorization": f"Bearer {token}"}
    drafts = map(search, page.request.context["names"].split(_BETWEEN))
    return Parsed(follow=tuple(_signed(draft, page.request.subject, signed) for draft in drafts))


def _signed(draft: Request, subject: str | None, headers: Mapping[str, str]) -> Request:
    return replace(draft, subject=subject, headers={**draft.headers, **headers}, follow_off_host=False)
