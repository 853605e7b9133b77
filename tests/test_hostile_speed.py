"""Bodies made to stall a pattern are looked through at once: this runs in the loop, not in the child."""

from __future__ import annotations

import time

import pytest

from repwatch.rules.headline import headline
from repwatch.rules.refusal import recognise

STALLS = (
    b" ",
    b"<title",
    b"/cdn-cgi/challenge-platform/",
    b"<p",
    b"class='",
    b"<input ",
    b"<?xml ",
    b"<html>",
)


@pytest.mark.parametrize("piece", STALLS)
def test_a_megabyte_made_to_stall_costs_no_time(piece: bytes) -> None:
    body = piece * (1_000_000 // len(piece))
    started = time.process_time()
    recognise(200, {"content-type": "text/html"}, body)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("piece", [b"<script ", b"<svg>", b"<", b"<head", b"</script", b"<a "])
def test_a_wall_made_to_stall_costs_no_time(piece: bytes) -> None:
    body = b"<html><input type=password>" + piece * (200_000 // len(piece))
    started = time.process_time()
    recognise(200, {"content-type": "text/html"}, body)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("piece", [" ", " - ", "...", "a"])
def test_a_title_of_a_megabyte_costs_no_time(piece: str) -> None:
    started = time.process_time()
    headline("a" + piece * (1_000_000 // len(piece)) + "b")
    assert time.process_time() - started < 1
