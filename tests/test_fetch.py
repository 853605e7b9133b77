"""The one door out, against a server that misbehaves."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import logging
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from repwatch import __version__
from repwatch.errors import Blocked, Gone, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.fetch.client import Fetcher
from repwatch.fetch.limits import Limits, Policy
from repwatch.fetch.resolver import SystemResolver
from repwatch.fetch.transport import GuardedTransport
from repwatch.masking import mask
from repwatch.model import Page, Request, Validators
from tests.hostile import (
    QUICK,
    Hostile,
    Names,
    Script,
    StillClock,
    bomb,
    dribble,
    endless,
    hang_up,
    moved,
    never,
    reply,
    then_close,
)

FEED = b"<rss><channel><title>Ada Exemple</title></channel></rss>"
NAMES = Names(feed_example=["127.0.0.1"], other_example=["127.0.0.1"])


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def web() -> AsyncIterator[Hostile]:
    async with Hostile() as server:
        yield server


@pytest.fixture
async def fetcher(clock: StillClock) -> AsyncIterator[Fetcher]:
    made = Fetcher(clock, contact="ada@example.org", resolver=NAMES)
    yield made
    await made.close()


async def get(fetcher: Fetcher, url: str, known: Validators | None = None, policy: Policy = QUICK) -> Page:
    return await fetcher.fetch(Request(url), policy, known or Validators())


# --- a page ---------------------------------------------------------------------------------------


async def test_brings_the_page(fetcher: Fetcher, web: Hostile, clock: StillClock) -> None:
    web.answers["/feed"] = reply(FEED, Content_Type="text/xml", X_Twice="a")
    page = await get(fetcher, web.url("/feed#top"))
    assert (page.status, page.body, page.url) == (200, FEED, web.url("/feed"))
    assert page.headers["content-type"] == "text/xml"
    assert page.fetched_at == clock.now()
    assert not page.unchanged


async def test_says_honestly_who_asks(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED)
    await get(fetcher, web.url())
    headers = web.asked[0][1]
    assert headers["user-agent"] == f"repwatch/{__version__} (+ada@example.org)"
    assert headers["accept-encoding"] == "gzip"


async def test_a_contact_cannot_forge_a_header(web: Hostile, clock: StillClock) -> None:
    web.answers["/"] = reply(FEED)
    fetcher = Fetcher(clock, contact="Éva\r\nX-Forged: yes", resolver=NAMES)
    await get(fetcher, web.url())
    await fetcher.close()
    assert "x-forged" not in web.asked[0][1]


async def test_unpacks_gzip(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(gzip.compress(FEED), Content_Encoding="gzip")
    assert (await get(fetcher, web.url())).body == FEED


async def test_sends_a_post_with_its_headers(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/api"] = reply(b"{}")
    request = Request(web.url("/api"), method="POST", body=b"q=ada", headers={"X-Key": "invented"})
    await fetcher.fetch(request, QUICK, Validators())
    assert (web.asked[0][0], web.bodies[0]) == ("POST /api HTTP/1.1", b"q=ada")
    assert web.asked[0][1]["x-key"] == "invented"


async def test_a_login_in_the_address_becomes_a_header(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED)
    page = await get(fetcher, web.url().replace("//", "//ada:s%40fe@"))
    assert web.asked[0][1]["authorization"] == "Basic " + base64.b64encode(b"ada:s@fe").decode()
    assert page.url == web.url()


async def test_cookies_are_neither_kept_nor_handed_on(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED, Set_Cookie="id=1")
    page = await get(fetcher, web.url())
    await get(fetcher, web.url())
    assert "set-cookie" not in page.headers
    assert all("cookie" not in headers for _, headers in web.asked)


async def test_slow_but_correct_is_accepted(fetcher: Fetcher, web: Hostile) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        for byte in reply(FEED[:20]):
            writer.write(bytes([byte]))
            await writer.drain()

    web.answers["/"] = slowly
    assert (await get(fetcher, web.url())).body == FEED[:20]


async def test_one_connection_serves_many_requests(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED)
    for _ in range(5):
        await get(fetcher, web.url())
    assert web.connections == 1


async def test_idle_connections_are_bounded(clock: StillClock) -> None:
    transport = GuardedTransport(clock, NAMES, kept=2)
    fetcher = Fetcher(clock, contact="", transport=transport)
    async with Hostile() as one, Hostile() as two, Hostile() as three:
        for web in (one, two, three, three, one):
            web.answers["/"] = reply(FEED)
            await get(fetcher, web.url())
        assert [one.connections, two.connections, three.connections] == [2, 1, 1]
        assert len(transport._idle) == 2
        await fetcher.close()


async def test_while_many_are_at_work_more_connections_wait(clock: StillClock) -> None:
    transport = GuardedTransport(clock, NAMES, kept=1)
    fetcher = Fetcher(clock, contact="", transport=transport)
    both_wait = asyncio.Barrier(3)
    held = asyncio.Event()

    async def later(writer: asyncio.StreamWriter) -> None:
        await both_wait.wait()
        await held.wait()
        writer.write(reply(FEED))

    async with Hostile() as one, Hostile() as two, Hostile() as three, Hostile() as four:
        one.answers["/"] = two.answers["/"] = later
        three.answers["/"] = four.answers["/"] = reply(FEED)
        slow = [asyncio.create_task(get(fetcher, web.url())) for web in (one, two)]
        await both_wait.wait()
        for web in (three, four, three, four):
            await get(fetcher, web.url())
        assert [three.connections, four.connections] == [1, 1]
        held.set()
        await asyncio.gather(*slow)
        assert len(transport._idle) == 1
        await fetcher.close()


async def test_an_idle_connection_expires(clock: StillClock) -> None:
    transport = GuardedTransport(clock, NAMES)
    fetcher = Fetcher(clock, contact="", transport=transport)
    async with Hostile() as one, Hostile() as two:
        one.answers["/"] = two.answers["/"] = reply(FEED)
        await get(fetcher, one.url())
        clock.advance(3600)
        await get(fetcher, two.url())
        assert [key[2] for key in transport._idle] == [two.port]
        await fetcher.close()


async def test_concurrency_is_bounded(clock: StillClock) -> None:
    inside = most = 0

    async def handle(_: httpx.Request) -> httpx.Response:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return httpx.Response(200, content=FEED)

    fetcher = Fetcher(clock, contact="", transport=httpx.MockTransport(handle), concurrency=4)
    await asyncio.gather(*(get(fetcher, f"http://h{number}.example/") for number in range(12)))
    assert most == 4


async def test_the_same_host_is_paced(fetcher: Fetcher, web: Hostile, clock: StillClock) -> None:
    web.answers["/"] = reply(FEED)
    for _ in range(3):
        await get(fetcher, web.url(), policy=replace(QUICK, interval=2.0))
    assert clock.slept == [2.0, 2.0]


# --- unchanged ------------------------------------------------------------------------------------


async def test_asks_whether_it_changed(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED, ETag='W/"1-gzip"', Last_Modified="Mon, 02 Nov 2026 06:00:00 GMT")
    first = await get(fetcher, web.url())
    web.answers["/"] = reply(b"", 304)
    second = await get(fetcher, web.url(), first.validators)
    headers = web.asked[1][1]
    assert headers["if-none-match"] == 'W/"1-gzip"'
    assert headers["if-modified-since"] == "Mon, 02 Nov 2026 06:00:00 GMT"
    assert (second.unchanged, second.body, second.validators) == (True, b"", first.validators)


async def test_the_same_bytes_are_unchanged_whatever_the_etag_says(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED, ETag='"1"')
    first = await get(fetcher, web.url())
    web.answers["/"] = reply(FEED, ETag='"2"')
    second = await get(fetcher, web.url(), first.validators)
    assert (second.unchanged, second.body, second.validators.etag) == (True, b"", '"2"')


async def test_asks_for_the_whole_page_once_a_day(fetcher: Fetcher, web: Hostile, clock: StillClock) -> None:
    web.answers["/"] = reply(FEED, ETag='"1"')
    known = (await get(fetcher, web.url())).validators
    for _ in range(25):
        clock.advance(3600)
        known = (await get(fetcher, web.url(), known)).validators
    whole = [number for number, (_, headers) in enumerate(web.asked) if "if-none-match" not in headers]
    assert whole == [0, 24]


async def test_a_clock_that_was_set_back_asks_for_the_whole_page(
    fetcher: Fetcher, web: Hostile, clock: StillClock
) -> None:
    web.answers["/"] = reply(FEED)
    await get(fetcher, web.url(), Validators(etag='"1"', whole_at=clock.now() + timedelta(days=400)))
    assert "if-none-match" not in web.asked[0][1]


async def test_a_304_that_nobody_asked_for_is_no_answer(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(b"", 304)
    with pytest.raises(Unreachable, match="304"):
        await get(fetcher, web.url())


async def test_a_304_that_nobody_asked_for_changes_nothing_known(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(b"", 304)
    known = Validators(body_hash="of the last page")
    page = await get(fetcher, web.url(), known)
    assert page.unchanged
    assert page.validators.body_hash == known.body_hash


async def test_a_304_may_renew_the_validators(fetcher: Fetcher, web: Hostile, clock: StillClock) -> None:
    web.answers["/"] = reply(b"", 304, ETag='"new"')
    known = Validators(etag='"old"', last_modified="then", body_hash="h", whole_at=clock.now())
    page = await get(fetcher, web.url(), known)
    assert page.validators == replace(known, etag='"new"')


async def test_what_the_server_no_longer_sends_is_forgotten(
    fetcher: Fetcher, web: Hostile, clock: StillClock
) -> None:
    web.answers["/"] = reply(FEED)
    page = await get(fetcher, web.url(), Validators('"1"', "then", "h", clock.now()))
    assert (page.validators.etag, page.validators.last_modified) == ("", "")


async def test_a_huge_etag_is_not_kept(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(FEED, ETag='"' + "e" * 60_000 + '"')
    assert (await get(fetcher, web.url())).validators.etag == ""


@pytest.mark.parametrize("extra", [b"stray", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"])
async def test_a_304_with_a_body_does_not_spoil_the_next_answer(
    fetcher: Fetcher, web: Hostile, clock: StillClock, extra: bytes
) -> None:
    web.answers["/a"] = b"HTTP/1.1 304 Not Modified\r\n\r\n" + extra
    web.answers["/b"] = reply(FEED)
    assert (await get(fetcher, web.url("/a"), Validators('"1"', "", "h", clock.now()))).unchanged
    assert (await get(fetcher, web.url("/b"))).body == FEED


async def test_a_body_longer_than_it_said_does_not_spoil_the_next_answer(
    fetcher: Fetcher, web: Hostile
) -> None:
    web.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<rss HTTP/1.1 200 OK\r\n\r\n"
    web.answers["/b"] = reply(FEED)
    assert (await get(fetcher, web.url("/a"))).body == b"<rss"
    assert (await get(fetcher, web.url("/b"))).body == FEED


# --- no answer ------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN: dict[str, bytes | Script] = {
    "never answers": never,
    "closes at once": hang_up,
    "header dribble": dribble(HEAD + b"X-Slow: "),
    "body dribble": dribble(HEAD + b"Content-Length: 100000\r\n\r\n"),
    "endless headers": endless(HEAD, b"X-More: and more\r\n"),
    "endless header line": endless(HEAD + b"X-Long: ", b"x" * 4096),
    "endless 1xx": endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "many headers": reply(b"", 200, **{f"X-{number}": "v" * 200 for number in range(350)}),
    "endless body": endless(HEAD + b"\r\n", b"x" * 4096),
    "endless chunks": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n"),
    "an honest giant": endless(HEAD + b"Content-Length: 1000000000000000\r\n\r\n", b"x" * 4096),
    "a bomb": bomb(),
    "a bomb in a bomb": reply(gzip.compress(gzip.compress(bytes(10**6))), Content_Encoding="gzip, gzip"),
    "cut gzip": reply(gzip.compress(FEED * 9)[:-20], Content_Encoding="gzip"),
    "says gzip": reply(FEED, Content_Encoding="gzip"),
    "brotli": reply(FEED, Content_Encoding="br"),
    "short body": then_close(HEAD + b"Content-Length: 500\r\n\r\n" + FEED),
    "cut chunks": then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\nhello",
    "length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/0.9": then_close(FEED),
    "noise": then_close(bytes(range(256)) * 4),
    "bad status line": b"HTTP/1.1 abc OK\r\n\r\n",
    "NUL in a header": HEAD + b"X-Nul: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
    "only a blank line": then_close(b"\r\n\r\n"),
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tea\r\nConnection: upgrade\r\n\r\n",
    "empty Location": moved(""),
    "no Location": reply(b"", 301),
    "300": reply(b"", 300),
    "server error": reply(b"", 500),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_never_a_page(fetcher: Fetcher, web: Hostile, name: str) -> None:
    web.answers["/"] = BROKEN[name]
    web.answers["/well"] = reply(FEED)
    with pytest.raises((Unreachable, Unreadable)) as error:
        await get(fetcher, web.url())
    assert error.value.cause
    assert (await get(fetcher, web.url("/well"))).body == FEED


@pytest.mark.parametrize(("name", "words"), [("never answers", "within 0.3 s"), ("a bomb", "larger than")])
async def test_the_cause_is_in_words(fetcher: Fetcher, web: Hostile, name: str, words: str) -> None:
    web.answers["/"] = BROKEN[name]
    with pytest.raises(Unreachable, match=words):
        await get(fetcher, web.url())


async def test_a_refused_connection_says_so(fetcher: Fetcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer there
        with pytest.raises(Unreachable, match="connection refused"):
            await get(fetcher, f"http://127.0.0.1:{taken.getsockname()[1]}/")


async def test_a_name_server_that_hangs_is_within_the_deadline(web: Hostile, clock: StillClock) -> None:
    class Hanging(Names):
        async def resolve(self, host: str, port: int) -> list[str]:  # noqa: ARG002 - the protocol's
            await asyncio.Event().wait()
            return []

    fetcher = Fetcher(clock, contact="", resolver=Hanging())
    with pytest.raises(Unreachable, match="within"):
        await get(fetcher, web.url())
    await fetcher.close()


async def test_an_unknown_name_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    resolver = SystemResolver()
    with pytest.raises(Unreachable, match="DNS: no such name"):
        await resolver.resolve("nobody.invalid", 80)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "..", "\ud800.example"])
async def test_an_impossible_name_says_so(host: str) -> None:
    resolver = SystemResolver()
    with pytest.raises(Unreachable, match="DNS"):
        await resolver.resolve(host, 80)


async def test_the_second_address_is_tried(web: Hostile, clock: StillClock) -> None:
    web.answers["/"] = reply(FEED)
    names = Names(two_example=["127.0.0.3", "127.0.0.1"])
    fetcher = Fetcher(clock, contact="", resolver=names)
    policy = replace(QUICK, allow=(ip_network("127.0.0.0/8"),))
    page = await get(fetcher, web.url(host="two.example"), policy=policy)
    await fetcher.close()
    assert page.body == FEED


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://feed.example/",
        "gopher://feed.example/",
        "data:,x",
        "javascript:x",
        "",
        "/feed",
        "http://h:99999/",
    ],
)
async def test_only_the_web_is_fetched(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(Misconfigured, match="not a web address"):
        await get(fetcher, url)


async def test_a_header_that_cannot_be_sent_is_the_owners_to_mend(fetcher: Fetcher, web: Hostile) -> None:
    with pytest.raises(Misconfigured, match="cannot be sent") as error:
        await get(fetcher, web.url(), policy=replace(QUICK, headers={"X-Key": "s3cret\r\n"}))
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "https://127.0.0.1:1", "http://[::1", "nonsense"]
)
async def test_a_proxy_that_we_cannot_use_is_the_owners_to_mend(
    fetcher: Fetcher, web: Hostile, proxy: str
) -> None:
    with pytest.raises(Misconfigured):
        await get(fetcher, web.url(), policy=replace(QUICK, proxy=proxy))


async def test_proxy_variables_of_the_environment_are_ignored(
    fetcher: Fetcher, web: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    web.answers["/"] = reply(FEED)
    assert (await get(fetcher, web.url())).body == FEED


async def test_a_hanging_host_does_not_hold_up_another(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = never
    async with Hostile() as well:
        well.answers["/"] = reply(FEED)
        hanging = asyncio.create_task(get(fetcher, web.url()))
        assert (await get(fetcher, well.url())).body == FEED
        assert not hanging.done()
        with pytest.raises(Unreachable):
            await hanging


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "meaning"), [(403, Blocked), (410, Gone), (400, Misconfigured)])
async def test_a_status_has_its_meaning(
    fetcher: Fetcher, web: Hostile, status: int, meaning: type[SourceError]
) -> None:
    web.answers["/"] = reply(b"no", status)
    with pytest.raises(meaning):
        await get(fetcher, web.url())


async def test_an_expected_status_is_a_page_without_validators(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = reply(b"no such person", 404, ETag='"1"')
    page = await fetcher.fetch(Request(web.url(), expects=frozenset({404})), QUICK, Validators())
    assert (page.status, page.body, page.validators) == (404, b"no such person", Validators())


async def test_an_expected_redirect_is_a_page(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved("/login")
    page = await fetcher.fetch(Request(web.url(), expects=frozenset({302})), QUICK, Validators())
    assert (page.status, page.headers["location"]) == (302, "/login")


async def test_a_challenge_with_200_is_a_refusal(fetcher: Fetcher, web: Hostile) -> None:
    html = b"<html><head><title>Just a moment...</title></head><body></body></html>"
    web.answers["/"] = reply(html, Content_Type="text/html")
    with pytest.raises(Blocked, match="challenge"):
        await get(fetcher, web.url())


async def test_a_challenge_is_recognised_through_gzip_and_a_giant_page(
    fetcher: Fetcher, web: Hostile
) -> None:
    html = b"<html><head><title>Just a moment...</title></head>" + b"<br>" * 20_000
    web.answers["/"] = reply(gzip.compress(html), 503, Content_Type="text/html", Content_Encoding="gzip")
    with pytest.raises(Blocked, match="challenge"):
        await get(fetcher, web.url())


@pytest.mark.parametrize(
    ("value", "held"),
    [("120", 120), ("1", 60), ("1000000000000", 86_400), ("Mon, 02 Nov 2026 07:10:00 GMT", 600)],
)
async def test_retry_after_holds_the_host_within_reason(
    fetcher: Fetcher, web: Hostile, clock: StillClock, value: str, held: float
) -> None:
    web.answers["/"] = reply(b"", 429, Retry_After=value)
    web.answers["/other"] = reply(FEED)
    with pytest.raises(Blocked):
        await get(fetcher, web.url())
    clock.advance(held - 1)
    with pytest.raises(Blocked, match="asked to be left alone"):
        await get(fetcher, web.url("/other"))
    clock.advance(1)
    assert (await get(fetcher, web.url("/other"))).body == FEED
    assert web.paths == ["/", "/other"]


@pytest.mark.parametrize("value", ["soon", "-5", ""])
async def test_a_bogus_retry_after_holds_nobody(fetcher: Fetcher, web: Hostile, value: str) -> None:
    web.answers["/"] = reply(b"", 429, Retry_After=value)
    web.answers["/other"] = reply(FEED)
    with pytest.raises(Blocked):
        await get(fetcher, web.url())
    assert (await get(fetcher, web.url("/other"))).body == FEED


# --- redirects ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["/new", "new", "./x/../new", "//feed.example:{port}/new", "http:new", "?q=1"]
)
async def test_follows_a_redirect_in_every_notation(
    fetcher: Fetcher, web: Hostile, status: int, location: str
) -> None:
    web.answers["/"] = moved(location.format(port=web.port), status)
    web.answers["/new"] = web.answers["/?q=1"] = reply(FEED)
    page = await get(fetcher, web.url(host="feed.example"))
    assert page.body == FEED
    assert page.url == web.url(web.paths[-1], "feed.example")


async def test_a_location_in_utf8_is_understood(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved("/vidéo")
    web.answers["/vid%C3%A9o"] = reply(FEED)
    assert (await get(fetcher, web.url())).body == FEED


async def test_five_redirects_and_no_more(fetcher: Fetcher, web: Hostile) -> None:
    for number in range(6):
        web.answers[f"/{number}"] = moved(f"/{number + 1}")
    web.answers["/6"] = reply(FEED)
    assert (await get(fetcher, web.url("/1"))).body == FEED
    with pytest.raises(Unreachable, match="more than 5 redirects"):
        await get(fetcher, web.url("/0"))


@pytest.mark.parametrize("second", ["/", "/b"])
async def test_a_circle_is_left(fetcher: Fetcher, web: Hostile, second: str) -> None:
    web.answers["/"] = moved(second)
    web.answers["/b"] = moved("/")
    with pytest.raises(Unreachable, match="circle"):
        await get(fetcher, web.url())


async def test_redirects_share_one_deadline(web: Hostile) -> None:
    class Ticking(StillClock):
        def monotonic(self) -> float:
            self.advance(4.0)
            return super().monotonic()

    for number in range(5):
        web.answers[f"/{number}"] = moved(f"/{number + 1}")
    fetcher = Fetcher(Ticking(), contact="", resolver=NAMES)
    with pytest.raises(Unreachable, match="within 10 s"):
        await get(fetcher, web.url("/0"), policy=replace(QUICK, limits=Limits(total=10.0)))
    await fetcher.close()


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://feed.example/",
        "gopher://feed.example/",
        "data:text/xml,<rss/>",
        "javascript:alert(1)",
        "http://good.example@127.0.0.1/",
        "http://",
        "http://[::1",
        "http://feed.example:99999/",
        "http://feed example/",
        "/" + "x" * 20_000,
        "   ",
    ],
)
async def test_a_redirect_away_from_the_web_is_refused(fetcher: Fetcher, web: Hostile, location: str) -> None:
    web.answers["/"] = moved(location)
    with pytest.raises(Unreachable):
        await get(fetcher, web.url())
    assert web.paths == ["/"]


@pytest.mark.parametrize(
    ("statuses", "target"),
    [
        ([301], "/1"),
        ([308], "/1"),
        ([302], ""),
        ([307], ""),
        ([301, 302], "/1"),
        ([302, 301], ""),
        ([301, 308], "/2"),
    ],
)
async def test_only_a_permanent_redirect_is_a_new_address(
    fetcher: Fetcher, web: Hostile, statuses: list[int], target: str
) -> None:
    for number, status in enumerate(statuses):
        web.answers[f"/{number}"] = moved(f"/{number + 1}", status)
    web.answers[f"/{len(statuses)}"] = reply(FEED)
    page = await get(fetcher, web.url("/0"))
    assert page.moved_to == (web.url(target) if target else "")


async def test_secrets_stay_with_their_origin(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved(web.url("/next", "other.example"))
    web.answers["/next"] = reply(FEED)
    secrets = {
        "Authorization": "Bearer invented",
        "X-Api-Key": "invented",
        "Cookie": "a=b",
        "Accept": "text/xml",
    }
    await get(fetcher, web.url(host="feed.example"), policy=replace(QUICK, headers=secrets))
    first, second = (set(headers) for _, headers in web.asked)
    assert {"authorization", "x-api-key", "cookie"} <= first
    assert second == {"host", "accept", "accept-encoding", "user-agent"}


async def test_secrets_travel_within_their_origin(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved("/next")
    web.answers["/next"] = reply(FEED)
    await get(fetcher, web.url(), policy=replace(QUICK, headers={"Authorization": "Bearer invented"}))
    assert web.asked[1][1]["authorization"] == "Bearer invented"


async def test_a_source_may_refuse_to_leave_its_host(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved(web.url("/next", "other.example"))
    request = Request(web.url(host="feed.example"), follow_off_host=False)
    with pytest.raises(Unreachable, match=r"another site: other\.example"):
        await fetcher.fetch(request, QUICK, Validators())
    assert web.paths == ["/"]


@pytest.mark.parametrize(("status", "line"), [(303, "GET /next HTTP/1.1"), (307, "POST /next HTTP/1.1")])
async def test_a_redirected_post_keeps_its_method_only_if_told(
    fetcher: Fetcher, web: Hostile, status: int, line: str
) -> None:
    web.answers["/"] = moved("/next", status)
    web.answers["/next"] = reply(FEED)
    await fetcher.fetch(Request(web.url(), method="POST", body=b"q=ada"), QUICK, Validators())
    assert web.asked[1][0] == line


async def test_the_body_of_a_post_never_goes_to_another_site(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["/"] = moved(web.url("/next", "other.example"), 307)
    with pytest.raises(Unreachable, match="with the query"):
        await fetcher.fetch(
            Request(web.url(host="feed.example"), method="POST", body=b"q=ada"), QUICK, Validators()
        )
    assert web.paths == ["/"]


# --- TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh self-signed certificate and its key for feed.example, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-subj", "/CN=feed.example", "-addext", "subjectAltName=DNS:feed.example"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("needs openssl")
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[int]:
    """The port of a TLS server that answers every request with the feed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply(FEED, Connection="close"))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def trusting(certificate: Path, clock: StillClock) -> Fetcher:
    """A fetcher that trusts the certificate of the test, and no other."""
    transport = GuardedTransport(clock, NAMES, tls=lambda: ssl.create_default_context(cafile=certificate))
    return Fetcher(clock, contact="", transport=transport)


