"""The health endpoint, asked over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from repwatch.errors import RepwatchError
from repwatch.model import DeliveryState, Outcome
from repwatch.service.health import CONNECTIONS, HealthServer
from repwatch.service.progress import Health, Progress
from repwatch.service.question import ask, mark
from repwatch.service.talk import HEAD
from tests.fakes import START

STARTED = Progress(state=Health.STARTING, started=START)
WORKING = Progress(
    state=Health.OK,
    started=START,
    last_due=START + timedelta(hours=1),
    last_done=START + timedelta(hours=1, seconds=2),
    sources=9,
    failing=2,
    pending=1,
    overdue=0.5,
    wal_bytes=4_096,
    runs={"ok": 41, "blocked": 3},
    deliveries={"sent": 7},
)
STUCK = replace(WORKING, state=Health.STUCK, cause="no tick for 20 minutes")


@asynccontextmanager
async def serving(
    progress: Progress | Callable[[], Progress] = WORKING, seconds: float = 5.0
) -> AsyncIterator[HealthServer]:
    tell = progress if callable(progress) else lambda: progress
    async with HealthServer("127.0.0.1", 0, tell, mark="mine", seconds=seconds) as server:
        yield server


async def said(server: HealthServer, request: bytes) -> bytes:
    """All that comes back for these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


async def hung_up(server: HealthServer) -> bool:
    """Whether a proper request gets no answer."""
    try:
        return await said(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
    except ConnectionError:
        return True


async def pour(writer: asyncio.StreamWriter) -> None:
    """Send without end."""
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0)


async def got(
    server: HealthServer, path: str, method: str = "GET", host: str = "127.0.0.1"
) -> tuple[int, str]:
    """Status and body of one page."""
    answer = (await said(server, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


async def values(server: HealthServer) -> dict[tuple[str, str], float]:
    """Each series of the metrics, by its name and its one label."""
    _, text = await got(server, "/metrics")
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


# --- what is told -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [(Health.STARTING, 200), (Health.OK, 200), (Health.LATE, 503), (Health.STUCK, 503)],
)
async def test_only_progress_is_healthy(state: Health, status: int) -> None:
    async with serving(replace(WORKING, state=state)) as server:
        assert (await got(server, "/healthz"))[0] == status


async def test_an_unhealthy_answer_tells_its_cause() -> None:
    async with serving(STUCK) as server:
        _, body = await got(server, "/healthz")
    assert (json.loads(body)["state"], json.loads(body)["cause"]) == ("stuck", "no tick for 20 minutes")


async def test_progress_is_told_as_json() -> None:
    async with serving() as server:
        told = json.loads((await got(server, "/healthz"))[1])
    assert told["last_done"] == "2026-11-23T10:00:02+00:00"
    assert told["last_delivery"] is None
    assert (told["sources"], told["failing"]) == (9, 2)
    assert told["runs"]["blocked"] == 3


async def test_it_asks_for_progress_each_time() -> None:
    moments = iter([STARTED, WORKING])
    async with serving(lambda: next(moments)) as server:
        states = [json.loads((await got(server, "/healthz"))[1])["state"] for _ in range(2)]
    assert states == ["starting", "ok"]


async def test_numbers_are_told_as_prometheus_reads_them() -> None:
    async with serving() as server:
        found = await values(server)
    assert found["repwatch_sources", ""] == 9
    assert found["repwatch_overdue_seconds", ""] == 0.5
    assert found["repwatch_last_done_timestamp_seconds", ""] == START.timestamp() + 3_602
    assert found["repwatch_runs_total", "ok"] == 41
    assert found["repwatch_deliveries_total", "sent"] == 7
    assert (found["repwatch_state", "ok"], found["repwatch_state", "late"]) == (1, 0)


async def test_a_time_that_is_not_known_has_no_series() -> None:
    async with serving() as server:
        assert ("repwatch_last_delivery_timestamp_seconds", "") not in await values(server)


async def test_every_series_is_there_from_the_start() -> None:
    async with serving(STARTED) as server:
        labels = {label for name, label in await values(server) if name.endswith("_total")}
    assert labels == {*Outcome, *DeliveryState}


async def test_nothing_of_the_configuration_or_of_a_name_is_told() -> None:
    planted = replace(WORKING, reload_error="name: Ada Exemple", runs={"Ada Exemple": 1})
    async with serving(planted) as server:
        pages = [await got(server, path) for path in ("/healthz", "/metrics")]
        assert (await values(server))["repwatch_reload_failed", ""] == 1
    assert "Ada" not in str(pages)
    assert json.loads(pages[0][1])["reload_failed"] is True


async def test_a_defect_is_not_told_as_health(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Progress:
        raise ZeroDivisionError

    async with serving(broken) as server:
        status, body = await got(server, "/healthz")
    assert (status, json.loads(body)["state"]) == (500, "stuck")
    assert "ZeroDivisionError" in caplog.text


# --- who may ask, and how -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:9477", "[::1]:9477", "127.8.8.8"])
async def test_a_loopback_host_is_answered(host: str) -> None:
    async with serving() as server:
        assert (await got(server, "/healthz", host=host))[0] == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "["]
)
async def test_another_host_is_refused(host: str) -> None:
    async with serving() as server:
        status, body = await got(server, "/healthz", host=host)
    assert status == 421
    assert "state" not in body


