"""Saved alert mails become history: with the real store, and rounds beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.app import ALERT_MAILS
from repwatch.jobs.backfill import Kept, Past
from repwatch.model import Mention, OwedKind
from tests.fakes import rss
from tests.house import BLOG, FEEDS, House, article, configured, house
from tests.mails import SECRET, alert, mail

OLD = "Fri, 08 Jun 2012 16:02:40 +0000"


async def taken(home: House, *mails: bytes) -> Kept:
    backfill = home.app.backfill()
    return await backfill.keep(await backfill.read(mails))


async def test_a_mail_is_known_from_its_own_day_and_nobody_is_told(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        assert await taken(home, alert(1, date=OLD)) == Kept(new=1)
        (mention,) = await home.mentions()
        assert mention.first_seen == datetime(2012, 6, 8, 16, 2, 40, tzinfo=UTC)
        assert (mention.baseline, mention.sources) == (True, (ALERT_MAILS,))
        assert await home.owed() == []


async def test_the_same_mails_again_change_nothing(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        await taken(home, alert(1), alert(2))
        before = await home.mentions()
        assert await taken(home, alert(2), alert(1), alert(1)) == Kept(known=2)
        assert await home.mentions() == before


async def test_the_earliest_mail_counts_whatever_their_order(tmp_path: Path) -> None:
    hit = ("Ada Exemple opens", "https://press.example.org/x")
    async with house(configured(tmp_path)) as home:
        await taken(home, alert(2, hit), alert(1, hit, date=OLD))
        (mention,) = await home.mentions()
        assert mention.first_seen.year == 2012


async def test_what_a_source_finds_later_is_not_told_as_new(tmp_path: Path) -> None:
    title, link, _ = article(1)
    async with house(configured(tmp_path, FEEDS[:1])) as home:
        home.web.replies[BLOG] = rss(article(7))
        await home.check()
        await taken(home, alert(1, (title, link), date=OLD))
        home.web.replies[BLOG] = rss(article(7), article(1))
        assert (await home.check())["blog"].new == 0
        assert OwedKind.MENTION not in await home.news()


async def test_what_is_known_keeps_its_words_and_when_it_was_seen(tmp_path: Path) -> None:
    async with house(configured(tmp_path, FEEDS[:1])) as home:
        home.web.replies[BLOG] = rss(article(1))
        await home.check()
        (before,) = await home.mentions()
        old_words = ("Ada Exemple, under quite another headline", before.url)
        assert await taken(home, alert(1, old_words, date=OLD)) == Kept(known=1)
        (after,) = await home.mentions()
        assert words(after) == words(before)
        assert set(after.sources) == {"blog", ALERT_MAILS}


def words(mention: Mention) -> tuple[object, ...]:
    return mention.title, mention.previous_title, mention.first_seen, mention.last_seen


async def test_mails_belong_to_the_mailbox_that_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "an invented one")
    source = "{kind: mailbox, id: post, host: imap.example.org, user: ada, password: env:MAIL_PASSWORD}"
    async with house(configured(tmp_path, [*FEEDS, source])) as home:
        await taken(home, alert(1))
        (mention,) = await home.mentions()
        assert mention.sources == ("post",)


async def test_many_mails_are_read_in_several_pages(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        assert await taken(home, *map(alert, range(120))) == Kept(new=120)


async def test_mails_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    odd = mail("Google Alert - x", f"https://www.google.com/alerts/remove?s={SECRET}")
    async with house(configured(tmp_path)) as home:
        assert await home.app.backfill().read([odd]) == Past(
            (), ("1 alert mail without a hit that can be found",)
        )
