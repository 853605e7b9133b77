"""The mentions in the store: one identity each, with all its aliases, its wordings and its readers' word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from repwatch.model import Candidate, Change, Finding, Label, Mention, Priority, Reason, Verdict
from repwatch.store import mentions
from repwatch.store.database import Store, Tx
from tests.samples import NAMESAKE, SURE, UNSURE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "repwatch.db")
    await made.open()
    yield made
    await made.close()


def candidate(number: int, verdict: Verdict = SURE, subject: str = "ada") -> Candidate:
    url = f"https://gazette.example/{number}"
    return Candidate(
        subject=subject,
        finding=Finding(f"Post {number}", url, "A summary.", fields={"handle": "ada"}),
        keys=(f"url:{url}", f"guid:blog:{number}"),
        verdict=verdict,
        priority=Priority.NORMAL,
        priority_reasons=(Reason("routine", "list", 0.5),),
        story=f"story {number}",
    )


async def add(store: Store, *candidates: Candidate, baseline: bool = False) -> list[int]:
    fresh = [(each, Change.NEW) for each in candidates]
    return await store.write(lambda tx: mentions.add(tx, fresh, "blog", NOW, baseline=baseline))


async def known(store: Store, subject: str, keys: Sequence[str]) -> dict[str, int]:
    """The ids of the mentions that have these keys."""
    found = await store.read(lambda tx: mentions.remembered(tx, subject, keys, "blog", NOW))
    return {key: item.id for key, item in found.by_key.items()}


async def see(store: Store, mention: int, keys: Sequence[str], source: str, now: datetime) -> None:
    """The source shows the mention again, under these keys."""

    def again(tx: Tx) -> None:
        before = mentions.remembered(tx, "ada", [*candidate(1).keys, *keys], source, now)
        mentions.see(tx, "ada", [(mention, keys)], before, source=source, now=now)

    await store.write(again)


async def only(store: Store) -> Mention:
    (mention,) = await store.read(mentions.listed)
    return mention


async def test_a_mention_comes_back_as_it_went_in(store: Store) -> None:
    await add(store, candidate(1))
    mention = await only(store)
    assert (mention.title, mention.verdict, mention.fields) == ("Post 1", SURE, {"handle": "ada"})
    assert mention.priority_reasons == (Reason("routine", "list", 0.5),)
    assert (mention.first_seen, mention.sources, mention.change) == (NOW, ("blog",), Change.NEW)


async def test_a_mention_is_known_under_each_of_its_keys(store: Store) -> None:
    (made,) = await add(store, candidate(1))
    keys = [*candidate(1).keys, "url:https://elsewhere.example/"]
    assert await known(store, "ada", keys) == dict.fromkeys(candidate(1).keys, made)


async def test_what_one_subject_knows_is_new_to_another(store: Store) -> None:
    await add(store, candidate(1))
    assert await known(store, "mireille", candidate(1).keys) == {}


async def test_a_thousand_keys_are_all_looked_up(store: Store) -> None:
    many = [candidate(number) for number in range(500)]
    await add(store, *many)
    assert len(await known(store, "ada", [key for each in many for key in each.keys])) == 1000


async def test_another_source_and_another_alias_are_learned(store: Store) -> None:
    (made,) = await add(store, candidate(1))
    await see(store, made, ["guid:gazette:7"], "gazette", NOW + 2 * DAY)
    mention = await only(store)
    assert mention.sources == ("blog", "gazette")
    assert (mention.first_seen, mention.last_seen) == (NOW, NOW + 2 * DAY)
    assert await known(store, "ada", ["guid:gazette:7"]) == {"guid:gazette:7": made}


async def test_seen_again_on_the_same_day_is_not_worth_a_write(store: Store) -> None:
    (made,) = await add(store, candidate(1))
    await see(store, made, candidate(1).keys, "blog", NOW + timedelta(hours=3))
    assert (await only(store)).last_seen == NOW


async def test_an_edit_keeps_the_words_before(store: Store) -> None:
    (made,) = await add(store, candidate(1))
    await store.write(lambda tx: mentions.edit(tx, made, Finding("Post one", summary="Other."), NOW + DAY))
    mention = await only(store)
    assert (mention.title, mention.previous_title) == ("Post one", "Post 1")
    assert await store.read(lambda tx: mentions.history(tx, made)) == [(NOW + DAY, "Post 1", "A summary.")]


async def test_the_owners_word_outranks_the_verdict_and_can_be_taken_back(store: Store) -> None:
    (made,) = await add(store, candidate(1))
    assert await store.write(lambda tx: mentions.decide(tx, made, Label.NOT_ME, NOW))
    assert (await only(store)).label is Label.NOT_ME
    assert await store.write(lambda tx: mentions.decide(tx, made, None, NOW))
    assert (await only(store)).label is Label.ME


async def test_deciding_about_no_mention_says_so(store: Store) -> None:
    assert not await store.write(lambda tx: mentions.decide(tx, 99, Label.ME, NOW))


async def test_the_list_is_narrowed_by_subject_label_and_page(store: Store) -> None:
    first, second, third = await add(
        store, candidate(1), candidate(2, UNSURE), candidate(3, NAMESAKE, subject="jean")
    )
    await store.write(lambda tx: mentions.decide(tx, second, Label.ME, NOW))

    async def ids(**wanted: object) -> list[int]:
        found = await store.read(lambda tx: mentions.listed(tx, **wanted))  # type: ignore[arg-type]
        return [mention.id for mention in found]

    assert await ids() == [third, second, first]
    assert await ids(subject="jean") == [third]
    assert await ids(label=Label.ME) == [second, first]
    assert await ids(before=second) == [first]
    assert await ids(since=NOW + DAY) == []


async def test_a_story_is_as_old_as_its_first_mention(store: Store) -> None:
    old, new = (
        replace(candidate(number), story="same", finding=Finding("x", published=NOW - days * DAY))
        for number, days in ((1, 200), (2, 1))
    )
    await add(store, old, new, candidate(3))
    dates = await store.read(lambda tx: mentions.story_dates(tx, "ada", ["same", "story 3"]))
    assert dates == {"same": NOW - 200 * DAY}


async def test_a_first_look_shows_the_surest_first_and_no_namesake(store: Store) -> None:
    _, sure, rejected, _ = await add(
        store, candidate(1, UNSURE), candidate(2), candidate(3), candidate(4, NAMESAKE), baseline=True
    )
    await add(store, candidate(5))
    await store.write(lambda tx: mentions.decide(tx, rejected, Label.NOT_ME, NOW))
    found = await store.read(lambda tx: mentions.first_seen_by(tx, "blog", "", 10))
    assert [mention.id for mention in found] == [sure, 1]
