"""A YouTube feed survives YouTube's spells: a 404 is no end, and no view is news."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from repwatch.errors import Unreachable, Unreadable
from repwatch.model import Outcome, OwedKind
from repwatch.sources.options.youtube import YoutubeOptions
from repwatch.sources.youtube import Youtube
from tests.house import configured, house
from tests.recorded import PAGES, expected, page, recorded, shown

CHANNEL = "UCexempleexempleexempleX"
WITHOUT_SHORTS = "UULFexempleexempleexempleX"
WHOLE = "UUexempleexempleexempleX"
FEED = "https://www.youtube.com/feeds/videos.xml"
VIDEOS = (PAGES / "youtube" / "channel.xml").read_bytes()


def youtube(**options: str) -> Youtube:
    return Youtube(YoutubeOptions.model_validate(options))


@pytest.mark.parametrize("file", recorded("youtube"), ids=lambda file: file.stem)
def test_a_recorded_feed_gives_what_stands_beside_it(file: Path) -> None:
    source = youtube(channel=CHANNEL)
    assert shown(source.parse(page(file, source.plan([])[0]))) == expected(file)


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({"channel": CHANNEL}, f"{FEED}?channel_id={CHANNEL}"),
        ({"playlist": WITHOUT_SHORTS}, f"{FEED}?playlist_id={WITHOUT_SHORTS}"),
        ({"playlist": WHOLE, "base_url": "http://127.0.0.1:8000/"},
         f"http://127.0.0.1:8000/feeds/videos.xml?playlist_id={WHOLE}"),
    ],
)  # fmt: skip
def test_exactly_one_address_is_asked(options: dict[str, str], address: str) -> None:
    (request,) = youtube(**options).plan([])
    assert (request.url, request.subject) == (address, None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "either channel or playlist"),
        ({"channel": CHANNEL, "playlist": WHOLE}, "either channel or playlist"),
        ({"channel": "@verrerie"}, "Copy channel ID"),
        ({"channel": WHOLE}, "UC and 22 characters"),
        ({"playlist": "https://www.youtube.com/playlist?list=PL1"}, "behind list="),
    ],
)
def test_what_is_no_id_says_where_to_find_it(options: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        youtube(**options)


def test_a_web_page_in_place_of_the_feed_is_unreadable() -> None:
    source = youtube(channel=CHANNEL)
    with pytest.raises(Unreadable, match='the web page "YouTube"'):
        source.parse(page("<!doctype html><title>YouTube</title>", source.plan([])[0]))


@pytest.mark.parametrize("status", [404, 500])
def test_a_spell_is_no_proof_that_the_channel_is_gone(status: int) -> None:
    source = youtube(channel=CHANNEL)
    with pytest.raises(Unreachable, match=f"{status} for {CHANNEL}; this happens to sound channels"):
        source.parse(page("", source.plan([])[0], status=status))


# --- through the daemon ---------------------------------------------------------------------------


def entry(name: str, value: str) -> tuple[str, ...]:
    return (f"{{kind: youtube, id: glass, {name}: {value}, every: 1h}}",)


def answers(**by_list: httpx.Response) -> object:
    """A YouTube that answers by the list that is asked for."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        given = by_list[query.get("playlist_id") or query["channel_id"]]
        return httpx.Response(given.status_code, content=given.content)

    return reply


async def test_the_list_without_shorts_falls_back_to_the_whole_one_and_says_so(tmp_path: Path) -> None:
    async with house(configured(tmp_path, entry("playlist", WITHOUT_SHORTS))) as home:
        lists = {WITHOUT_SHORTS: httpx.Response(404), WHOLE: httpx.Response(200, content=VIDEOS)}
        home.web.replies[FEED] = answers(**lists)  # type: ignore[assignment]  # a reply is a function too
        run = (await home.check())["glass"]
        assert (run.outcome, run.read) == (Outcome.PARTIAL, 2)
        assert f"404 for {WITHOUT_SHORTS}: {WHOLE}, with Shorts, was read instead" in run.cause
        assert [request.url.params["playlist_id"] for request in home.web.requests] == [WITHOUT_SHORTS, WHOLE]


async def test_a_spell_of_both_lists_is_a_failure_and_not_an_empty_answer(tmp_path: Path) -> None:
    async with house(configured(tmp_path, entry("playlist", WITHOUT_SHORTS))) as home:
        home.web.replies[FEED] = httpx.Response(404)
        run = (await home.check())["glass"]
        assert run.outcome is Outcome.UNREACHABLE
        assert f"404 for {WHOLE}" in run.cause


async def test_a_spell_never_pauses_the_source_and_its_end_is_told(tmp_path: Path) -> None:
    async with house(configured(tmp_path, entry("channel", CHANNEL))) as home:
        home.web.replies[FEED] = httpx.Response(200, content=VIDEOS)
        await home.check()
        await home.report()
        home.web.replies[FEED] = httpx.Response(404)
        for _ in range(4):
            assert (await home.check())["glass"].outcome is Outcome.UNREACHABLE
        assert (await home.state("glass")).paused == ""
        home.web.replies[FEED] = httpx.Response(200, content=VIDEOS)
        await home.check()
        assert await home.news() == [OwedKind.OUTAGE, OwedKind.RECOVERED]


async def test_views_and_a_moved_update_are_no_news(tmp_path: Path) -> None:
    async with house(configured(tmp_path, entry("channel", CHANNEL))) as home:
        home.web.replies[FEED] = httpx.Response(200, content=VIDEOS)
        await home.check()
        await home.report()
        seen_more = VIDEOS.replace(b'views="431"', b'views="977"').replace(b"23T08:12:44", b"23T09:55:01")
        home.web.replies[FEED] = httpx.Response(200, content=seen_more)
        run = (await home.check())["glass"]
        assert (run.unchanged, run.new, await home.news()) == (False, 0, [])
