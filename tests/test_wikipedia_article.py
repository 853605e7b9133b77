"""An article and its talk page: what is asked for, what is read, and a vandal's hour."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from repwatch.errors import Absent, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import OwedKind, Page, Subject, Turn
from repwatch.rules.difference import read
from repwatch.sources.options.wikipedia_article import WikipediaArticleOptions
from repwatch.sources.wikipedia_article import WikipediaArticle
from tests.house import House, configured, house
from tests.recorded import PAGES, page
from tests.samples import ADA

ARTICLE = PAGES / "wikipedia_article" / "article.json"
API = "http://wiki.example/w/api.php"
SOURCE = (
    '{kind: wikipedia_article, id: wiki, article: Ada Exemple, base_url: "http://wiki.example", every: 6h}'
)
BOB = Subject("bob", "Bob Fictif")


def watched(**options: object) -> WikipediaArticle:
    return WikipediaArticle(
        WikipediaArticleOptions.model_validate({"article": "Ada Exemple", **options}), "fr"
    )


def answer(source: WikipediaArticle, body: str | Path, part: int = 0) -> Page:
    return page(body, source.plan([])[part], headers={"content-type": "application/json"})


def parsed(text: str, title: str = "Ada Exemple") -> httpx.Response:
    return httpx.Response(200, json={"parse": {"title": title, "text": f"<div>{text}</div>"}})


MISSING = httpx.Response(200, json={"error": {"code": "missingtitle", "info": "There is no such page."}})


def test_article_and_talk_page_are_asked_for_in_the_language_of_the_reports() -> None:
    first, second = watched().plan([])
    assert first.url.startswith("https://fr.wikipedia.org/w/api.php?action=parse")
    assert first.url.endswith("&page=Ada+Exemple")
    assert second.url.endswith("&page=Talk%3AAda+Exemple")
    assert len(watched(talk=False).plan([])) == 1
    assert watched(language="de").plan([])[0].url.startswith("https://de.wikipedia.org/")


def test_a_title_that_is_a_name_is_logged_as_one() -> None:
    assert {request.subject for request in watched().plan([BOB, ADA])} == {"ada"}
    assert {request.subject for request in watched(article="Café imaginaire").plan([ADA])} == {None}


def test_only_the_wanted_sections_are_watched() -> None:
    source = watched(sections=["biographie"])
    (snapshot,) = source.parse(answer(source, ARTICLE)).snapshots
    assert snapshot.blocks == ("# Ada Exemple", "# Biographie", "Elle fonde AEF Conseil à Lyon.")


def test_sections_that_are_not_there_make_no_empty_article() -> None:
    source = watched(sections=["Polémique"])
    with pytest.raises(Unreadable, match="none of the sections Polémique"):
        source.parse(answer(source, ARTICLE))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("missingtitle", Absent),
        ("readonly", Unreachable),
        ("maxlag", Unreachable),
        ("internal_api_error_DBQueryError", Unreachable),
        ("invalidtitle", Misconfigured),
    ],
)
def test_each_error_of_the_wiki_has_its_meaning(code: str, error: type[SourceError]) -> None:
    with pytest.raises(error) as raised:
        watched().parse(answer(watched(), f'{{"error": {{"code": "{code}", "info": "Because."}}}}'))
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "body", ['{"batchcomplete": true}', '{"parse": {"title": "x"}}', "<html></html>", "[]"]
)
def test_another_answer_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        watched().parse(answer(watched(), body))


# --- the whole way ------------------------------------------------------------------------------


class Wiki:
    """Answers for the article, and for its talk page."""

    def __init__(self) -> None:
        self.article, self.talk = parsed("<p>Ada Exemple est comptable.</p>"), MISSING

    def __call__(self, request: httpx.Request) -> httpx.Response:
        chosen = self.talk if request.url.params["page"].startswith("Talk:") else self.article
        return httpx.Response(chosen.status_code, headers=chosen.headers, content=chosen.content)


async def turns(home: House) -> list[tuple[str, Turn]]:
    told = [(line.mention, read(line.detail)) for line in await home.owed()]
    return [(mention.title, found.turn) for mention, found in told if mention and found]


async def test_a_vandals_minutes_are_not_told_and_a_lasting_edit_is(tmp_path: Path) -> None:
    async with house(configured(tmp_path, (SOURCE,))) as home:
        home.web.replies[API] = wiki = Wiki()
        await home.check()
        wiki.article = parsed("<p>Ada Exemple est une fraude.</p>")
        await home.check()
        wiki.article = parsed("<p>Ada Exemple est comptable.</p>")
        await home.check(later=600)
        assert await turns(home) == []
        wiki.article = parsed("<p>Ada Exemple est comptable à Lyon.</p>")
        await home.check()
        await home.check(later=600)
        assert await turns(home) == [("Ada Exemple", Turn.CHANGED)]


async def test_a_talk_page_that_is_begun_is_news(tmp_path: Path) -> None:
    async with house(configured(tmp_path, (SOURCE,))) as home:
        home.web.replies[API] = wiki = Wiki()
        await home.check()
        wiki.talk = parsed(
            "<h2>Neutralité</h2><p>Faut-il vraiment garder cet article ?</p>", "Discussion:Ada Exemple"
        )
        await home.check()
        await home.check(later=600)
        titles = [mention.title for mention in await home.mentions()]
        assert titles == ["Discussion:Ada Exemple", "Ada Exemple"]
        assert await home.news() == [OwedKind.BASELINE, OwedKind.MENTION]


async def test_an_article_that_is_deleted_is_gone_while_its_talk_page_is_read(tmp_path: Path) -> None:
    async with house(configured(tmp_path, (SOURCE,))) as home:
        home.web.replies[API] = wiki = Wiki()
        wiki.talk = parsed("<p>Du calme.</p>", "Discussion:Ada Exemple")
        await home.check()
        wiki.article = MISSING
        runs = await home.check()
        assert runs["wiki"].outcome == "partial"
        await home.check()
        assert await turns(home) == [("Ada Exemple", Turn.GONE)]
