"""The invented world in the wire formats of real services: feeds, result pages, people's APIs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from html import escape
from urllib.parse import quote, urlsplit

from repwatch.demo.world import EMPLOYER, NAME, Article, Person

ALERTS_PATH = "/alerts/feeds/01234567890123456789/9876543210987654"
ENGINES = ("imagine", "chimere")
CAPTCHA = """<!doctype html>
<html lang="en"><head><title>One moment, please</title>
<script src="https://www.google.com/recaptcha/api.js" async defer></script></head>
<body><h1>Are you a robot?</h1>
<form method="post"><div class="g-recaptcha" data-sitekey="invented"></div><button>Continue</button></form>
</body></html>
"""
NEW_LAYOUT = """<!doctype html>
<html lang="en"><head><title>Nowhere Wire, redesigned</title></head>
<body><main><h1>Welcome to our new home</h1>
<article class="tile"><h2>Sample prices hold steady</h2><p>Our briefs moved.</p></article>
</main></body></html>
"""
TOO_MANY = (
    "<!doctype html><html><head><title>Too Many Requests</title></head><body>Slow down.</body></html>\n"
)


def alerts_feed(articles: Iterable[Article], now: datetime) -> str:
    """An Atom feed as Google Alerts writes it: one line, redirect links, marked-up titles."""
    reader = "tag:google.com,2005:reader/user/" + ALERTS_PATH.removeprefix("/alerts/feeds/").replace(
        "/", "/state/com.google/alerts/"
    )
    head = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:idx="urn:atom-extension:indexing">'
        f"<id>{reader}</id><title>Google Alert - {NAME}</title>"
        f'<link href="https://www.google.com{ALERTS_PATH}" rel="self"></link><updated>{_stamp(now)}</updated>'
    )
    return head + "".join(_alert(article, now) for article in articles) + "</feed>"


def rss(articles: Iterable[Article], now: datetime) -> str:
    """The RSS 2.0 feed of an ordinary blog; the guid stays when a title is edited."""
    items = "\n".join(_item(article, now) for article in articles)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        "<title>Carnets Réseaux</title><link>https://carnets-reseaux.example/</link>\n"
        "<description>Notes sur les réseaux professionnels</description><language>fr</language>\n"
        f"{items}\n</channel></rss>\n"
    )


def json_feed(articles: Iterable[Article], now: datetime) -> str:
    """A JSON Feed 1.1 of short news."""
    items = [
        {
            "id": article.url,
            "url": article.url,
            "title": article.title,
            "content_text": article.summary,
            "date_published": _stamp(article.published(now)),
        }
        for article in articles
    ]
    return _json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Nowhere Wire",
            "home_page_url": "https://nowhere-wire.example/",
            "language": "en",
            "items": items,
        }
    )


def search_results(
    query: str, articles: Sequence[Article], now: datetime, unresponsive: Sequence[tuple[str, str]] = ()
) -> str:
    """A results page as SearXNG writes it in JSON; ``unresponsive`` pairs an engine with its reason."""
    hits = [_hit(position, article, now) for position, article in enumerate(articles, start=1)]
    return _json(
        {
            "query": query,
            "results": hits,
            "answers": [],
            "corrections": [],
            "infoboxes": [],
            "suggestions": [],
            "unresponsive_engines": [list(pair) for pair in unresponsive],
        }
    )


def search_config() -> str:
    """What a SearXNG instance says of itself at /config."""
    engines = [
        {
            "name": name,
            "categories": ["general"],
            "enabled": True,
            "paging": False,
            "time_range_support": False,
            "language_support": True,
            "shortcut": name[:2],
            "timeout": 2.0,
        }
        for name in ENGINES
    ]
    return _json({"instance_name": "demo", "categories": ["general"], "engines": engines, "locales": {}})


def wikidata_entities(query: str, people: Iterable[Person], language: str) -> str:
    """An answer of ``wbsearchentities``."""
    entities = [_entity(person, language) for person in people]
    return _json({"searchinfo": {"search": query}, "search": entities, "success": 1})


def wikidata_error(code: str, info: str) -> str:
    """An error of the MediaWiki API, which comes with status 200."""
    return _json({"error": {"code": code, "info": info}})


def orcid_records(people: Sequence[Person]) -> str:
    """An answer of ORCID's expanded search, whose list is null when nobody was found."""
    records = [
        {
            "orcid-id": person.uid,
            "given-names": person.name.partition(" ")[0],
            "family-names": person.name.partition(" ")[2],
            "credit-name": None,
            "other-name": [],
            "email": [],
            "institution-name": [person.employer or EMPLOYER],
        }
        for person in people
    ]
    return _json({"expanded-result": records or None, "num-found": len(records)})


