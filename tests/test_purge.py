"""Purge: no byte of a subject is left, and nothing of the others is lost or told twice."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest
from click.testing import CliRunner, Result

from repwatch import app
from repwatch.cli.group import repwatch
from repwatch.errors import DeliveryError, StoreError
from repwatch.model import Label, Mention, Message, OwedKind, Query
from repwatch.store import mentions, queries
from tests.fakes import rss
from tests.house import BLOG, House, Item, configured, house

ADA = (
    "  - {id: ada, name: Ada Exemple, relation: self, aliases: [Ada von Muster],"
    " context: {employers: [Atelier Songe]}}\n"
)
JEAN = (
    "  - {id: jean, name: Jean-Noël Fictif, relation: consenting,"
    " context: {employers: [Bureau Imaginaire]}}\n"
)
HEAD = """\
language: en
timezone: Europe/Paris
contact: owner@example.org
database: sqlite:///house.db
subjects:
"""
ALERT = "http://alerts.example/alerts/feeds/1/2"
WIKIDATA = "http://wiki.example/w/api.php"
SEARCH = "http://search.example/search"
SHARED = (
    f'{{kind: feed, id: blog, url: "{BLOG}", every: 1h}}',
    '{kind: wikidata, base_url: "http://wiki.example", interval: 0}',
    '{kind: searxng, id: search, url: "http://search.example", interval: 0}',
)
OWN = f'{{kind: google_alerts, id: alerts, feed: "{ALERT}", subject: ada}}'
TO_TWO = '{id: daily, channel: mail, to: [one@example.org, two@example.net], every: "day at 07:00"}'
NEVER = DeliveryError("550 nobody here reads about Ada Exemple", permanent=True)
LATER = DeliveryError("451 later")


def ada(number: int) -> Item:
    link = f"https://blog.example/ada/{number}"
    return f"Ada Exemple opens atelier {number} in Lyonville", link, "As Atelier Songe would have it."


def jean(number: int) -> Item:
    link = f"https://blog.example/jean/{number}"
    return f"Jean-Noël Fictif signs contract {number}", link, "As Bureau Imaginaire would have it."


def written(folder: Path, subjects: str = ADA + JEAN, sources: Iterable[str] = (*SHARED, OWN)) -> str:
    """The configuration as a file."""
    path = folder / "repwatch.yaml"
    mail = "channels: {mail: {kind: email, host: 127.0.0.1, security: none, from: r@example.org}}"
    path.write_text(
        f"{HEAD}{subjects}sources: [{', '.join(sources)}]\n{mail}\nreports: [{TO_TWO}]\n", "utf-8"
    )
    path.chmod(0o600)
    return str(path)


@dataclass(frozen=True)
class Filled:
    """What a database was filled with, and who was told what."""

    delivered: list[tuple[Message, str]]
    attempted: list[tuple[Message, str]]
    of_jean: tuple[list[Mention], list[Query]]


@pytest.fixture
async def filled(tmp_path: Path) -> Filled:
    """A first look sent to both, a report parked for one, one pending for both, and one yet to be made."""
    config = configured(tmp_path, (*SHARED, OWN), TO_TWO, subjects=HEAD + ADA + JEAN)
    async with house(config) as home:
        home.web.replies = {
            WIKIDATA: found_in_wikidata,
            SEARCH: found_by_search,
            ALERT: httpx.Response(503, text="Ada Exemple is too famous"),
        }
        for number, failures in enumerate(([], [NEVER], [LATER, LATER]), 1):
            await publish(home, number)
            home.channel.failures = list(failures)
            await home.report()
            await home.app.deliver.run()
        home.web.replies[BLOG] = httpx.Response(200, html="<html><title>Ada Exemple moved out</title>")
        await home.check("blog")
        await publish(home, 4)
        (second,) = [item.id for item in await home.mentions() if item.title == ada(2)[0]]
        await home.app.store.write(lambda tx: mentions.decide(tx, second, Label.NOT_ME, home.clock.now()))
        return Filled(home.channel.delivered, home.channel.attempts, await kept(home, "jean"))


async def publish(home: House, upto: int) -> None:
    """The blog shows so many articles of each, an older one of each edited meanwhile."""
    items = [article(number) for number in range(upto, 0, -1) for article in (ada, jean)]
    if upto == 4:
        items[-2] = ("Ada Exemple shuts it all down", *ada(1)[1:])
        items[-1] = ("Jean-Noël Fictif tears it up", *jean(1)[1:])
    home.web.replies[BLOG] = rss(*items)
    await home.check()


def found_in_wikidata(request: httpx.Request) -> httpx.Response:
    name = request.url.params["search"]
    hit = {"id": f"Q{len(name)}", "label": name, "description": f"{name}, person"}
    return httpx.Response(200, json={"search": [hit]})


def found_by_search(request: httpx.Request) -> httpx.Response:
    name = request.url.params["q"].strip('"')
    url = f"https://found.example/{name.partition(' ')[0].lower()}"
    hit = {"title": f"{name} elsewhere", "url": url, "content": name, "engine": "e", "engines": ["e"]}
    return httpx.Response(200, json={"results": [hit], "unresponsive_engines": []})


async def purge(config: str, subject: str = "ada", *more: str, typed: str = "") -> Result:
    """What the command does, beside this test's loop."""
    arguments = ["--config", config, "purge", "--subject", subject, *more]
    return await asyncio.to_thread(CliRunner().invoke, repwatch, arguments, input=typed)


