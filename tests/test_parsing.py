from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.errors import (
    Absent,
    Blocked,
    Crowded,
    Gone,
    Misconfigured,
    SourceError,
    Unreachable,
    Unreadable,
)
from repwatch.model import Finding, Kind, Page, Parsed, Rank, Request, Snapshot
from repwatch.parsing import codec
from repwatch.parsing.handle import InlineParser, ParserChild
from repwatch.sources.feed import Feed
from repwatch.sources.options.feed import FeedOptions
from tests.recorded import PAGES, page
from tests.slow import Slow

FEED = Feed(FeedOptions(url="https://press.example.org/feed"))
GOOD = page(PAGES / "feed" / "rss_town_paper.xml")

# One long word where feedparser looks for an e-mail address: its search is quadratic.
HANGING = page(f'<rss version="2.0"><channel><item><author>{"a" * 400_000}</author></item></channel></rss>')


class Answering:
    """A kind that answers with what it is made with, or raises it."""

    def __init__(self, answer: Parsed | Exception) -> None:
        self.answer = answer

    def parse(self, _page: Page) -> Parsed:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Greedy:
    def parse(self, _page: Page) -> Parsed:
        return Parsed(title=str(len(bytearray(2 * 1024**3))))


class Dying:
    def parse(self, _page: Page) -> Parsed:
        os.abort()


class Leaving:
    def parse(self, _page: Page) -> Parsed:
        os._exit(3)


class Dozing:
    def parse(self, _page: Page) -> Parsed:
        time.sleep(3600)
        return Parsed()


class Chattering:
    def parse(self, _page: Page) -> Parsed:
        os.write(1, b"\x00\x00\x00\x02{}")
        return Parsed(title="whole")


class Lying:
    """Writes a frame of its own to every pipe it can find, as hostile code would."""

    def parse(self, _page: Page) -> Parsed:
        for descriptor in range(3, 10):
            try:
                os.write(descriptor, b'\x00\x00\x00\x0d{"title": 42}')
            except OSError:
                continue
        return Parsed()


class Telling:
    """Tells the process, its memory and what it inherited."""

    def parse(self, _page: Page) -> Parsed:
        status = Path("/proc/self/status").read_text("utf-8").split()
        return Parsed(
            title=f"{os.getpid()} {status[status.index('VmRSS:') + 1]} {os.environ.get('SMTP_PASSWORD')}"
        )


@pytest.fixture
async def child() -> AsyncIterator[ParserChild]:
    parser = ParserChild()
    yield parser
    await parser.close()


def other(number: int) -> Page:
    """A page of another address."""
    return replace(GOOD, request=Request(f"https://press.example.org/{number}"))


async def alive(parser: ParserChild) -> bool:
    return await parser.parse(FEED, GOOD) == FEED.parse(GOOD)


async def test_the_child_reads_what_this_process_reads(child: ParserChild) -> None:
    assert await child.parse(FEED, GOOD) == FEED.parse(GOOD)


async def test_the_child_is_reused(child: ParserChild) -> None:
    one, two = await child.parse(Telling(), GOOD), await child.parse(Telling(), GOOD)
    assert one.title.split()[0] == two.title.split()[0] != str(os.getpid())


async def test_a_child_that_reads_feeds_stays_small(child: ParserChild) -> None:
    await child.parse(FEED, GOOD)
    kilobytes = int((await child.parse(Telling(), GOOD)).title.split()[1])
    assert kilobytes < 48_000


async def test_secrets_of_the_environment_stay_with_the_parent(
    child: ParserChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "s3cret")
    assert (await child.parse(Telling(), GOOD)).title.endswith("None")


async def test_a_page_that_hangs_its_parser_is_stopped_and_the_next_is_read(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="5 s of CPU"):
        await child.parse(FEED, HANGING)
    assert await alive(child)


async def test_a_page_that_eats_memory_is_stopped_and_the_next_is_read(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="96 MiB"):
        await child.parse(Greedy(), GOOD)
    assert await alive(child)


async def test_a_page_that_kills_its_parser_is_told_and_the_next_is_read(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="SIGABRT"):
        await child.parse(Dying(), GOOD)
    assert await alive(child)


async def test_a_parser_that_leaves_is_told_and_the_next_page_is_read(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="status 3"):
        await child.parse(Leaving(), GOOD)
    assert await alive(child)


async def test_a_parser_that_only_waits_is_stopped() -> None:
    parser = ParserChild(wall_seconds=2)
    with pytest.raises(Unreadable, match="stopped after 2 s"):
        await parser.parse(Dozing(), GOOD)
    assert await alive(parser)
    await parser.close()


async def test_what_a_library_prints_is_no_answer(child: ParserChild) -> None:
    assert (await child.parse(Chattering(), GOOD)).title == "whole"
    assert await alive(child)


async def test_an_answer_of_another_shape_is_not_believed(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="nonsense"):
        await child.parse(Lying(), GOOD)
    assert await alive(child)


async def test_an_error_of_the_source_arrives_as_itself(child: ParserChild) -> None:
    with pytest.raises(Blocked, match="go away") as raised:
        await child.parse(Answering(Blocked("go away", "come later", retry_after=30)), GOOD)
    assert (raised.value.next_step, raised.value.retry_after) == ("come later", 30)


async def test_any_other_error_means_unreadable(child: ParserChild) -> None:
    with pytest.raises(Unreadable, match="KeyError"):
        await child.parse(Answering(KeyError("x")), GOOD)