def github_users(people: Sequence[Person], base: str) -> str:
    """An answer of GitHub's user search, in which nobody's name is told, only the login."""
    users = [
        {
            "login": person.uid,
            "id": _number(person.uid) % 10**9,
            "avatar_url": f"https://code-forge.example/{person.uid}.png",
            "url": f"{base}/users/{person.uid}",
            "html_url": f"https://code-forge.example/{person.uid}",
            "type": "User",
            "site_admin": False,
            "score": 1.0,
        }
        for person in people
    ]
    return _json({"total_count": len(users), "incomplete_results": False, "items": users})


def _alert(article: Article, now: datetime) -> str:
    title = _marked(f"{article.title} - {article.site}")
    stamp = _stamp(article.published(now))
    return (
        f"<entry><id>tag:google.com,2013:googlealerts/feed:{_number(article.url)}</id>"
        f'<title type="html">{escape(title)}</title><link href="{escape(_wrapped(article.url))}"></link>'
        f"<published>{stamp}</published><updated>{stamp}</updated>"
        f'<content type="html">{escape(_marked(article.summary) + "&nbsp;...")}</content>'
        "<author><name></name></author></entry>"
    )


def _marked(text: str) -> str:
    """HTML in which the searched name is bold and apostrophes are entities, as alerts have them."""
    return escape(text).replace("&#x27;", "&#39;").replace(NAME, f"<b>{NAME}</b>")


def _wrapped(url: str) -> str:
    token = urlsafe_b64encode(f"{_number(url):016x}:com:fr:FR".encode()).decode().rstrip("=")
    target = quote(url, safe="/:")
    return f"https://www.google.com/url?rct=j&sa=t&url={target}&ct=ga&cd={token}&usg=AOvVaw-invented"


def _item(article: Article, now: datetime) -> str:
    guid = article.url.partition("?")[0]
    return (
        f"<item><title>{escape(article.title)}</title><link>{escape(article.url)}</link>"
        f'<guid isPermaLink="false">{escape(guid)}</guid>'
        f"<pubDate>{format_datetime(article.published(now), usegmt=True)}</pubDate>"
        f"<description>{escape(f'<p>{escape(article.summary)}</p>')}</description></item>"
    )


def _hit(position: int, article: Article, now: datetime) -> dict[str, object]:
    return {
        "url": article.url,
        "title": article.title,
        "content": article.summary,
        "engine": ENGINES[0],
        "template": "default.html",
        "parsed_url": [*urlsplit(article.url)[:3], "", *urlsplit(article.url)[3:]],
        "img_src": "",
        "thumbnail": "",
        "priority": "",
        "engines": [ENGINES[0]],
        "positions": [position],
        "score": round(1 / position, 3),
        "category": "general",
        "publishedDate": article.published(now).replace(tzinfo=None).isoformat(),
    }


def _entity(person: Person, language: str) -> dict[str, object]:
    return {
        "id": person.uid,
        "title": person.uid,
        "pageid": _number(person.uid) % 10**9,
        "concepturi": f"http://www.wikidata.org/entity/{person.uid}",
        "url": f"//www.wikidata.org/wiki/{person.uid}",
        "label": person.name,
        "description": person.about,
        "match": {"type": "label", "language": language, "text": person.name},
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(text: str) -> int:
    """A number that is always the same for the same text, as wide as an entry's id."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
