"""Bodies are unpacked whole, or refused."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.errors import Unreachable, Unreadable
from repwatch.fetch.inflate import unpacker

MIB = 2**20


def unpack(data: bytes, coding: str = "gzip", limit: int = MIB, step: int = 7) -> bytes:
    machine = unpacker(coding, limit)
    out = b"".join(machine.feed(data[at : at + step]) for at in range(0, len(data), step))
    machine.finish()
    return out


@given(body=st.binary(max_size=5000), step=st.integers(1, 5000))
def test_gives_back_what_was_packed(body: bytes, step: int) -> None:
    assert unpack(gzip.compress(body), step=step) == body


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_leaves_a_plain_body_alone(coding: str) -> None:
    assert unpack(b"as it is", coding) == b"as it is"


def test_knows_the_old_name_of_gzip() -> None:
    assert unpack(gzip.compress(b"old"), "x-gzip") == b"old"


@pytest.mark.parametrize("cut", [0, 5, 15, -9, -1])
def test_a_cut_stream_is_never_a_short_page(cut: int) -> None:
    with pytest.raises(Unreachable, match="cut"):
        unpack(gzip.compress(b"twenty items, or ten? " * 40)[:cut])


def test_padding_after_the_end_is_ignored() -> None:
    assert unpack(gzip.compress(b"page") + bytes(512)) == b"page"


def test_says_gzip_and_is_not() -> None:
    with pytest.raises(Unreadable, match="gzip"):
        unpack(b"<rss>plain text</rss>")


def test_a_broken_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"page"))
    packed[-6] ^= 0xFF
    with pytest.raises(Unreadable):
        unpack(bytes(packed))


@pytest.mark.parametrize(
    "coding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "identity, gzip", "\x00"]
)
def test_a_coding_that_was_not_offered_is_refused(coding: str) -> None:
    with pytest.raises(Unreadable, match="not offered"):
        unpacker(coding, MIB)


def test_exactly_the_limit_passes() -> None:
    assert len(unpack(gzip.compress(bytes(1000)), limit=1000)) == 1000
    assert len(unpack(bytes(1000), "", limit=1000)) == 1000


@pytest.mark.parametrize("coding", ["gzip", ""])
def test_one_byte_more_is_too_large(coding: str) -> None:
    data = gzip.compress(bytes(1001)) if coding else bytes(1001)
    with pytest.raises(Unreachable, match="larger than"):
        unpack(data, coding, limit=1000)


def test_a_bomb_never_gets_more_than_the_limit() -> None:
    machine = unpacker("gzip", 1000)
    with pytest.raises(Unreachable, match="larger than"):
        machine.feed(zlib.compress(bytes(50 * MIB), wbits=31))
