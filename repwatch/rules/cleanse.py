"""Takes what is secret out of a page that is to be kept as a file, and given away perhaps."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

from repwatch.masking import HIDDEN, hidden_in, mask
from repwatch.model import Fields, Page, Request
from repwatch.rules import mail, mbox

LEAST = 4  # characters of a secret: a shorter one would be found in half of all words

# What parse may want to know of an answer. All else is left out: a header may tell who asked.
_KEPT = re.compile(r"content-(?:type|language)|warning|link|location|retry-after|(?:x-)?rate-?limit.*|x-total.*|cf-.*|x-datadome|x-amzn-waf-action")  # fmt: skip  # noqa: E501 - one pattern
_SAID = frozenset({"accept", "accept-language", "content-type"})
_TELLING = re.compile(r"authorization|cookie|key|token|secret|session|sign", re.IGNORECASE)

# A log-in answers with what opens the door next time; the token of a next page opens none.
_GRANTED = re.compile(
    rb"[\"'](?!next|page|cont)[a-z_]{0,40}(?:token|jwt|secret|password|session_?id)[\"']\s{0,9}:\s{0,9}"
    rb"[\"']([^\"'\\]{8,})[\"']",
    re.IGNORECASE,
)


def secrets_in(pages: Iterable[Page]) -> Iterator[str]:
    """What these pages themselves show to be secret: keys and log-ins that were sent, tokens that came."""
    for page in pages:
        request = page.request
        for url in (request.url, page.url):
            yield from hidden_in(url)
        for name, value in request.headers.items():
            if _TELLING.search(name):
                yield from (value, value.split()[-1] if value.split() else "")
        for body in (request.body or b"", page.body):
            yield from (found.decode("utf-8", "replace") for found in _GRANTED.findall(body))


def cleanser(secrets: Collection[str]) -> Callable[[bytes], bytes]:
    """What replaces each of these secrets in a text, however it is spelled there."""
    spelled = {form.encode() for secret in secrets if len(secret) >= LEAST for form in _spellings(secret)}
    if not spelled:
        return bytes
    pattern = re.compile(b"|".join(map(re.escape, sorted(spelled, key=len, reverse=True))))
    return lambda text: pattern.sub(HIDDEN.encode(), text)


def cleansed(page: Page, clean: Callable[[bytes], bytes]) -> Page:
    """The page without its secrets, and without the headers that are nobody's business."""

    def text(value: str) -> str:
        return clean(value.encode("utf-8", "replace")).decode("utf-8", "replace")

    def texts(values: Fields) -> dict[str, str]:
        return {name: text(value) for name, value in values.items()}

    request: Request = replace(
        page.request,
        url=mask(text(page.request.url)),
        headers=texts({name: value for name, value in page.request.headers.items() if name.lower() in _SAID}),
        body=None if page.request.body is None else clean(page.request.body),
        context=texts(page.request.context),
    )
    return Page(
        request=request,
        status=page.status,
        url=mask(text(page.url)),
        headers=texts({name: value for name, value in page.headers.items() if _KEPT.fullmatch(name)}),
        body=clean(_plain_mails(page) if page.headers.get("content-type") == mbox.TYPE else page.body),
        fetched_at=page.fetched_at,
    )


def _plain_mails(page: Page) -> bytes:
    """Its mails in plain sight: whatever is encoded would hide what is secret."""
    return mbox.joined(map(mail.bare, mbox.mails(io.BytesIO(page.body))))


def _spellings(secret: str) -> Iterator[str]:
    """The secret as it is, and as an address, JSON, HTML and a header write it."""
    for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield form
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form)
    for form in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield from (form, form.replace("/", "\\/"))
    yield from (html.escape(secret), html.escape(secret, quote=False))
    yield base64.b64encode(secret.encode()).decode()
