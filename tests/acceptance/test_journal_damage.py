"""Segments that a crash, a bad disk or another version left behind."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench.server_process import SondeServer
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once, batches
from tests.acceptance.telemetry import Request, logs, metrics, post, spans

from sonde.decode import DECODER_VERSION

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

# Where a header keeps the decoder version, and how long it is without its checksum (sonde/journal/codec.py).
DECODER_VERSION_AT = 12
HEADER_BYTES = 32


def leave_segment(server: SondeServer, requests: Sequence[Request]) -> Path:
    """A server killed with the requests acknowledged and in its open segment; the segment's file."""
    server.start()
    for request in requests:
        assert post(server.url, request).status_code == 200
    server.kill()
    (segment,) = (server.data_dir / "journal").glob("*.open")
    return segment


@pytest.fixture
def slow_journal(new_server: NewServer) -> SondeServer:
    """A server (not started) whose segments stay open for a minute unless flushed."""
    return new_server(journal_idle_ms=60_000, journal_segment_ms=60_000)


def aside_files(server: SondeServer) -> list[Path]:
    return sorted((server.data_dir / "journal" / "aside").iterdir())


def test_a_truncated_segment_gives_all_but_its_last_record(slow_journal: SondeServer) -> None:
    server = slow_journal
    requests = [spans(1), logs(1), metrics(1), spans(2)]
    segment = leave_segment(server, requests)
    content = segment.read_bytes()
    segment.write_bytes(content[:-7])
    server.start()
    server.flush()
    after = spans(3)
    assert post(server.url, after).status_code == 200
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*requests[:3], after])
    assert 2 not in batches(server.data_dir)["traces"]


def test_a_corrupted_segment_gives_what_can_be_read_and_is_kept(slow_journal: SondeServer) -> None:
    server = slow_journal
    requests = [spans(1), logs(1), metrics(1), spans(2)]
    segment = leave_segment(server, requests)
    content = bytearray(segment.read_bytes())
    at = content.index(requests[1].payload) + len(requests[1].payload) // 2
    content[at] ^= 0xFF
    segment.write_bytes(content)
    server.start()
    server.flush()
    kept = aside_files(server)
    assert [file.read_bytes() for file in kept if file.suffix != ".json"] == [bytes(content)]
    assert any(file.suffix == ".json" for file in kept)
    assert "damaged" in server.log_tail()
    assert server.get("/api/v1/status")
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [requests[0], *requests[2:]])


def test_a_segment_of_noise_is_kept_aside_and_the_start_goes_on(slow_journal: SondeServer) -> None:
    server = slow_journal
    segment = leave_segment(server, [spans(1)])
    noise = bytes(range(256)) * 40
    segment.write_bytes(noise)
    server.start()
    request = spans(2)
    assert post(server.url, request).status_code == 200
    server.flush()
    assert noise in [file.read_bytes() for file in aside_files(server)]
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [request])


def _with_decoder_version(segment: Path, version: int) -> None:
    content = bytearray(segment.read_bytes())
    struct.pack_into("<I", content, DECODER_VERSION_AT, version)
    struct.pack_into("<I", content, HEADER_BYTES, zlib.crc32(content[:HEADER_BYTES]))
    segment.write_bytes(content)


def test_a_segment_of_an_older_decoder_is_stored(slow_journal: SondeServer) -> None:
    server = slow_journal
    requests = [spans(1, days=(0, 1, 2)), logs(1), metrics(1)]
    segment = leave_segment(server, requests)
    _with_decoder_version(segment, DECODER_VERSION - 1)
    server.start()
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, requests)


def test_a_segment_of_a_newer_decoder_is_kept_aside(slow_journal: SondeServer) -> None:
    server = slow_journal
    segment = leave_segment(server, [spans(1), logs(1)])
    _with_decoder_version(segment, DECODER_VERSION + 1)
    server.start()
    request = spans(2)
    assert post(server.url, request).status_code == 200
    server.flush()
    assert aside_files(server)
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [request])
    assert 1 not in batches(server.data_dir)["traces"]