async def test_a_request_that_names_no_host_is_refused() -> None:
    async with serving() as server:
        assert (await said(server, b"GET /healthz HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/../healthz", "http://127.0.0.1/healthz"])
async def test_another_page_does_not_exist(path: str) -> None:
    async with serving() as server:
        assert (await got(server, path))[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_another_method_is_refused(method: str) -> None:
    async with serving() as server:
        answer = await said(server, f"{method} /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: GET, HEAD\r\n" in answer


async def test_a_body_that_nobody_wants_does_not_take_the_answer_away() -> None:
    head = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
    async with serving() as server:
        assert (await said(server, head + b"x" * 200_000)).startswith(b"HTTP/1.1 405 ")


async def test_head_gets_the_head_alone() -> None:
    async with serving(STUCK) as server:
        assert await got(server, "/healthz", "HEAD") == (503, "")


async def test_other_web_pages_may_not_read_it() -> None:
    async with serving() as server:
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n"
        assert b"access-control" not in (await said(server, request)).lower()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NOISE\r\n\r\n", b"400"),
        (b"\x16\x03\x01 hello\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * HEAD + b"\r\n\r\n", b"431"),
        (b"GET /" + b"x" * 100_000, b"431"),
    ],
)
async def test_a_head_that_is_noise_or_too_long_is_refused(request_: bytes, status: bytes) -> None:
    async with serving() as server:
        assert (await said(server, request_)).split()[1] == status


async def test_a_long_but_bearable_head_is_answered() -> None:
    async with serving() as server:
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (HEAD - 1_200) + b"\r\n\r\n"
        assert (await said(server, request)).startswith(b"HTTP/1.1 200 ")


async def test_a_caller_who_never_ends_the_request_is_hung_up_on() -> None:
    async with serving(seconds=0.05) as server, asyncio.timeout(5):
        assert await said(server, b"GET /healthz HTTP/1.1\r\n") == b""


async def test_a_caller_who_never_leaves_is_hung_up_on() -> None:
    async with serving(seconds=0.05) as server, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"x" * 10_000)
        await reader.read()
        with pytest.raises(ConnectionError):
            await pour(writer)


async def test_few_are_talked_to_at_a_time() -> None:
    async with serving() as server, asyncio.timeout(5):
        open_ones = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(CONNECTIONS)]
        assert await hung_up(server)
        for _, writer in open_ones:
            writer.close()


async def test_stopping_hangs_up_on_whoever_is_there() -> None:
    async with asyncio.timeout(2), serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /healthz")
        await got(server, "/healthz")
    assert await reader.read() == b""
    writer.close()


async def test_a_taken_port_is_a_warning_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, caplog.at_level(logging.WARNING):
        async with HealthServer("127.0.0.1", taken.getsockname()[1], lambda: WORKING) as server:
            assert server.port == 0
    assert "Address already in use" in caplog.text


# --- who asks -----------------------------------------------------------------------------------


async def asked(server: HealthServer, expected: str = "mine") -> object:
    return (await asyncio.to_thread(ask, "127.0.0.1", server.port, expected))["state"]


@pytest.mark.parametrize("progress", [WORKING, STUCK])
async def test_the_answer_is_read_whatever_it_says(progress: Progress) -> None:
    async with serving(progress) as server:
        assert await asked(server) == progress.state


async def test_another_installation_is_not_taken_for_ours() -> None:
    async with serving() as server:
        with pytest.raises(RepwatchError, match="the repwatch of another database answers"):
            await asked(server, "another")


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-noise\r\n", b"HTTP/1.1 200 OK\r\n\r\n<p>", b"HTTP/1.1 200 OK\r\n\r\n[]"]
)
async def test_another_program_is_not_taken_for_ours(answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        with pytest.raises(RepwatchError, match="another program answers"):
            await asyncio.to_thread(ask, "127.0.0.1", port, "mine")


def test_two_databases_have_two_marks_that_do_not_name_them() -> None:
    first, second = mark(Path("/invented/ada.db")), mark(Path("/invented/aef.db"))
    assert first != second
    assert "ada" not in first
