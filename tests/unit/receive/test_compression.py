"""Content encodings: what is taken, what is refused, and what a bomb costs."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sonde.errors import DecodeError, TooLarge, UnsupportedMediaType
from sonde.receive.compression import MAX_MEMBERS, decompress

LIMIT = 1024 * 1024
BODY = bytes(range(256)) * 40


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


def zstd_stream(body: bytes) -> bytes:
    """Without the content size in its header, as streaming senders write it."""
    stream = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return stream.compress(body) + stream.flush()


COMPRESSED = {
    "gzip": [gzip.compress(BODY), gzip.compress(BODY[:100]) + gzip.compress(BODY[100:])],
    "x-gzip": [gzip.compress(BODY)],
    "deflate": [zlib.compress(BODY), raw_deflate(BODY)],
    "zstd": [
        zstandard.ZstdCompressor().compress(BODY),
        zstd_stream(BODY),
        zstd_stream(BODY[:100]) + zstd_stream(BODY[100:]),
    ],
}
CASES = [(encoding, data) for encoding, all_data in COMPRESSED.items() for data in all_data]


@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_every_form_of_an_encoding_is_read(encoding: str, data: bytes) -> None:
    assert decompress(encoding, data, LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_no_encoding_leaves_the_body_alone(encoding: str) -> None:
    assert decompress(encoding, BODY, LIMIT) is BODY


@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_an_encoding_may_be_written_in_any_case(encoding: str, data: bytes) -> None:
    assert decompress(encoding.upper(), data, LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["br", "gzip, deflate", "snappy", "chunked"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        decompress(encoding, BODY, LIMIT)


@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_data_that_ends_early_is_refused(encoding: str, data: bytes) -> None:
    for cut in (0, 1, len(data) // 2, len(data) - 1):
        with pytest.raises(DecodeError):
            decompress(encoding, data[:cut], LIMIT)


@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_what_follows_the_end_is_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        decompress(encoding, data + b"something else", LIMIT)


@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_the_limit_is_exact(encoding: str, data: bytes) -> None:
    assert decompress(encoding, data, len(BODY)) == BODY
    with pytest.raises(TooLarge):
        decompress(encoding, data, len(BODY) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_bomb_costs_no_memory(encoding: str) -> None:
    block = bytes(1024 * 1024)
    stream = {
        "gzip": zlib.compressobj(9, wbits=31),
        "deflate": zlib.compressobj(9),
        "zstd": zstandard.ZstdCompressor(level=3).compressobj(),
    }[encoding]
    bomb = b"".join([stream.compress(block) for _ in range(256)] + [stream.flush()])
    assert len(bomb) < LIMIT
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decompress(encoding, bomb, LIMIT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * LIMIT


@pytest.mark.parametrize(
    ("encoding", "empty"),
    [("gzip", gzip.compress(b"", mtime=0)), ("zstd", zstd_stream(b""))],
    ids=["gzip", "zstd"],
)
def test_a_body_of_nothing_but_empty_members_is_refused(encoding: str, empty: bytes) -> None:
    assert decompress(encoding, empty * MAX_MEMBERS, LIMIT) == b""
    with pytest.raises(DecodeError):
        decompress(encoding, empty * (MAX_MEMBERS + 1), LIMIT)


@given(st.sampled_from(["gzip", "deflate", "zstd"]), st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(encoding: str, data: bytes) -> None:
    with contextlib.suppress(DecodeError, TooLarge):
        assert len(decompress(encoding, data, LIMIT)) <= LIMIT
