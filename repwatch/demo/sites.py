"""Who answers what on the invented web: one function for each site, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus

from repwatch.demo import pages
from repwatch.demo.world import ALERTS, BLOG, FIRST_ROUND, GITHUB, ORCID, WIKIDATA, WIRE, World

_HTML = "text/html; charset=utf-8"
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET request: header names in lower case, the first value of each query parameter."""

    base: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the one who asked."""

    text: str
    type: str
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A site: the address that the configuration names, and how it answers."""

    path: str
    answer: Callable[[World, Asked], Answer]


def alerts(world: World, asked: Asked) -> Answer:
    """A Google Alerts feed: never a validator, never a 304."""
    if asked.path != pages.ALERTS_PATH:
        return _missing()
    text = pages.alerts_feed(world.newest(ALERTS), world.now)
    return Answer(
        text,
        "text/xml; charset=UTF-8",
        headers={"Cache-Control": "no-cache, must-revalidate", "Expires": "Mon, 01 Jan 1990 00:00:00 GMT"},
    )


def blog(world: World, asked: Asked) -> Answer:
    """A blog's RSS feed that keeps its promise: an unchanged feed is a 304."""
    if asked.path != "/feed":
        return _missing()
    text = pages.rss(world.newest(BLOG), world.now)
    etag = f'"{blake2b(text.encode(), digest_size=8).hexdigest()}"'
    if asked.headers.get("if-none-match") == etag:
        return Answer("", "", HTTPStatus.NOT_MODIFIED, {"ETag": etag})
    return Answer(text, "application/rss+xml; charset=utf-8", headers={"ETag": etag})


def search(world: World, asked: Asked) -> Answer:
    """A SearXNG instance; in the later round one of its engines does not answer."""
    if asked.path == "/config":
        return Answer(pages.search_config(), _JSON)
    if asked.path != "/search":
        return _missing()
    if asked.query.get("format") != "json":
        return Answer("<!doctype html><title>demo search</title>\n", _HTML)
    query = asked.query.get("q", "")
    if not query:
        return Answer('{"error": "No query"}', _JSON, HTTPStatus.BAD_REQUEST)
    hits = world.found(query) if asked.query.get("pageno", "1") == "1" else ()
    away = () if world.round == FIRST_ROUND else ((pages.ENGINES[1], "timeout"),)
    return Answer(pages.search_results(query, hits, world.now, away), _JSON)


def wikidata(world: World, asked: Asked) -> Answer:
    """The MediaWiki API of Wikidata, as far as searching entities goes."""
    if asked.path != "/w/api.php":
        return _missing()
    if asked.query.get("action") != "wbsearchentities":
        return Answer(pages.wikidata_error("badvalue", "Unrecognized value for parameter action."), _JSON)
    query = asked.query.get("search", "")
    people = world.people(WIKIDATA, query)
    return Answer(pages.wikidata_entities(query, people, asked.query.get("language", "en")), _JSON)


def orcid(world: World, asked: Asked) -> Answer:
    """ORCID's public API, which speaks JSON only to those who ask for it."""
    if asked.path.rstrip("/") != "/v3.0/expanded-search":
        return _missing()
    if "json" not in asked.headers.get("accept", ""):
        return Answer("<expanded-search/>", "application/xml;charset=UTF-8")
    return Answer(pages.orcid_records(world.people(ORCID, asked.query.get("q", ""))), _JSON)


def github(world: World, asked: Asked) -> Answer:
    """GitHub's user search with the headers that tell its limits."""
    if asked.path != "/search/users":
        return _missing()
    people = world.people(GITHUB, asked.query.get("q", ""))
    limits = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "9"}
    return Answer(pages.github_users(people, asked.base), _JSON, headers=limits)


def limited(_world: World, _asked: Asked) -> Answer:
    """A site that has had enough of everybody."""
    return Answer(pages.TOO_MANY, _HTML, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "3600"})


def captcha(_world: World, _asked: Asked) -> Answer:
    """A site that shows a challenge, with a friendly 200, where its feed used to be."""
    return Answer(pages.CAPTCHA, _HTML)


def changed(world: World, _asked: Asked) -> Answer:
    """A news wire that has a JSON Feed in the first round and a new layout in the next."""
    if world.round == FIRST_ROUND:
        return Answer(pages.json_feed(world.newest(WIRE), world.now), "application/feed+json; charset=utf-8")
    return Answer(pages.NEW_LAYOUT, _HTML)


def _missing() -> Answer:
    return Answer("<!doctype html><title>Not Found</title>\n", _HTML, HTTPStatus.NOT_FOUND)


SITES: Mapping[str, Site] = {
    "alerts": Site(pages.ALERTS_PATH, alerts),
    "blog": Site("/feed", blog),
    "search": Site("", search),
    "wikidata": Site("", wikidata),
    "orcid": Site("", orcid),
    "github": Site("", github),
    "limited": Site("/rss", limited),
    "captcha": Site("/rss", captcha),
    "changed": Site("/feed.json", changed),
}