def forms(text: str) -> list[bytes]:
    """A text as files may hold it: as it is, in small letters, quoted, in base64 at any offset."""
    raw = text.encode()
    coded = [base64.b64encode(b"x" * shift + raw)[4 : -4 or None] for shift in (1, 2, 3)]
    return [raw, raw.lower(), quote(text).encode(), quote_plus(text).encode(), *coded]


def holding(folder: Path, texts: Iterable[str]) -> set[str]:
    """Those texts that some byte of the database, its log or its lock still holds."""
    content = b"\n".join(file.read_bytes() for file in folder.glob("house.db*"))
    folded = content.lower()
    return {text for text in texts if any(form in content or form.lower() in folded for form in forms(text))}


TELLING = [
    "Ada Exemple",
    "Exemple",
    "Ada von Muster",
    "Lyonville",
    "blog.example/ada",
    "found.example/ada",
    "shuts it all down",
    "Atelier Songe",
    "moved out",
]


@pytest.mark.usefixtures("filled")
async def test_no_byte_of_the_subject_is_left(tmp_path: Path) -> None:
    assert holding(tmp_path, TELLING) == set(TELLING)
    done = await purge(written(tmp_path), "ada", "--yes")
    assert done.exit_code == 0, done.output
    assert holding(tmp_path, TELLING) == set()
    assert holding(tmp_path, ["Jean-Noël Fictif"])


@pytest.mark.usefixtures("filled")
async def test_a_subject_that_is_configured_no_more_is_erased_too(tmp_path: Path) -> None:
    done = await purge(written(tmp_path, JEAN, SHARED), "ada", "--yes")
    assert done.exit_code == 0, done.output
    # Its own alert is known by nothing but its source now, and names it nowhere.
    assert holding(tmp_path, TELLING) == set()


async def test_what_is_kept_of_the_others_stays_as_it_was(filled: Filled, tmp_path: Path) -> None:
    assert (await purge(written(tmp_path), "ada", "--yes")).exit_code == 0
    async with reopened(tmp_path) as home:
        assert await kept(home, "jean") == filled.of_jean
        assert {item.subject for item in await home.mentions()} == {"jean"}


async def kept(home: House, subject: str) -> tuple[list[Mention], list[Query]]:
    found = await home.app.store.read(lambda tx: mentions.listed(tx, subject=subject))
    asked = await home.app.store.read(lambda tx: queries.listed(tx, subject=subject))
    return found, asked


def reopened(folder: Path) -> AbstractAsyncContextManager[House]:
    tomorrow = datetime.now(UTC) + timedelta(days=1)  # the command has the machine's clock
    return house(configured(folder, SHARED, TO_TWO, subjects=HEAD + JEAN), start=tomorrow)


