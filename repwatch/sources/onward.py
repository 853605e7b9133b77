"""Asks for the next page of an answer that names it by a cursor."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from repwatch.model import Page, Request


def by_cursor(page: Page, param: str, cursor: str, pages: int) -> tuple[Request, ...]:
    """The request for the page at ``cursor``, while there is one, up to ``pages`` pages."""
    number = int(page.request.context.get("page", "1"))
    if not cursor or number >= pages:
        return ()
    context = {**page.request.context, "page": str(number + 1)}
    return (replace(page.request, url=with_param(page.request.url, param, cursor), context=context),)


def with_param(url: str, param: str, value: str) -> str:
    """The URL with one parameter of its query replaced."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), param: value}
    return parts._replace(query=urlencode(query)).geturl()
