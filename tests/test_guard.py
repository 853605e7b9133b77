"""Which addresses a connection may go to, in every notation."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from repwatch.errors import Misconfigured, SourceError, Unreachable
from repwatch.fetch.client import Fetcher
from repwatch.fetch.guard import GuardedBackend, check_address, check_literal
from repwatch.fetch.limits import Policy
from repwatch.fetch.resolver import SystemResolver
from repwatch.model import Request, Validators
from tests.hostile import LOOPBACK, QUICK, Hostile, Names, StillClock, moved, reply

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
LOOPBACK_HOSTS = [  # what a C library, a URL parser or a lenient server takes for 127.0.0.2
    "127.0.0.2",
    "127.2",
    "127.0.2",
    "0x7f000002",
    "0x7f.0.0.2",
    "0177.0.0.2",
    "2130706434",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "\uff11\uff12\uff17.0.0.2",
    "127\u30020.0.2",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_refuses_an_address_that_is_not_public(address: str) -> None:
    with pytest.raises(Misconfigured, match="blocked"):
        check_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_lets_a_public_address_pass(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_an_allowed_network_holds_in_both_notations(address: str) -> None:
    check_address(address, LOOPBACK)


def test_an_allowed_network_allows_no_other() -> None:
    with pytest.raises(Misconfigured):
        check_address("127.0.0.2", LOOPBACK)


def test_the_next_step_is_the_line_to_write() -> None:
    with pytest.raises(Misconfigured) as refusal:
        check_address("192.168.1.5")
    assert "allow_private: [192.168.1.5/32]" in refusal.value.next_step


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "169.254.169.254", "::1", "0177.0.0.1"])
def test_a_host_behind_a_proxy_is_checked_where_it_is_an_address(host: str) -> None:
    with pytest.raises(Misconfigured):
        check_literal(host)


@pytest.mark.parametrize("host", ["news.example", "8.8.8.8"])
def test_a_name_behind_a_proxy_is_left_to_the_proxy(host: str) -> None:
    check_literal(host)


@pytest.mark.parametrize(
    "answers",
    [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["93.184.216.34", "::1"], ["fe80::1%2"]],
)
async def test_one_private_answer_among_public_ones_refuses_all(answers: list[str]) -> None:
    backend = GuardedBackend(Names(mixed_example=answers))
    with pytest.raises(Misconfigured):
        await backend.connect_tcp("mixed.example", 80)


@pytest.mark.parametrize("answers", [[], ["not an address"], [""]])
async def test_a_garbled_answer_is_unreachable(answers: list[str]) -> None:
    with pytest.raises(Unreachable, match="DNS"):
        await GuardedBackend(Names(odd_example=answers)).connect_tcp("odd.example", 80)


async def test_a_unix_socket_is_refused() -> None:
    with pytest.raises(Misconfigured):
        await GuardedBackend(Names()).connect_unix_socket("/run/invented.sock")


async def test_the_checked_address_is_the_one_that_is_used() -> None:
    names = Names(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
    async with Hostile() as web, Hostile("127.0.0.2") as canary:
        web.answers["/"] = reply(b"safe")
        fetcher = Fetcher(StillClock(), contact="", resolver=names)
        page = await fetcher.fetch(Request(web.url(host="rebind.example")), QUICK, Validators())
        await fetcher.close()
    assert (page.body, names.asked, canary.connections) == (b"safe", ["rebind.example"], 0)


async def test_a_name_that_rebinds_to_a_private_address_is_refused_later() -> None:
    names = Names(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
    async with Hostile() as web:
        web.answers["/"] = reply(b"safe", Connection="close")
        fetcher = Fetcher(StillClock(), contact="", resolver=names)
        request = Request(web.url(host="rebind.example"))
        await fetcher.fetch(request, QUICK, Validators())
        with pytest.raises(Misconfigured, match=r"127\.0\.0\.2"):
            await fetcher.fetch(request, QUICK, Validators())
        await fetcher.close()


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
async def test_a_redirect_to_another_private_address_never_connects(host: str) -> None:
    async with Hostile() as web, Hostile("127.0.0.2") as canary:
        web.answers["/"] = moved(f"http://{host}:{canary.port}/")
        fetcher = Fetcher(StillClock(), contact="", resolver=SystemResolver())
        with pytest.raises(Unreachable):
            await fetcher.fetch(Request(web.url()), QUICK, Validators())
        await fetcher.close()
    assert canary.connections == 0


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://10.0.0.1/", "http://[fe80::1]/"],
)
async def test_a_redirect_to_a_private_network_says_blocked(location: str) -> None:
    async with Hostile() as web:
        web.answers["/"] = moved(location)
        fetcher = Fetcher(StillClock(), contact="")
        with pytest.raises(Unreachable, match="blocked"):
            await fetcher.fetch(Request(web.url()), QUICK, Validators())
        await fetcher.close()


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
async def test_a_source_with_a_private_address_is_refused(host: str) -> None:
    async with Hostile("127.0.0.2") as canary:
        fetcher = Fetcher(StillClock(), contact="", resolver=SystemResolver())
        with pytest.raises(SourceError):
            await fetcher.fetch(Request(f"http://{host}:{canary.port}/"), QUICK, Validators())
        await fetcher.close()
    assert canary.connections == 0


async def test_a_connection_that_one_source_may_use_never_serves_another() -> None:
    async with Hostile() as web:
        web.answers["/"] = reply(b"internal")
        fetcher = Fetcher(StillClock(), contact="", resolver=Names())
        await fetcher.fetch(Request(web.url()), QUICK, Validators())
        with pytest.raises(Misconfigured, match="blocked"):
            await fetcher.fetch(Request(web.url()), Policy(interval=0.0), Validators())
        await fetcher.close()
    assert web.paths == ["/"]


async def test_with_a_proxy_the_proxy_is_the_address_that_is_checked() -> None:
    async with Hostile() as proxy:
        fetcher = Fetcher(StillClock(), contact="", resolver=Names())
        with pytest.raises(Misconfigured, match="blocked"):
            await fetcher.fetch(Request("http://news.example/"), Policy(proxy=proxy.url("")), Validators())
        await fetcher.close()
    assert proxy.connections == 0


async def test_an_allowed_proxy_is_asked_for_the_name_without_a_look_up() -> None:
    names = Names()
    async with Hostile() as proxy:
        proxy.answers["http://news.example/feed"] = reply(b"through the proxy")
        policy = Policy(allow=(ip_network("127.0.0.0/8"),), proxy=proxy.url(""))
        fetcher = Fetcher(StillClock(), contact="", resolver=names)
        page = await fetcher.fetch(Request("http://news.example/feed"), policy, Validators())
        await fetcher.close()
    assert (page.body, names.asked) == (b"through the proxy", ["127.0.0.1"])