async def test_the_others_are_told_everything_once(filled: Filled, tmp_path: Path) -> None:
    assert (await purge(written(tmp_path), "ada", "--yes")).exit_code == 0
    async with reopened(tmp_path) as home:
        home.web.replies = {WIKIDATA: found_in_wikidata, SEARCH: found_by_search}
        await publish(home, 4)
        await home.report()
        await home.app.deliver.run()
        after = home.channel.delivered
    assert [message for message, _ in after if "ada" in message.text or "Google Alerts" in message.text] == []
    assert {message.text.count("Wikidata") for message, _ in after} == {1}  # for jean
    for recipient in ("one@example.org", "two@example.net"):
        told = "".join(message.text for message, who in (*filled.delivered, *after) if who == recipient)
        assert [told.count(f"signs contract {number}") for number in (2, 3, 4)] == [1, 1, 1], recipient


@pytest.mark.usefixtures("filled")
async def test_what_was_owed_of_others_is_owed_again_and_nothing_else(tmp_path: Path) -> None:
    assert (await purge(written(tmp_path), "ada", "--yes")).exit_code == 0
    async with reopened(tmp_path) as home:
        lines = await home.owed()
        assert {line.subject for line in lines} == {"jean"}
        assert [line.kind for line in lines].count(OwedKind.EDITED) == 1


async def test_the_message_ids_stay_used(filled: Filled, tmp_path: Path) -> None:
    used = {message.message_id for message, _ in filled.attempted}
    await purge(written(tmp_path), "ada", "--yes")
    with sqlite3.connect(tmp_path / "house.db") as file:
        assert {row[0] for row in file.execute("SELECT message_id FROM report")} >= used
    file.close()


async def test_a_report_that_only_names_the_subject_loses_its_body_too(tmp_path: Path) -> None:
    async with house(configured(tmp_path, SHARED[:2], TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        home.web.replies = {BLOG: rss(jean(1)), WIKIDATA: httpx.Response(200, json={"search": []})}
        await home.check()
        await home.report()
        home.web.replies[BLOG] = rss(jean(2), jean(1))
        await home.check()
        raw = await home.report()
        assert raw
        assert b"Ada Exemple" in raw  # among what was checked
    assert (await purge(written(tmp_path, sources=SHARED[:2]), "ada", "--yes")).exit_code == 0
    assert holding(tmp_path, ["Ada Exemple"]) == set()


async def test_a_first_look_that_is_still_owed_counts_the_others_only(tmp_path: Path) -> None:
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        home.web.replies[BLOG] = rss(ada(1), ada(2), jean(1))
        await home.check()
    assert (await purge(written(tmp_path, sources=SHARED[:1]), "ada", "--yes")).exit_code == 0
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + JEAN)) as home:
        assert [(line.kind, line.detail) for line in await home.owed()] == [(OwedKind.BASELINE, "1")]


@pytest.mark.usefixtures("filled")
async def test_it_shows_what_goes_and_asks(tmp_path: Path) -> None:
    backup = tmp_path / "house.db.before-0003"
    backup.write_bytes(b"")
    done = await purge(written(tmp_path), typed="n\n")
    assert done.exit_code == 1
    assert "7 mentions, with 1 edit" in done.stdout
    assert "of them not delivered" in done.stdout
    assert str(backup) in done.stdout
    assert "The configuration still names ada" in done.stdout
    assert holding(tmp_path, TELLING) == set(TELLING)
    assert max(map(len, done.stdout.replace(str(tmp_path), "").splitlines())) <= 80


