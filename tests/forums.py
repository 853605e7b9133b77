"""The forum kinds as the tests make them, and their answers as the tests word them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from repwatch.config.planted import planted
from repwatch.model import Page, Parsed, Request, Subject
from repwatch.plugins import Asker, SourcePlugin, source_plugins
from repwatch.sources.base import Source
from tests.recorded import page

ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple")
HTML = "<!doctype html><html><head><title>whoa there, pardner</title></head><body>No.</body></html>"

OPTIONS: Mapping[str, Mapping[str, object]] = {
    "bluesky": {"handle": "ada.example.org", "app_password": "env:LAB"},
    "discourse": {"base_url": "https://forum.example.org"},
    "github_code": {"key": "env:LAB"},
    "mastodon": {"base_url": "https://social.example.org", "tags": ["reseaux"]},
    "reddit": {"user": "un_compte", "feed_token": "env:LAB"},
    "telegram": {"channels": ["exemples"]},
}
REDDIT_API = {"client_id": "invented", "client_secret": "env:LAB"}
SEARCH_TOKEN = {"base_url": "https://social.example.org", "token": "env:LAB"}


@cache
def _plugins() -> Mapping[str, SourcePlugin]:
    return source_plugins()


def source(kind: str, options: Mapping[str, object] | None = None) -> Source:
    """The kind, with stand-ins for its secrets."""
    plugin = _plugins()[kind]
    given = plugin.options.model_validate(OPTIONS.get(kind, {}) if options is None else options)
    return plugin.make(planted(given), Asker("owner@example.org", "en"))


def first(kind: str, options: Mapping[str, object] | None = None, subject: Subject = ADA) -> Request:
    """The first request that it plans."""
    return source(kind, options).plan([subject])[0]


def behind_log_in(kind: str, options: Mapping[str, object] | None = None) -> Request:
    """The search that its log-in leads to."""
    body = {"accessJwt": "invented-token", "access_token": "invented-token"}
    return answered(kind, body, options=options).follow[0]


def answered(
    kind: str,
    body: object,
    status: int = 200,
    *,
    request: Request | None = None,
    options: Mapping[str, object] | None = None,
    **headers: str,
) -> Parsed:
    """What the kind reads in this answer to its first request, or to ``request``."""
    made = request or first(kind, options)
    return source(kind, options).parse(answer(made, body, status, **headers))


def answer(request: Request, body: object, status: int = 200, **headers: str) -> Page:
    """A page with this body: a text, or JSON; header names are written with "_"."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return page(text, request, url=request.url, status=status, headers=named)


def named(*names: str) -> Subject:
    """Somebody with these names."""
    return replace(ADA, name=names[0], aliases=names[1:])
