"""`repwatch sources`: how each source does, what only it saw, and which kinds there are."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, text
from sqlalchemy.dialects import sqlite

from repwatch.cli.group import repwatch
from repwatch.model import Label, Outcome, Pair, SourceState
from repwatch.plugins import source_plugins
from repwatch.store import sources
from repwatch.store.database import Store, Tx
from repwatch.store.shares import SHARES, Share, shares
from repwatch.store.tables import mention, sighting

NOW = datetime.now(UTC)
CONFIG = """\
contact: owner@example.org
database: sqlite:///memory.db
subjects:
  - {id: ada, name: Ada Exemple, relation: self}
  - {id: aef, name: AEF Conseil, relation: own_organisation}
sources:
  - {kind: google_alerts, id: alerts, feed: "https://www.google.com/alerts/feeds/1/2", subject: ada}
  - {kind: feed, id: blog, url: "https://blog.example.org/feed"}
  - {kind: hackernews}
  - {kind: feed, id: old, url: "https://old.example.org/feed", enabled: false}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A mention with the sources that saw it, the first one first."""

    by: Sequence[str]
    subject: str = "ada"
    label: Label = Label.ME
    decided: Label | None = None


def mentioned(tx: Tx, seen: Sequence[Seen]) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": number,
            "subject": each.subject,
            "label": each.label,
            "decided": each.decided,
            "first_seen": NOW,
            "last_seen": NOW,
            "probability": 0.9,
            "baseline": False,
            **dict.fromkeys(("kind", "url", "title", "summary", "site", "author", "language"), "x"),
            **dict.fromkeys(("priority", "story", "change"), "x"),
            **dict.fromkeys(("reasons", "priority_reasons", "fields"), ()),
        }
        for number, each in enumerate(seen, 1)
    ]
    tx.execute(insert(mention), rows)
    sightings = [
        {"mention": number, "source": source, "first_seen": NOW + timedelta(minutes=place)}
        for number, each in enumerate(seen, 1)
        for place, source in enumerate(each.by)
    ]
    tx.execute(insert(sighting), sightings)


def remembered(path: Path, seen: Sequence[Seen] = (), states: Sequence[SourceState] = ()) -> Store:
    """A database with these mentions and states, closed."""
    store = Store(path)

    def fill(tx: Tx) -> None:
        sources.save(tx, states)
        if seen:
            mentioned(tx, seen)

    async def work() -> None:
        await store.open()
        await store.write(fill)
        await store.close()

    asyncio.run(work())
    return Store(path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repwatch.yaml").write_text(CONFIG)
    (tmp_path / "repwatch.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(repwatch, ["sources", *arguments])


SEEN = [
    Seen(["alerts", "blog"]),
    Seen(["alerts"]),
    Seen(["blog", "alerts", "hackernews"]),
    Seen(["hackernews"]),
    Seen(["alerts"], label=Label.NOT_ME),
    Seen(["alerts"], decided=Label.NOT_ME),
    Seen(["blog"], label=Label.NOT_ME, decided=Label.ME),
    Seen(["blog"], subject="aef"),
]


# --- the shares -------------------------------------------------------------------------------------


def test_a_share_counts_what_a_source_saw_first_and_what_it_alone_saw(tmp_path: Path) -> None:
    found = remembered(tmp_path / "m.db", SEEN).read_now(shares)
    assert found == [
        Share("ada", "alerts", seen=3, first=2, alone=1, total=5),
        Share("ada", "blog", seen=3, first=2, alone=1, total=5),
        Share("ada", "hackernews", seen=2, first=1, alone=1, total=5),
        Share("aef", "blog", seen=1, first=1, alone=1, total=1),
    ]


def test_of_two_that_saw_it_in_the_same_moment_one_was_first(tmp_path: Path) -> None:
    store = remembered(tmp_path / "m.db", [Seen(["b"])])

    async def work() -> None:
        await store.open()
        row = {"mention": 1, "source": "a", "first_seen": NOW}
        await store.write(lambda tx: tx.execute(insert(sighting), [row]))
        await store.close()

    asyncio.run(work())
    assert [(each.source, each.first) for each in store.read_now(shares)] == [("a", 1), ("b", 0)]


def test_every_step_of_the_shares_is_a_search_by_key(tmp_path: Path) -> None:
    sql = str(SHARES.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    store = remembered(tmp_path / "m.db")
    plan = store.read_now(lambda tx: [row[3] for row in tx.execute(text(f"EXPLAIN QUERY PLAN {sql}"))])
    scans = [step for step in plan if step.startswith("SCAN")]
    assert len(scans) == 1, plan
    assert sum("USING PRIMARY KEY (mention=?)" in step for step in plan) == 3, plan


def test_a_hundred_thousand_mentions_take_seconds_not_minutes(tmp_path: Path) -> None:
    store = remembered(tmp_path / "m.db", [Seen(["s0"])])
    with sqlite3.connect(tmp_path / "m.db") as db:
        db.executescript(MULTIPLY)
    began = time.process_time()
    found = store.read_now(shares)
    assert time.process_time() - began < 5
    assert sum(share.first for share in found) == 100_000


MULTIPLY = """
    WITH RECURSIVE n(id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < 100000)
    INSERT INTO mention SELECT n.id, subject, kind, url, title, summary, site, author, language, published,
      first_seen, last_seen, label, probability, reasons, decided, decided_at, priority, priority_reasons,
      story, change, baseline, fields, previous_title FROM n, mention WHERE mention.id = 1;
    INSERT OR IGNORE INTO sighting SELECT id, 's' || (id % 30), first_seen FROM mention;
    INSERT OR IGNORE INTO sighting SELECT id, 's' || (id * 7 % 31), last_seen FROM mention WHERE id % 2;