@pytest.mark.usefixtures("filled")
async def test_while_another_process_has_the_database_it_refuses(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "house.db.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    done = await purge(written(tmp_path), "ada", "--yes")
    os.close(lock)
    assert done.exit_code == 78
    assert "stop it first" in done.stderr
    assert holding(tmp_path, TELLING) == set(TELLING)


@pytest.mark.usefixtures("filled")
async def test_somebody_of_whom_nothing_is_kept_is_told(tmp_path: Path) -> None:
    done = await purge(written(tmp_path), "adda", "--yes")
    assert done.exit_code == 1
    assert "nothing is kept about 'adda'; subjects with data: ada, jean" in done.stderr


@pytest.mark.usefixtures("filled")
async def test_a_reader_that_holds_the_old_data_is_told_and_the_rest_is_done_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repwatch.store.database.BUSY_SECONDS", 0.1)
    reader = sqlite3.connect(tmp_path / "house.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM mention").fetchone()
    held = await purge(written(tmp_path), "ada", "--yes")
    assert (held.exit_code, "give the same command again" in held.stderr) == (78, True)
    assert holding(tmp_path, TELLING) != set()
    reader.close()
    assert (await purge(written(tmp_path), "ada", "--yes")).exit_code == 0
    assert holding(tmp_path, TELLING) == set()
    assert (await purge(written(tmp_path), "ada", "--yes")).exit_code == 1


async def test_mentions_of_others_that_name_the_subject_too_stay_and_are_told(tmp_path: Path) -> None:
    both = ("Jean-Noël Fictif thanks Ada Exemple", "https://blog.example/both", "Bureau Imaginaire")
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        home.web.replies[BLOG] = rss(both)
        await home.check()
    done = await purge(written(tmp_path, sources=SHARED[:1]), "ada", "--yes")
    assert "What stays: 1 mention of others names ada too" in done.stdout
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + JEAN)) as home:
        assert [item.title for item in await home.mentions()] == [both[0]]


async def test_only_the_owner_may_purge(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        other = app.build(home.app.config, channels={})
        async with other:
            with pytest.raises(StoreError, match=r"a repwatch command \(process \d+\) has"):
                await other.purge("ada").run()


# --- watched pages ------------------------------------------------------------------------------

TEAM = "http://aef.example/team"
TOGETHER = f'{{kind: page, id: team, url: "{TEAM}", every: 6h}}'
ALONE = f'{{kind: page, id: own, url: "{TEAM}/ada", every: 6h, subject: ada}}'
OTHERS = f'{{kind: page, id: other, url: "{TEAM}/jean", every: 6h, subject: jean}}'


def team_page(*paragraphs: str) -> httpx.Response:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return httpx.Response(200, html=f"<html><title>Team</title><body>{text}</body></html>")


async def test_the_texts_of_watched_pages_go_and_the_others_keep_theirs(tmp_path: Path) -> None:
    config = written(tmp_path, sources=(TOGETHER, ALONE, OTHERS))
    async with house(
        configured(tmp_path, (TOGETHER, ALONE, OTHERS), TO_TWO, subjects=HEAD + ADA + JEAN)
    ) as home:
        for verb in ("is", "was", "was"):
            home.web.replies = {
                TEAM: team_page(f"Jean-Noël Fictif {verb} here.", f"Ada Exemple {verb} here."),
                f"{TEAM}/ada": team_page(f"Ada Exemple {verb} there."),
                f"{TEAM}/jean": team_page(f"Jean-Noël Fictif {verb} there."),
            }
            await home.check()
    done = await purge(config, "ada", "--yes")
    assert done.exit_code == 0, done.output
    assert "2 texts of watched pages" in done.output
    raw = (tmp_path / "house.db").read_bytes()
    assert [form for form in forms("Ada Exemple") if form in raw] == []
    with sqlite3.connect(tmp_path / "house.db") as database:
        assert database.execute("SELECT source FROM snapshot").fetchall() == [("other",)]
    database.close()


async def test_what_a_source_of_the_subject_alone_has_spent_goes_too(tmp_path: Path) -> None:
    own = OWN.replace("id: alerts", "id: alerts-ada-exemple, budget: 9/day")
    shared = SHARED[0].replace("every", "budget: 9/day, every")
    async with house(configured(tmp_path, (shared, own), TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        home.web.replies = {BLOG: rss(jean(1)), ALERT: rss()}
        await home.check()
    assert holding(tmp_path, ["alerts-ada-exemple"])
    assert (await purge(written(tmp_path, sources=(shared, own)), "ada", "--yes")).exit_code == 0
    assert not holding(tmp_path, ["alerts-ada-exemple"])
    with sqlite3.connect(tmp_path / "house.db") as database:
        assert database.execute("SELECT source, used FROM budget").fetchall() == [("blog", 1)]
    database.close()
