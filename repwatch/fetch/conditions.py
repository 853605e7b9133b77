"""Asks "has it changed?", and remembers what to ask with the next time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from repwatch.model import NO_WISH, Fields, Page, Request, Validators

_WHOLE_EVERY = timedelta(days=1)  # some servers answer 304 for ever
_LONGEST_ETAG = 1024  # bytes
_LONGEST_DATE = 64


def conditional_headers(request: Request, validators: Validators, now: datetime) -> dict[str, str]:
    """The headers that let the server answer 304; none for a POST or a fresh one, none at least once a day.

    A ``whole_at`` in the future (the clock was set back) counts as long ago.
    """
    known = validators.whole_at
    if request.method != "GET" or request.fresh or known is None or not known <= now < known + _WHOLE_EVERY:
        return {}
    asked = {"if-none-match": validators.etag, "if-modified-since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}


def after_whole(page: Page, old: Validators, *, conditional: bool) -> Validators:
    """What to remember of a whole page, which the server may also give to a ``conditional`` request.

    What it no longer sends is forgotten: an old ETag beside a new page hides every change. A body that
    is the old one wishes what it wished.
    """
    body_hash = fingerprint(page.body)
    etag, modified = page.headers.get("etag", ""), page.headers.get("last-modified", "")
    return Validators(
        etag=etag if len(etag) <= _LONGEST_ETAG else "",
        last_modified=modified if len(modified) <= _LONGEST_DATE else "",
        body_hash=body_hash,
        whole_at=old.whole_at if conditional else page.fetched_at,
        wish=old.wish if body_hash == old.body_hash else NO_WISH,
    )


def after_unchanged(headers: Fields, old: Validators) -> Validators:
    """What to remember of a 304, which may renew the validators and may leave them out."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    return replace(
        old,
        etag=etag if 0 < len(etag) <= _LONGEST_ETAG else old.etag,
        last_modified=modified if 0 < len(modified) <= _LONGEST_DATE else old.last_modified,
    )


def fingerprint(body: bytes) -> str:
    """32 hexadecimal digits that stand for ``body``."""
    return blake2b(body, digest_size=16).hexdigest()