"""


# --- what is shown ----------------------------------------------------------------------------------

STATES = [
    SourceState(
        Pair("alerts"),
        next_due=NOW + timedelta(hours=36),
        last_answer=NOW - timedelta(hours=36),
        outcome=Outcome.OK,
        rhythm=(86_400.0,) * 6,
    ),
    SourceState(
        Pair("blog"),
        last_answer=NOW - timedelta(days=3, hours=6),
        outcome=Outcome.BLOCKED,
        cause="Cloudflare challenge",
    ),
    SourceState(Pair("hackernews", "ada"), outcome=Outcome.EMPTY, last_answer=NOW),
    SourceState(Pair("hackernews", "aef"), outcome=Outcome.OK, last_answer=NOW, paused="too loud"),
]


def rows(shown: str, source: str) -> list[list[str]]:
    """The lines that begin with a source, by their columns."""
    lines = [line for line in shown.splitlines() if line.startswith(f"{source} ")]
    return [[cell for cell in line.strip().split("  ") if cell] for line in lines]


def test_each_source_is_shown_with_what_it_is_good_for(place: Path) -> None:
    remembered(place / "memory.db", SEEN, STATES)
    shown = call().stdout
    first, *_ = ([cell.strip() for cell in row] for row in rows(shown, "alerts"))
    assert first == ["alerts", "all", "ok", "1 d ago", "every 1 d", "in 1 d"]
    assert "Who saw the 5 mentions of Ada Exemple:" in shown
    assert [[cell.strip() for cell in row] for row in rows(shown, "blog")] == [
        ["blog", "all", "blocked", "3 d ago", "not known", "now"],
        ["blog", "3 of 5", "2", "1"],
        ["blog", "1 of 1", "1", "1"],
    ]
    assert "  Cloudflare challenge" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_what_is_paused_disabled_or_new_says_so(place: Path) -> None:
    remembered(place / "memory.db", states=STATES[3:])
    shown = call().stdout
    assert [cell.strip() for cell in rows(shown, "hackernews")[0]][:2] == ["hackernews", "paused"]
    assert [cell.strip() for cell in rows(shown, "old")[0]][1:] == ["disabled", "never", "not known", "none"]
    assert [cell.strip() for cell in rows(shown, "alerts")[0]][1:] == ["not yet", "never", "not known", "now"]
    assert "No source has seen a mention yet." in shown


def test_a_source_that_looks_for_a_subject_and_saw_nothing_says_none(place: Path) -> None:
    remembered(place / "memory.db", [Seen(["blog"])])
    assert ["alerts", "none"] in [[cell.strip() for cell in row] for row in rows(call().stdout, "alerts")]


def test_json_has_it_all(place: Path) -> None:
    remembered(place / "memory.db", SEEN, STATES)
    told = json.loads(call("--json").stdout)
    alerts = told["sources"][0]
    assert (alerts["source"], alerts["state"], alerts["rhythm"]) == ("alerts", "ok", 86_400.0)
    assert [each["enabled"] for each in told["sources"]].count(False) == 1
    assert {"subject": "ada", "source": "alerts", "seen": 3, "first": 2, "alone": 1, "total": 5} in told[
        "shares"
    ]


# --- the kinds --------------------------------------------------------------------------------------


def test_every_kind_is_listed_with_its_options(place: Path) -> None:
    del place
    told = {each["kind"]: each for each in json.loads(call("--kinds", "--json").stdout)}
    assert told.keys() == source_plugins().keys()
    assert len(told) >= 30
    assert all(each["title"] and each["about"] and each["every"] for each in told.values())
    (url,) = (option for option in told["feed"]["options"] if option["name"] == "url")
    assert (url["required"], url["secret"], url["what"]) == (True, False, "Address of the feed")


def test_every_kind_is_shown_within_80_columns(place: Path) -> None:
    del place
    shown = call("--kinds").stdout
    assert max(map(len, shown.splitlines())) <= 80
    words = {line.split()[0] for line in shown.splitlines() if line.startswith("  ")}
    assert source_plugins().keys() <= words
    assert "url*" in shown


def test_the_kinds_need_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert call("--kinds").exit_code == 0


def test_a_kind_of_ones_own_is_listed_too(place: Path) -> None:
    (place / "kinds").mkdir()
    (place / "kinds" / "register.yaml").write_text(
        "title: R\nabout: Names are sent.\nbase: https://r.example\nrequest: {path: /}\n"
        "items: x[]\nfields: {title: t}\n"
    )
    (place / "repwatch.yaml").write_text(f"catalog: kinds\n{CONFIG}")
    assert "  register " in call("--kinds").stdout
