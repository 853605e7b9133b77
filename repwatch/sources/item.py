"""Makes a Finding of what a remote page says: the one border where foreign text is cleaned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import urljoin

from repwatch.model import Finding, Kind, Rank
from repwatch.rules import text
from repwatch.rules import url as links

NAME = 200
GUID = 1000
LANGUAGE = 35  # the longest tag that RFC 5646 asks a program to keep


def finding(
    *,
    title: str,
    urls: Collection[str] = (),
    base: str = "",
    summary: str = "",
    html: Collection[str] = (),
    kind: Kind = Kind.LINK,
    guid: str = "",
    author: str = "",
    site: str = "",
    language: str = "",
    published: datetime | None = None,
    page_date: bool = False,
    asserted: bool = False,
    rank: Rank | None = None,
    fields: Mapping[str, str] | None = None,
) -> Finding:
    """A finding whose every text is clean, capped plain text and whose link is absolute http(s) or "".

    ``urls`` are the candidates for its link, best first, made absolute with ``base``; ``html`` names
    those of ``title`` and ``summary`` that are markup. A missing title is taken from the summary.
    """
    link, wrapped = _link(urls, base)
    body = text.clean(text.plain(summary) if "summary" in html else summary, text.SUMMARY)
    head = text.clean(text.plain(title) if "title" in html else title, text.TITLE) or text.clean(
        body, text.TITLE
    )
    return Finding(
        title=head,
        url=link,
        summary="" if body in (head, f"{head} {site}") else body,  # what aggregators call a summary
        kind=kind,
        guid=text.clean(guid, GUID),
        author=text.clean(author, NAME),
        site=text.clean(site, NAME),
        language=text.clean(language, LANGUAGE).lower(),
        published=published,
        published_is_page_date=page_date and published is not None,
        wrapped_url=wrapped,
        asserted=asserted,
        rank=rank,
        fields=_cleaned(fields or {}),
    )


def _link(urls: Collection[str], base: str) -> tuple[str, str]:
    """The first candidate that can be clicked, and the redirect link that it was wrapped in, or ""."""
    for candidate in urls:
        whole = absolute(candidate.strip(), base)
        link = links.safe_link(whole)
        if link:
            return link, whole if links.unwrap(whole) != whole else ""
    return "", ""


def absolute(url: str, base: str) -> str:
    """``url`` as seen from the page ``base``, "" when there is none or it cannot be read."""
    try:
        return urljoin(base, url) if url else ""
    except ValueError:  # a broken IPv6 address in either of them: the link leads nowhere
        return ""


def _cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    cleaned = {key: text.clean(value, text.TITLE) for key, value in fields.items()}
    return {key: value for key, value in cleaned.items() if value}
