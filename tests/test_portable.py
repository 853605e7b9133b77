"""Export and import: nothing is lost on the way, nothing wrong gets in, nothing is told again."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel
from sqlalchemy import Column

from repwatch.cli.group import repwatch
from repwatch.jobs import portable as shapes
from repwatch.model import Label, OwedKind
from repwatch.store import mentions
from repwatch.store import portable as rows
from tests.fakes import rss
from tests.house import BLOG, House, configured, house
from tests.test_purge import (
    ADA,
    HEAD,
    JEAN,
    LATER,
    OWN,
    SEARCH,
    SHARED,
    TO_TWO,
    WIKIDATA,
    ada,
    filled,  # noqa: F401 - a fixture
    found_by_search,
    found_in_wikidata,
    publish,
    reopened,
    team_page,
    written,
)

Change = Callable[[dict[str, Any]], object]


async def call(config: str, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, repwatch, ["--config", config, *arguments])


async def exported(config: str, subject: str = "ada") -> dict[str, Any]:
    """The document, without the moment of its making."""
    done = await call(config, "export", "--subject", subject)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.stdout == json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return {**document, "exported": ""}


async def imported(config: str, file: Path, document: dict[str, Any], *more: str) -> Result:
    file.write_text(json.dumps({**document, "exported": "2026-11-24T00:00:00Z"}), "utf-8")
    return await call(config, "import", "subject", str(file), *more)


def with_both(folder: Path, **more: Any) -> AbstractAsyncContextManager[House]:
    return house(configured(folder, (*SHARED, OWN), TO_TWO, subjects=HEAD + ADA + JEAN), **more)


@pytest.mark.usefixtures("filled")
async def test_an_export_comes_back_without_loss_after_a_purge(tmp_path: Path) -> None:
    config, file = written(tmp_path), tmp_path / "ada.json"
    before = await exported(config)
    assert {noun for noun, values in before.items() if not values} == {"exported", "snapshots"}
    assert (await call(config, "purge", "--subject", "ada", "--yes")).exit_code == 0
    done = await imported(config, file, before)
    assert done.exit_code == 0, done.output
    assert await exported(config) == before


async def test_the_text_of_a_page_that_is_watched_for_nobody_else_travels(tmp_path: Path) -> None:
    source = '{kind: page, id: own, url: "http://aef.example/ada", every: 6h, subject: ada}'
    config, file = written(tmp_path, sources=(source,)), tmp_path / "ada.json"
    async with house(configured(tmp_path, (source,), TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        for text in ("Ada Exemple is here.", "Ada Exemple was here."):
            home.web.replies["http://aef.example/ada"] = team_page(text)
            await home.check()
    before = await exported(config)
    (snapshot,) = before["snapshots"]
    assert snapshot["text"] == "# Team\nAda Exemple is here."
    assert snapshot["pending"] == "# Team\nAda Exemple was here."
    await call(config, "purge", "--subject", "ada", "--yes")
    assert (await imported(config, file, before)).exit_code == 0
    assert await exported(config) == before


async def test_a_report_about_nobody_else_travels_with_its_deliveries(tmp_path: Path) -> None:
    config, file = written(tmp_path, ADA, SHARED), tmp_path / "ada.json"
    async with house(configured(tmp_path, SHARED, TO_TWO, subjects=HEAD + ADA), failures=[LATER]) as home:
        home.web.replies = {BLOG: rss(ada(1)), WIKIDATA: found_in_wikidata, SEARCH: found_by_search}
        await home.check()
        await home.report()
        await home.app.deliver.run()
        raw = home.channel.attempts[0][0].raw
    before = await exported(config)
    (report,) = before["reports"]
    assert [each["state"] for each in report["deliveries"]] == ["pending", "sent"]
    await call(config, "purge", "--subject", "ada", "--yes")
    assert (await imported(config, file, before)).exit_code == 0
    assert await exported(config) == before
    async with house(configured(tmp_path, SHARED, TO_TWO, subjects=HEAD + ADA)) as home:
        home.clock.advance(7 * 86_400)
        await home.app.deliver.run()
        assert [(message.raw, to) for message, to in home.channel.delivered] == [(raw, "one@example.org")]


@pytest.mark.usefixtures("filled")
async def test_after_an_import_nothing_is_told_again(tmp_path: Path) -> None:
    config, file = written(tmp_path), tmp_path / "ada.json"
    before = await exported(config)
    await call(config, "purge", "--subject", "ada", "--yes")
    await imported(config, file, before)
    async with with_both(tmp_path) as home:
        home.clock.advance(7 * 86_400)
        home.web.replies = {WIKIDATA: found_in_wikidata, SEARCH: found_by_search}
        owed = [line.mention.id for line in await home.owed() if line.mention]
        titles = [line.mention.title for line in await home.owed() if line.mention]
        assert titles.count(ada(3)[0]) == 1  # its report, about both, was called off
        await publish(home, 4)
        assert [line.mention.id for line in await home.owed() if line.mention] == owed


async def test_what_was_accepted_meanwhile_is_not_sent_again(tmp_path: Path) -> None:
    config, file = written(tmp_path, ADA, SHARED[:1]), tmp_path / "ada.json"
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA)) as home:
        home.web.replies[BLOG] = rss(ada(1))
        await home.check()
        await home.report()
        pending = await exported(config)
        await home.app.deliver.run()
    await call(config, "purge", "--subject", "ada", "--yes")
    assert (await imported(config, file, pending)).exit_code == 0
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA)) as home:
        home.clock.advance(7 * 86_400)
        assert await home.app.deliver.run() == []


async def test_a_report_that_gives_another_name_away_stays_here(tmp_path: Path) -> None:
    async with house(configured(tmp_path, SHARED[:2], TO_TWO, subjects=HEAD + ADA + JEAN)) as home:
        home.web.replies = {BLOG: rss(), WIKIDATA: found_in_wikidata}
        await home.check()
        await home.report()
        home.web.replies[BLOG] = rss(ada(1))
        await home.check()
        assert b"Jean-No" in (await home.report() or b"")  # among what was checked
        assert {line.subject for line in await home.owed()} == set()
    document = await exported(written(tmp_path, sources=SHARED[:2]))
    assert [report["body"] for report in document["reports"]] == []
    assert [each["told"] for each in document["lines"] if each["kind"] == "mention"] == [None]


async def test_another_machine_takes_it_over(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    async with house(configured(here, SHARED[:1], TO_TWO, subjects=HEAD + ADA)) as home:
        home.web.replies[BLOG] = rss(ada(1))
        await home.check()
        await home.report()
        await home.app.deliver.run()
    document = await exported(written(here, ADA, SHARED[:1]))
    config = written(there, ADA, SHARED[:1])
    assert (await imported(config, there / "ada.json", document)).exit_code == 0
    assert await exported(config) == document


@pytest.mark.usefixtures("filled")
async def test_it_refuses_to_mix_two_histories_unless_told_to(tmp_path: Path) -> None:
    config, file = written(tmp_path), tmp_path / "ada.json"
    before = await exported(config)
    refused = await imported(config, file, before)
    assert refused.exit_code == 1
    assert "--merge" in refused.stderr
    merged = await imported(config, file, before, "--merge")
    assert "Imported ada: 0 mentions (7 more were known already)." in merged.stdout
    assert await exported(config) == before


async def test_a_merge_goes_by_identity_and_keeps_what_is_there(tmp_path: Path) -> None:
    config, file = written(tmp_path, ADA, SHARED[:1]), tmp_path / "ada.json"
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA)) as home:
        home.web.replies[BLOG] = rss()
        await home.check()
        home.web.replies[BLOG] = rss(ada(1), ada(2))
        await home.check()
        before = await exported(config)
        await home.report()
    told = await exported(config)
    await call(config, "purge", "--subject", "ada", "--yes")
    first = {
        **before,
        "mentions": before["mentions"][:1],
        "lines": [each for each in before["lines"] if each["mention"] == 0],
    }
    first["mentions"][0]["title"] = "What is there"
    assert (await imported(config, file, first)).exit_code == 0
    for mention in told["mentions"]:
        mention["decided"], mention["decided_at"] = "me", "2026-11-24T00:00:00+00:00"
    assert (await imported(config, file, told, "--merge")).exit_code == 0
    async with house(configured(tmp_path, SHARED[:1], TO_TWO, subjects=HEAD + ADA)) as home:
        found = await home.mentions()
        assert [(item.title, item.decided) for item in found] == [
            (ada(2)[0], Label.ME),
            ("What is there", Label.ME),
        ]
        assert [kind for kind in await home.news() if kind is OwedKind.MENTION] == []


@pytest.mark.usefixtures("filled")
async def test_a_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    file.write_text("old and open")
    file.chmod(0o644)
    assert (await call(written(tmp_path), "export", "--subject", "ada", str(file))).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text("utf-8"))["subject"] == "ada"


@pytest.mark.usefixtures("filled")
async def test_an_export_holds_nothing_of_the_others(tmp_path: Path) -> None:
    done = await call(written(tmp_path), "export", "--subject", "ada")
    assert "Ada Exemple" in done.stdout
    assert "Fictif" not in done.stdout
    assert "jean" not in done.stdout


async def test_somebody_of_whom_nothing_is_kept_is_told(tmp_path: Path) -> None:
    async with with_both(tmp_path):
        pass
    done = await call(written(tmp_path), "export", "--subject", "adda")
    assert done.exit_code == 1
    assert "nothing is kept about 'adda'" in done.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: it.update(format="other"), "format:"),
        (lambda it: it.update(version=2), "version: 2 is not 1"),
        (lambda it: it.pop("lines"), "lines: Field required"),
        (lambda it: it.update(extra=1), "extra:"),
        (lambda it: it.update(subject="../x"), "subject:"),
        (lambda it: it["mentions"][1].update(kind="odd"), "mentions[1].kind:"),
        (lambda it: it["mentions"][0].update(title="a\0b"), "mentions[0].title:"),
        (lambda it: it["mentions"][0].update(title="\ud800"), ""),
        (lambda it: it["mentions"][0].update(keys=[]), "mentions[0].keys:"),
        (lambda it: it["mentions"][0].update(first_seen="2026-11-23T09:00:00"), "mentions[0].first_seen:"),
        (lambda it: it["mentions"][0].update(probability="0.5"), "mentions[0].probability:"),
        (lambda it: it["mentions"][1].update(keys=it["mentions"][0]["keys"]), "mentions[1].keys[0]:"),
        (lambda it: it["lines"][0].update(mention=99), "lines[0].mention:"),
        (lambda it: it["lines"][0].update(told="<x@y>"), "lines[0].told:"),
        (lambda it: it["reports"].append(it["reports"][0]), "].message_id: another report has it too"),
        (lambda it: it["runs"][0].update(subject="jean"), "runs[0].subject:"),
    ],
)
@pytest.mark.usefixtures("filled")
async def test_a_mistake_is_named_by_its_place_and_nothing_is_written(
    tmp_path: Path, change: Change, told: str
) -> None:
    config = written(tmp_path)
    document = await exported(config)
    await call(config, "purge", "--subject", "ada", "--yes")
    change(document)
    done = await imported(config, tmp_path / "ada.json", document)
    assert done.exit_code == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    async with reopened(tmp_path) as home:
        assert await home.app.store.read(lambda tx: mentions.listed(tx, subject="ada")) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_file_that_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ada.json"
    file.write_bytes(content)
    done = await call(written(tmp_path), "import", "subject", str(file))
    assert done.exit_code == 1, done.output
    assert "cannot be imported" in done.stderr


@pytest.mark.parametrize(
    ("shape", "columns", "more"),
    [
        (shapes.MentionShape, rows.MENTION, {"keys", "sightings", "edits"}),
        (shapes.EditShape, rows.EDIT, set()),
        (shapes.SightingShape, rows.SIGHTING, set()),
        (shapes.LineShape, rows.LINE, {"mention", "told"}),
        (shapes.ReportShape, rows.REPORT, {"body", "deliveries"}),
        (shapes.DeliveryShape, rows.DELIVERY, set()),
        (shapes.RankingShape, rows.RANKING, set()),
        (shapes.QueryShape, rows.QUERY, set()),
        (shapes.RunShape, rows.RUN, set()),
        (shapes.StateShape, rows.STATE, set()),
    ],
)
def test_no_column_is_forgotten(shape: type[BaseModel], columns: list[Column[Any]], more: set[str]) -> None:
    assert set(shape.model_fields) == {column.name for column in columns} | more


def test_every_key_of_the_document_is_explained() -> None:
    text = (Path(__file__).parent.parent / "docs" / "export.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in shapes.Document.model_fields)
