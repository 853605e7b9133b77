"""Every kind of ours passes the conformance kit, and the kit finds what it is made to find."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from repwatch.plugins import source_plugins
from repwatch.testing import Conformance
from tests import faulty_kinds
from tests.faulty_kinds import Board, plugin
from tests.recorded import PAGES

CHECKS = [name for name in dir(Conformance) if name.startswith("test_")]
KINDS = sorted(source_plugins())

# What a kind needs to be made at all, and what the kit must know of it.
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "feed": {"url": "https://press.example.org/feed"},
    "google_alerts": {"feed": "https://www.google.com/alerts/feeds/1/2"},
    "bluesky": {"handle": "ada.example.org", "app_password": "env:BLUESKY_PASSWORD"},
    "discourse": {"base_url": "https://forum.example.org"},
    "mastodon": {"base_url": "https://social.example.org", "tags": ["reseaux"], "accounts": ["presse"]},
    "reddit": {"user": "un_compte", "feed_token": "env:REDDIT_TOKEN"},
    "news_sitemap": {"url": "https://press.example.org/sitemap-news.xml"},
    "podcasts": {"key": "env:LAB_KEY", "secret": "env:LAB_SECRET"},
    "youtube": {"channel": f"UC{'x' * 22}"},
    "telegram": {"channels": ["exemples"]},
    "mailbox": {"host": "imap.example.org", "user": "ada@example.org", "password": "env:MAIL_PASSWORD"},
    "page": {"url": "https://aef.example/equipe"},
    "searxng": {"url": "https://search.example.org"},
    "wikipedia_article": {"article": "Ada Exemple", "language": "fr"},
}
MARKS: Mapping[str, Mapping[str, bool]] = {
    "mojeek": {"key_in_address": True},
    "page": {"any_page": True},
    "reddit": {"key_in_address": True},
    "serpapi": {"key_in_address": True},
}


def keyed(name: str) -> Mapping[str, object]:
    """A key, for a kind that is nothing without one."""
    field = source_plugins()[name].options.model_fields.get("key")
    return {"key": "env:LAB_KEY"} if field is not None and field.is_required() else {}


@cache
def kit(name: str) -> Conformance:
    case = Conformance()
    case.kind, case.pages, case.options, case.light = name, PAGES / name, OPTIONS.get(name, keyed(name)), True
    for mark, value in MARKS.get(name, {}).items():
        setattr(case, mark, value)
    return case


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_a_kind_of_ours_conforms(kind: str, check: str) -> None:
    getattr(kit(kind), check)()


# --- what it finds ------------------------------------------------------------------------------

BOARD = Path(__file__).with_name("pages_of_the_kit") / "board"


def board(kind: type[Board], pages: Path = BOARD, **plugin_of: Any) -> Conformance:
    case = Conformance()
    case.kind, case.pages, case.options = plugin(kind, **plugin_of), pages, {"key": "env:BOARD_KEY"}
    return case


@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_kind_passes_without_its_secret_being_read(check: str) -> None:
    getattr(board(Board), check)()


FAULTS = [
    (faulty_kinds.Endless, "one_more", "leads to more than 50 requests"),
    (faulty_kinds.Silent, "a_refusal", "a Cloudflare challenge .* reads as Parsed"),
    (faulty_kinds.Silent, "a_foreign_page", "a web page .* raise Unreadable or Blocked"),
    (faulty_kinds.Careless, "a_foreign_page", "JSONDecodeError"),
    (faulty_kinds.Fickle, "reads_the_same", "notices.json reads otherwise"),
    (faulty_kinds.Unordered, "reads_the_same", "notices.json reads otherwise"),
    (faulty_kinds.Curious, "touches_nothing", r"socket\.getaddrinfo 'board\.example'"),
    (faulty_kinds.Secretive, "touches_nothing", "open '/tmp/repwatch-board'"),
    (faulty_kinds.Busy, "touches_nothing", r"subprocess\.Popen"),
    (faulty_kinds.Anonymous, "says_whose", "carries 'Ada Exemple', and its subject is None"),
    (faulty_kinds.Mistaken, "says_whose", "its subject is 'somebody'"),
    (faulty_kinds.Forgetful, "plans_the_same", "plans otherwise the next time"),
    (faulty_kinds.Talkative, "no_secret", "a secret is in the address .*board=planted"),
    (faulty_kinds.Boastful, "no_secret", "a secret is in what it says: planted-.* was of no use"),
    (faulty_kinds.Fleeting, "signing", "it asks for something else"),
    (faulty_kinds.Rooted, "travels", "cannot travel as a pickle"),
    (faulty_kinds.Impure, "travels", "comes back as no parser's result"),
]


@pytest.mark.parametrize(("kind", "check", "cause"), FAULTS)
def test_a_fault_is_found(kind: type[Board], check: str, cause: str) -> None:
    (name,) = (each for each in CHECKS if check in each)
    with pytest.raises(AssertionError, match=cause):
        getattr(board(kind), name)()
