"""Invented people, mentions and checks from which tests build reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from repwatch.model import (
    Change,
    Context,
    Difference,
    Kind,
    Label,
    Mention,
    Outcome,
    Owed,
    OwedKind,
    Passage,
    Priority,
    Reason,
    Route,
    Subject,
    Turn,
    Verdict,
)
from repwatch.report.material import Checked, Material
from repwatch.rules import tidings
from repwatch.rules.difference import written

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)

ADA = Subject(
    id="ada",
    name="Ada Exemple",
    given="Ada",
    family="Exemple",
    aliases=("A. Exemple",),
    context=Context(employers=("Atelier Fictif",), places=("Lyon",), works=("Compter juste",)),
)

SURE = Verdict(
    Label.ME,
    0.97,
    (
        Reason("name_full", "Ada Exemple", 2.2),
        Reason("context_employer", "Atelier Fictif", 1.6),
        Reason("context_place", "Lyon", 0.8),
    ),
)
UNSURE = Verdict(Label.UNSURE, 0.55, (Reason("name_full", "Ada Exemple", 2.2),))
NAMESAKE = Verdict(Label.NOT_ME, 0.05, (Reason("name_full", "Ada Exemple", 2.2),))


def sample_mention(number: int = 1, **changes: Any) -> Mention:
    """A plain new mention that is surely about Ada; ``changes`` replace fields."""
    mention = Mention(
        id=number,
        subject="ada",
        kind=Kind.LINK,
        url=f"https://gazette.example/articles/{number}",
        title=f"Atelier Fictif opens its books, part {number}",
        summary="In an interview, Ada Exemple explains how a small workshop in Lyon counts what matters.",
        site="La Gazette imaginaire",
        author="Jean-Noël Fictif",
        language="en",
        published=NOW - timedelta(hours=number),
        first_seen=NOW - timedelta(minutes=30),
        last_seen=NOW - timedelta(minutes=30),
        verdict=SURE,
        decided=None,
        priority=Priority.NORMAL,
        priority_reasons=(),
        story=f"story {number}",
        change=Change.NEW,
        baseline=False,
        sources=("alerts",),
    )
    return replace(mention, **changes)


def owed(mention: Mention, kind: OwedKind = OwedKind.MENTION) -> Owed:
    """The line that owes a mention to the sample route."""
    return Owed(id=mention.id, route="morning", kind=kind, at=NOW, subject=mention.subject, mention=mention)


def sample_mentions() -> tuple[Mention, ...]:
    """One mention for every place of a report, and one story told by three sites."""
    complaint = sample_mention(
        1,
        title="Customers file a complaint against Atelier Fictif",
        url="https://court-news.example/2026/complaint",
        priority=Priority.HIGH,
        priority_reasons=(Reason("cue_accused", "complaint", 1.0),),
        sources=("alerts", "blog"),
        story="complaint",
    )
    echo = replace(complaint, id=2, url="https://echo.example/complaint", first_seen=NOW)
    third = replace(complaint, id=3, url="https://metro.example/atelier", first_seen=NOW)
    old = sample_mention(
        5, change=Change.RESURFACED, published=NOW - timedelta(days=1500), title="A prize for Compter juste"
    )
    edited = sample_mention(
        6,
        change=Change.EDITED,
        title="Ada Exemple leaves the board",
        previous_title="Ada Exemple joins the board",
    )
    skater = sample_mention(
        7, verdict=UNSURE, title="Ada Exemple wins on ice", published=None, url="https://patinage.example/7"
    )
    namesake = sample_mention(8, verdict=NAMESAKE, title="A namesake skates in Québec")
    known = sample_mention(9, baseline=True, title="About us", sources=("blog",))
    return (complaint, echo, third, sample_mention(4), old, edited, skater, namesake, known)


def sample_checked() -> tuple[Checked, ...]:
    """A source for every kind of outcome."""
    hour = timedelta(hours=1)
    fine: dict[str, Any] = {"last_run": NOW - hour, "last_answer": NOW - hour, "next_try": NOW + hour}
    down: dict[str, Any] = {
        "last_run": NOW - hour,
        "last_answer": NOW - 72 * hour,
        "failing_since": NOW - 50 * hour,
    }
    return (
        Checked("alerts", "Google Alerts", outcome=Outcome.OK, read=20, new=4, **fine),
        Checked("blog", "The workshop's blog", outcome=Outcome.OK, read=12, new=1, baseline=True, **fine),
        Checked(
            "search",
            "SearXNG at home",
            outcome=Outcome.PARTIAL,
            cause="2 of 5 engines missing",
            read=9,
            **fine,
        ),
        Checked("hn", "Hacker News", outcome=Outcome.EMPTY, **fine),
        Checked(
            "people",
            "People of example.org",
            outcome=Outcome.BLOCKED,
            cause="HTTP 429, too many requests",
            next_step="nothing: it is asked again more slowly",
            next_try=NOW + 6 * hour,
            **down,
        ),
        Checked(
            "orcid",
            "ORCID",
            outcome=Outcome.MISCONFIGURED,
            cause="HTTP 401, the key was refused",
            next_step="renew the key that env:ORCID_KEY names",
            **down,
        ),
    )


WATCHED = Verdict(Label.ME, 0.99, (Reason("watched_page", "", 5.0), Reason("name_full", "Ada Exemple", 0.3)))


def sample_passages() -> tuple[Passage, ...]:
    """What changed on a page about Ada."""
    return (
        Passage(
            "Career",
            (
                ("=", "… until 2019, Ada Exemple"),
                ("-", "directed the workshop"),
                ("+", "was accused of closing the workshop without telling anybody"),
                ("=", "and taught in Lyon …"),
            ),
        ),
        Passage("Prizes", (("+", "The prize of the Académie imaginaire, for Compter juste (2026)."),)),
        Passage("", (("-", "This page is waiting for a portrait."),)),
    )


def sample_change(*passages: Passage, turn: Turn = Turn.CHANGED, more: int = 0, **changes: Any) -> Owed:
    """The line that tells of a watched page that changed; ``changes`` replace fields of its mention."""
    fields: dict[str, Any] = {
        "title": "Ada Exemple, an invented biography",
        "url": "https://wiki.example/Ada_Exemple",
        "published": None,
        "verdict": WATCHED,
        "baseline": True,
        "sources": ("blog",),
    }
    line = owed(sample_mention(60, **{**fields, **changes}), OwedKind.CHANGED)
    return replace(line, detail=written(Difference(turn, passages or sample_passages(), more)))


def sample_news() -> tuple[Owed, ...]:
    """News of sources, one of each kind."""
    return tuple(
        Owed(id=100 + number, route="morning", kind=kind, at=NOW, source=source, detail=detail)
        for number, (kind, source, detail) in enumerate(
            (
                (OwedKind.OUTAGE, "people", "HTTP 429, too many requests"),
                (OwedKind.RECOVERED, "hn", tidings.told(NOW - timedelta(days=3), 6)),
                (OwedKind.GAP, "search", ""),
                (OwedKind.MOVED, "blog", "https://blog.example.org/new-feed"),
                (OwedKind.PAUSED, "old", "the address is gone for good (410)"),
                (OwedKind.QUIET, "alerts", tidings.told(NOW - timedelta(days=20), 5 * 86_400)),
            )
        )
    )


def sample_material(
    language: str = "en",
    mentions: tuple[Mention, ...] | None = None,
    news: tuple[Owed, ...] | None = None,
    checked: tuple[Checked, ...] | None = None,
    **changes: Any,
) -> Material:
    """A morning's report; what is not given is the whole sample. ``changes`` replace fields."""
    mentions = sample_mentions() if mentions is None else mentions
    lines = tuple(
        owed(one, OwedKind.EDITED if one.change is Change.EDITED else OwedKind.MENTION) for one in mentions
    )
    route = Route("morning", "mail", ("ada@example.org",), "repwatch@example.org", language, "Europe/Paris")
    material = Material(
        route=route,
        now=NOW,
        since=NOW - timedelta(days=1),
        subjects=(ADA,),
        owed=lines + (sample_news() if news is None else news),
        checked=sample_checked() if checked is None else checked,
    )
    return replace(material, **changes)