SLOW = replace(QUICK, limits=Limits(total=5.0))  # a handshake on a busy machine


async def test_speaks_tls_with_the_name_of_the_host(trusting: Fetcher, secure: int) -> None:
    page = await get(trusting, f"https://feed.example:{secure}/", policy=SLOW)
    await trusting.close()
    assert page.body == FEED


async def test_a_certificate_of_another_host_is_refused(trusting: Fetcher, secure: int) -> None:
    with pytest.raises(Unreachable, match="TLS: certificate of another host"):
        await get(trusting, f"https://other.example:{secure}/", policy=SLOW)
    await trusting.close()


async def test_a_self_signed_certificate_is_refused(fetcher: Fetcher, secure: int) -> None:
    with pytest.raises(Unreachable, match="TLS: certificate self-signed"):
        await get(fetcher, f"https://feed.example:{secure}/", policy=SLOW)


async def test_plain_text_where_tls_was_expected_is_refused(fetcher: Fetcher) -> None:
    async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 not a web server\r\n" * 9)
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    with pytest.raises(Unreachable, match="TLS"):
        await get(fetcher, f"https://feed.example:{server.sockets[0].getsockname()[1]}/", policy=SLOW)
    server.close()


async def test_a_stalled_handshake_ends_at_the_deadline(fetcher: Fetcher, web: Hostile) -> None:
    with pytest.raises(Unreachable, match="within"):
        await get(fetcher, web.url().replace("http:", "https:"))


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://feed.example/a?q=ada&key=s3cret", "https://feed.example/a?q=ada&key=***"),
        ("https://feed.example/?api_key=s3cret&page=2", "https://feed.example/?api_key=***&page=2"),
        ("https://feed.example/?access_token=s3cret", "https://feed.example/?access_token=***"),
        ("https://feed.example/?apikey=s3cret#token=s3cret", "https://feed.example/?apikey=***#token=***"),
        ("https://feed.example/?X-Amz-Signature=s3cret", "https://feed.example/?X-Amz-Signature=***"),
        ("https://ada:s3cret@feed.example/", "https://***@feed.example/"),
        ("https://feed.example/?monkey=banana", "https://feed.example/?monkey=banana"),
        ("https://[s3cret", "***"),
    ],
)
def test_secrets_of_an_address_are_hidden(url: str, shown: str) -> None:
    assert mask(url) == shown


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="repwatch"):
        yield caplog


