"""The YAML with which the real program watches the invented web."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml

from repwatch.demo.mailbox import Mailbox
from repwatch.demo.web import Web
from repwatch.demo.world import ALIAS, BOOK, EMPLOYER, FAMILY, GIVEN, NAME, OWN_PAGE

SUBJECT = "mireille"
RECIPIENT = "mireille@demo.example"


def config_text(web: Web, mailbox: Mailbox, folder: Path, *, language: Literal["en", "fr"] = "en") -> str:
    """The whole configuration; the database goes into ``folder``, which must be absolute."""
    settings = {
        "language": language,
        "timezone": "Europe/Paris",
        "contact": RECIPIENT,
        "database": f"sqlite:///{folder / 'demo.db'}",
        "fetch": {"allow_private": ["127.0.0.1/32"], "interval": 0.05},
        "subjects": [_subject()],
        "sources": _sources(web),
        "channels": {"mail": _channel(mailbox)},
        "reports": [
            {"channel": "mail", "to": RECIPIENT, "every": "day at 07:00", "instant": {"priority": "high"}}
        ],
    }
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=100)
    return f"# What `repwatch demo` runs with. Everyone in it is invented.\n{text}"


def _subject() -> dict[str, object]:
    return {
        "id": SUBJECT,
        "name": NAME,
        "given": GIVEN,
        "family": FAMILY,
        "relation": "self",
        "aliases": [ALIAS],
        "context": {
            "employers": [EMPLOYER],
            "places": ["Lyon"],
            "topics": ["réseaux professionnels", "networking"],
            "works": [BOOK],
        },
        "not_me": {"places": ["Québec"], "topics": ["patinage", "patineuse", "figure skating"]},
        "profiles": [{"url": OWN_PAGE, "persona": "professional"}],
    }


def _sources(web: Web) -> list[dict[str, object]]:
    at = web.urls
    return [
        _source("alerts", "google_alerts", "Google Alerts", feed=at["alerts"], subject=SUBJECT),
        _source("blog", "feed", "Carnets Réseaux", url=at["blog"]),
        _source("search", "searxng", "Web search", url=at["search"]),
        _source("wikidata", "wikidata", "Wikidata", base_url=at["wikidata"]),
        _source("orcid", "orcid", "ORCID", base_url=at["orcid"]),
        _source("github", "github", "GitHub", base_url=at["github"]),
        _source("limited", "feed", "Forum that answers 429", url=at["limited"]),
        _source("captcha", "feed", "Magazine behind a CAPTCHA", url=at["captcha"]),
        _source("changed", "feed", "Nowhere Wire", url=at["changed"]),
    ]


def _source(name: str, kind: str, title: str, **options: str) -> dict[str, object]:
    return {"id": name, "kind": kind, "name": title, "every": "1h", **options}


def _channel(mailbox: Mailbox) -> dict[str, object]:
    return {
        "kind": "email",
        "host": mailbox.host,
        "port": mailbox.port,
        "security": "none",
        "from": "repwatch@demo.example",
    }