async def test_a_child_that_died_idle_is_replaced(child: ParserChild) -> None:
    pid = int((await child.parse(Telling(), GOOD)).title.split()[0])
    os.kill(pid, 9)
    process = child._quick._child._process
    assert process is not None
    await process.wait()
    assert await alive(child)


async def test_a_cancelled_parse_leaves_no_child_behind(child: ParserChild) -> None:
    await alive(child)
    task = asyncio.ensure_future(child.parse(Dozing(), GOOD))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await alive(child)


async def test_a_page_that_takes_long_is_read_with_patience() -> None:
    parser = ParserChild(quick_seconds=0.2)
    assert (await parser.parse(Slow(0.6), GOOD)).title == "whole"
    await parser.close()


async def test_pages_that_stall_hold_up_no_other() -> None:
    parser = ParserChild(quick_seconds=0.2)
    stalled = [asyncio.create_task(parser.parse(Dozing(), other(number))) for number in range(3)]
    assert (await asyncio.wait_for(parser.parse(Slow(0), GOOD), timeout=15)).title == "whole"
    assert not any(task.done() for task in stalled)
    for task in stalled:
        task.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)
    await parser.close()


async def test_a_page_that_was_slow_once_does_not_stay_in_the_slow_lane() -> None:
    parser = ParserChild(quick_seconds=0.3)
    await parser.parse(Slow(0.9), GOOD)
    assert parser._slow
    await parser.parse(Slow(0), GOOD)
    assert not parser._slow
    await parser.close()


async def test_the_patient_child_goes_when_no_page_waits_for_it() -> None:
    parser = ParserChild(quick_seconds=0.2)
    await parser.parse(Slow(0.6), GOOD)
    assert not parser._patient._child.alive
    await parser.parse(Slow(0), other(1))
    assert parser._quick._child.alive
    await parser.close()


async def test_closing_twice_is_fine(child: ParserChild) -> None:
    await alive(child)
    await child.close()
    await child.close()


async def test_the_inline_parser_behaves_like_a_child() -> None:
    inline = InlineParser()
    assert await inline.parse(FEED, GOOD) == FEED.parse(GOOD)
    with pytest.raises(Unreadable, match="ZeroDivisionError"):
        await inline.parse(Answering(ZeroDivisionError()), GOOD)
    await inline.close()


# --- the wire -----------------------------------------------------------------------------------

FULL = Parsed(
    findings=(
        Finding(
            "Ada Exemple é \ud800".encode("utf-8", "replace").decode(),
            "https://e.example/1",
            "s",
            Kind.PROFILE,
            "g",
            "a",
            "site",
            "fr",
            datetime(2026, 11, 23, tzinfo=UTC),
            published_is_page_date=True,
            wrapped_url="w",
            asserted=True,
            rank=Rank("q", "one", "all", 3),
            fields={"uid": "1"},
        ),
    ),
    follow=(
        Request(
            "https://e.example/2",
            "ada",
            "POST",
            {"accept": "x"},
            b"\x00\xff",
            frozenset({403, 226}),
            follow_off_host=False,
            context={"page": "2"},
        ),
    ),
    missing=("one: timeout",),
    title="T",
    snapshots=(Snapshot("A page", "https://e.example/3", ("# Head", "é 漢"), "talk", "fr", numbers=False),),
)


@pytest.mark.parametrize("parsed", [Parsed(), FULL], ids=["empty", "full"])
def test_a_result_survives_the_wire(parsed: Parsed) -> None:
    assert codec.loads(codec.dumps(parsed)) == parsed


@pytest.mark.parametrize("kind", [Absent, Blocked, Crowded, Unreachable, Unreadable, Misconfigured, Gone])
def test_an_error_survives_the_wire(kind: type[SourceError]) -> None:
    error = codec.loads(codec.dumps(kind("why", "what next", retry_after=1.5)))
    assert type(error) is kind
    assert (error.cause, error.next_step, error.retry_after) == ("why", "what next", 1.5)


def test_an_error_of_a_third_party_arrives_as_its_nearest_relative() -> None:
    class Teapot(Blocked):
        pass

    assert type(codec.loads(codec.dumps(Teapot("short and stout")))) is Blocked


WIRE = codec.dumps(FULL).decode()


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ('"title": "T"', '"title": 42'), ('"title": "T"', '"titel": "T"'),
        ('"asserted": true', '"asserted": 1'),
        ('"position": 3', '"position": "3"'), ('"position": 3', '"position": true'),
        ('"kind": "profile"', '"kind": "virus"'), ('"POST"', '"DELETE"'), ("+00:00", ""), ('"AP8="', '"?"'),
        ('["# Head", "é 漢"]', '"# Head"'), ('"é 漢"', '"two\\nlines"'), ('"é 漢"', f'"{"x" * 200_001}"'),
        ('"numbers": false', '"numbers": 0'), ('"part": "talk"', '"part": null'),
        ('{"uid": "1"}', '{"uid": 1}'), ('{"uid": "1"}', "[]"), ('["one: timeout"]', '"one: timeout"'),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(true: str, false: str) -> None:
    assert true in WIRE
    with pytest.raises(ValueError, match=r"."):
        codec.loads(WIRE.replace(true, false).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'{"error": "SystemExit"}', b"[" * 100_000, b"\xff"])
def test_what_is_no_result_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        codec.loads(data)
