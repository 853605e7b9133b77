"""The import of saved result pages: ranks, mentions, what is told, and that nothing counts twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from repwatch.errors import RepwatchError
from repwatch.jobs.saved import File, Imported
from repwatch.model import BY_HAND, Outcome, OwedKind, Rank
from repwatch.sources.saved_page import SavedPage
from repwatch.store import rankings
from tests.fakes import START, rss
from tests.house import BLOG, House, configured, house
from tests.saved import archive

DAY = timedelta(days=1)
Item = tuple[str, str]


def google(*items: Item, query: str = "Ada Exemple", start: int = 0, lang: str = "en") -> bytes:
    """A results page of these (title, url), in their order."""
    text = "What the page says of her, cut short by us."
    rows = (f'<div><a href="{url}"><h3>{title}</h3></a><div>{text}</div></div>' for title, url in items)
    address = (
        f"https://www.google.com/search?q={query.replace(' ', '+')}{(start and f'&start={start}') or ''}"
    )
    return (
        f'<!DOCTYPE html><!-- saved from url=(0099){address} --><html lang="{lang}">'
        f'<body><div id="rso">{"".join(rows)}</div></body></html>'
    ).encode()


def about(*numbers: int) -> list[Item]:
    return [(f"Ada Exemple, part {number}", f"https://pages.example.org/{number}") for number in numbers]


def file(body: bytes, at: datetime = START, name: str = "page.html") -> File:
    return File(name, body, at)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(configured(tmp_path)) as built:
        built.clock.advance(30 * 86_400)
        yield built


async def take(home: House, *files: File, subject: str = "") -> list[Imported]:
    pages = home.app.saved_pages(SavedPage())
    return await pages.keep([await pages.read(each, subject) for each in files])


async def places(home: House) -> list[tuple[int, str]]:
    """(place, path) of every rank that is kept."""
    kept = await home.app.store.read(lambda tx: rankings.latest(tx, "ada"))
    return sorted((rank.position, url.rpartition("/")[2]) for _, rank, url in kept)


async def test_a_first_look_is_kept_and_told_in_one_line(home: House) -> None:
    (done,) = await take(home, file(google(*about(1, 2))))
    assert done.run
    assert (done.about, done.run.read, done.run.new, done.run.baseline) == (2, 2, 2, True)
    assert await home.news() == [OwedKind.BASELINE]
    assert all(mention.baseline for mention in await home.mentions())


async def test_a_first_import_of_several_pages_is_reported_with_each_result_once(home: House) -> None:
    pages = [file(google(*about(number), start=start)) for number, start in ((1, 0), (2, 10), (3, 20))]
    await take(home, *pages)
    draft = await home.app.digest.draft(home.app.route())
    shown = [line.mention.id for line in draft.material.owed if line.mention]
    assert len(shown) == len(set(shown)) == 3


async def test_the_same_file_again_changes_nothing(home: House) -> None:
    await take(home, file(google(*about(1, 2))))
    before = (await places(home), await home.mentions(), await home.news(), await home.state("serp-google"))
    (again,) = await take(home, file(google(*about(1, 2)), START + DAY, "a copy of it.html"))
    assert again.run is None
    assert before == (
        await places(home),
        await home.mentions(),
        await home.news(),
        await home.state("serp-google"),
    )


async def test_the_same_file_twice_in_one_import_counts_once(home: House) -> None:
    await take(home, file(google(*about(1))), file(google(*about(1))))
    assert await places(home) == [(1, "1")]


async def test_a_later_look_tells_what_is_new_and_what_moved(home: House) -> None:
    await take(home, file(google(*about(1, 2, 3))))
    (later,) = await take(home, file(google(*about(2, 4, 1)), START + DAY))
    assert await home.news() == [OwedKind.BASELINE, OwedKind.MENTION]
    assert later.since == START
    assert [(move.url[-1], move.was, move.now) for move in later.moves] == [
        ("2", 2, 1),
        ("4", 0, 2),
        ("1", 1, 3),
        ("3", 3, 0),
    ]


async def test_an_older_page_is_history_and_tells_nothing(home: House) -> None:
    await take(home, file(google(*about(1)), START + DAY))
    news, state = await home.news(), await home.state("serp-google")
    (old,) = await take(home, file(google(*about(1, 2))))
    assert old.run
    assert (old.run.new, old.run.baseline, old.since) == (1, True, None)
    assert await home.news() == news
    after = await home.state("serp-google")
    assert (after.last_run, after.outcome) == (state.last_run, state.outcome)


async def test_an_old_page_takes_nothing_back(home: House) -> None:
    """What is known was seen later, under a newer title."""
    await take(home, file(google(("Ada Exemple, the new title", "https://pages.example.org/1")), START + DAY))
    await take(home, file(google(("Ada Exemple, an old headline", "https://pages.example.org/1"))))
    (mention,) = await home.mentions()
    assert mention.title == "Ada Exemple, the new title"
    assert (mention.last_seen, mention.previous_title) == (START + DAY, "")


async def test_all_pages_of_a_first_import_are_a_first_look(home: House) -> None:
    await take(home, file(google(*about(1))), file(google(*about(1, 2)), START + DAY))
    assert await home.news() == [OwedKind.BASELINE, OwedKind.BASELINE]


async def test_pages_of_one_look_run_on_whatever_their_order(home: House) -> None:
    minute = timedelta(minutes=1)
    second = file(google(*about(*range(11, 14)), start=10), START, "second.html")
    first = file(google(*about(*range(1, 10))), START + minute, "first.html")
    (look,) = await take(home, second, first)
    assert [sheet.name for sheet in look.look.sheets] == ["first.html", "second.html"]
    assert (await places(home))[8:] == [(9, "9"), (10, "11"), (11, "12"), (12, "13")]


async def test_a_page_alone_stands_where_its_address_says(home: House) -> None:
    await take(home, file(google(*about(31, 32), start=30)))
    assert await places(home) == [(31, "31"), (32, "32")]


async def test_a_page_that_was_never_seen_of_a_known_query_is_a_first_look(home: House) -> None:
    await take(home, file(google(*about(1))))
    (second,) = await take(home, file(google(*about(11), start=10), START + DAY))
    assert second.run
    assert (second.run.baseline, second.moves) == (True, ())
    assert await home.news() == [OwedKind.BASELINE, OwedKind.BASELINE]


async def test_pages_of_different_days_are_different_looks(home: House) -> None:
    done = await take(home, *(file(google(*about(day)), START + day * DAY) for day in range(3)))
    assert [each.look.at for each in done] == [START, START + DAY, START + 2 * DAY]


async def test_a_query_in_another_language_is_another_ranking(home: House) -> None:
    await take(home, file(google(*about(1))))
    (french,) = await take(home, file(google(*about(2), lang="fr"), START + DAY))
    assert french.since is None
    like = Rank("Ada Exemple", "google", "fr", 1)
    assert await home.app.store.read(lambda tx: rankings.before(tx, "ada", like, START + 2 * DAY)) == (
        START + DAY,
        {1: "https://pages.example.org/2"},
    )


async def test_the_run_is_visible_and_never_due(home: House) -> None:
    await take(home, file(google(*about(1))))
    state = await home.state("serp-google")
    assert (state.kind, state.outcome, state.next_due) == (BY_HAND, Outcome.OK, None)
    assert {pair.source for pair in await home.due()} == {"blog", "gazette"}
    assert (await home.mentions())[0].sources == ("serp-google",)


async def test_what_another_source_knows_is_no_news(home: House) -> None:
    page = ("Ada Exemple opens a workshop", "https://blog.example/posts/1")
    home.web.replies[BLOG] = rss((*page, "As Atelier Fictif would have it."))
    await home.check("blog")
    await take(home, file(google(*about(1)), home.clock.now() - DAY))
    (done,) = await take(home, file(google(page), home.clock.now()))
    assert done.run
    assert (done.run.new, done.about) == (0, 1)
    (mention,) = [each for each in await home.mentions() if each.url == page[1]]
    assert mention.sources == ("blog", "serp-google")


async def test_no_page_is_of_the_future(home: House) -> None:
    (done,) = await take(home, file(google(*about(1)), home.clock.now() + DAY))
    assert done.look.at == home.clock.now()


async def test_the_date_in_the_file_outranks_the_disks_and_the_owners_word_both(home: House) -> None:
    body = archive(google(*about(1)), "https://www.google.com/search?q=Ada+Exemple")
    (inside,) = await take(home, file(body, START + DAY))
    (told,) = await take(home, File("other", body + b"\r\n", START + DAY, dated=True))
    assert inside.look.at == datetime(2024, 11, 20, 10, 2, 3, tzinfo=UTC)
    assert told.look.at == START + DAY


@pytest.mark.parametrize(
    ("query", "said"),
    [("Zeno Exemple", "names none of your subjects; say whose: --subject ID (ada)")],
)
async def test_a_query_about_nobody_asks_whose_it_is(home: House, query: str, said: str) -> None:
    with pytest.raises(RepwatchError) as raised:
        await take(home, file(google(*about(1), query=query)))
    assert said in str(raised.value)
    assert await places(home) == []


@pytest.mark.parametrize("query", ['"ada exemple"', "ADA EXEMPLE Lyon", "site:example.org Ada Exemple"])
async def test_the_query_names_the_subject(home: House, query: str) -> None:
    (done,) = await take(home, file(google(*about(1), query=query.replace('"', "%22"))))
    assert done.look.subject == "ada"


async def test_a_subject_may_be_given_for_any_query(home: House) -> None:
    (done,) = await take(home, file(google(*about(1), query="sociologist Lyon")), subject="ada")
    assert (done.look.subject, done.look.like.query) == ("ada", "sociologist Lyon")