async def test_neither_log_nor_error_shows_a_key(
    fetcher: Fetcher, web: Hostile, log: pytest.LogCaptureFixture
) -> None:
    web.answers["/?key=s3cret"] = moved("ftp://feed.example/?token=s3cret")
    with pytest.raises(Unreachable) as error:
        await get(fetcher, web.url("/?key=s3cret"))
    assert "key=***" in log.text
    assert "s3cret" not in log.text + str(error.value)


# --- what has left ----------------------------------------------------------------------------------


async def departures(fetcher: Fetcher, url: str, policy: Policy = QUICK) -> list[str]:
    """The addresses whose requests went out, whatever came of them."""
    left: list[str] = []
    with contextlib.suppress(SourceError):
        await fetcher.fetch(Request(url), policy, Validators(), lambda went, *_: left.append(went))
    return left


async def test_each_request_that_goes_out_is_told_redirects_too(fetcher: Fetcher, web: Hostile) -> None:
    web.answers |= {"/a": moved("/b"), "/b": hang_up}
    assert await departures(fetcher, web.url("/a")) == [web.url("/a"), web.url("/b")]
    assert web.paths == ["/a", "/b"]


async def test_a_request_that_never_left_is_not_told(fetcher: Fetcher, web: Hostile) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert await departures(fetcher, refusing) == []
    assert await departures(fetcher, web.url(), Policy(interval=0.0)) == []  # a private address
    assert await departures(fetcher, "http://unknown.example/") == []
    assert web.paths == []


async def test_what_goes_through_a_proxy_is_told_once(fetcher: Fetcher, web: Hostile) -> None:
    web.answers["http://news.example/feed"] = reply(FEED)
    policy = Policy(allow=(ip_network("127.0.0.0/8"),), proxy=web.url(""))
    assert await departures(fetcher, "http://news.example/feed", policy) == ["http://news.example/feed"]
    assert await departures(fetcher, "https://news.example/feed", policy) == []  # it refuses the tunnel
