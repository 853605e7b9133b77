"""Reports: what they carry, when they are made, and that nothing is told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from repwatch.errors import RepwatchError
from repwatch.model import Label, OwedKind, Priority
from repwatch.store import mentions, meta
from tests.fakes import rss
from tests.house import BLOG, FEEDS, INSTANT, House, article, articles, configured, house

GRAVE = article(7, "Ada Exemple accused of fraud by a bank")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """One blog whose first look, of posts 1 and 2, was reported."""
    async with house(configured(tmp_path, FEEDS[:1], INSTANT)) as made:
        made.web.replies[BLOG] = articles(1, 2)
        await made.check()
        await made.report()
        yield made


async def test_a_new_mention_is_told_once(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    await home.check()
    raw = await home.report()
    assert raw is not None
    assert b"workshop number 3" in raw
    assert await home.report() is None


async def test_a_report_with_nothing_to_tell_is_not_made(home: House) -> None:
    await home.check()
    assert await home.report() is None


async def test_an_edit_alone_sends_nothing_and_travels_with_the_next_report(home: House) -> None:
    edited = article(1, "Ada Exemple has closed her bakery for good")
    home.web.replies[BLOG] = rss(edited, article(2))
    await home.check()
    assert await home.report() is None
    home.web.replies[BLOG] = rss(article(3), edited, article(2))
    await home.check()
    assert b"closed her bakery" in (await home.report() or b"")


async def test_a_first_look_is_one_line_with_its_surest_ten(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as made:
        made.web.replies[BLOG] = articles(*range(30))
        await made.check()
        draft = await made.app.digest.draft(made.app.route())
        looks = [item for item in draft.material.owed if item.kind is OwedKind.BASELINE]
        assert len([item for item in looks if item.id]) == 1
        assert len([item for item in looks if item.mention]) == 10


async def test_what_the_owner_has_rejected_is_not_told(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    await home.check()
    newest = (await home.mentions())[0]
    await home.app.store.write(lambda tx: mentions.decide(tx, newest.id, Label.NOT_ME, home.clock.now()))
    assert await home.report() is None


async def test_what_is_urgent_does_not_wait_for_the_digest(home: House) -> None:
    route = replace(home.app.route(), instant=Priority.HIGH)
    home.web.replies[BLOG] = rss(GRAVE, article(3), article(1))
    await home.check()
    message = await home.app.digest.send_instant(route)
    assert message is not None
    assert "accused" in message.text
    assert "workshop number 3" not in message.text
    assert await home.app.digest.send_instant(route) is None


async def test_what_was_told_at_once_is_not_in_the_digest(home: House) -> None:
    home.web.replies[BLOG] = rss(GRAVE, article(1))
    await home.check()
    assert await home.app.digest.send_instant(home.app.route())
    assert await home.report() is None


async def test_a_route_without_instant_waits_for_its_digest(home: House) -> None:
    home.web.replies[BLOG] = rss(GRAVE, article(1))
    await home.check()
    assert await home.app.digest.send_instant(replace(home.app.route(), instant=None)) is None
    assert [line.mention and line.mention.priority for line in await home.owed()] == [Priority.HIGH]


async def test_a_draft_tells_nothing(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    await home.check()
    await home.app.digest.draft(home.app.route(), preview=True)
    assert await home.news() == [OwedKind.MENTION]


async def test_a_draft_from_before_a_restore_marks_nothing_as_told(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    await home.check()
    draft = await home.app.digest.draft(home.app.route())
    await home.app.store.write(lambda tx: meta.put(tx, meta.GENERATION, "another"))
    with pytest.raises(RepwatchError, match="restored"):
        await home.app.digest.freeze(draft)
    assert await home.owed()


async def test_news_that_another_process_has_told_meanwhile_are_not_told_again(home: House) -> None:
    home.web.replies[BLOG] = articles(3, 1, 2)
    await home.check()
    await home.app.deliver.run()
    mine = await home.app.digest.draft(home.app.route())
    assert await home.report()
    with pytest.raises(RepwatchError, match="another repwatch"):
        await home.app.digest.freeze(mine)
    assert len(await home.app.deliver.run()) == 1


async def test_a_report_names_the_source_that_could_not_be_read(home: House) -> None:
    del home.web.replies[BLOG]
    for _ in range(3):
        await home.check()
    assert b"blog" in (await home.report() or b"")
