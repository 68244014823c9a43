"""Telemetry nobody should send, and somebody does: many days at once, wrong clocks, bodies that explode."""

from __future__ import annotations

import gzip
import random
import time
import zlib

import grpc
import httpx
import pytest
import zstandard
from bench.server_process import SondeServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once, rows
from tests.acceptance.telemetry import (
    PROTOBUF,
    Request,
    attribute,
    of_each_signal,
    post,
    spans,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

MIB = 1024 * 1024

EXPORT_TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def test_a_block_over_101_days_is_stored_whole(new_server: NewServer) -> None:
    """The engine refuses an insert over more than 100 partitions."""
    server = new_server().start()
    requests = of_each_signal(1, records=303, days=range(101))
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    server.flush()
    answer = server.get("/api/v1/counts", signal="spans", since="120d", step="1d")
    assert answer["total"] == 303
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, requests)
    ((partitions,),) = rows(server.data_dir, "SELECT uniqExact(_partition_id) FROM otel_traces")
    assert partitions == 101


def test_a_killed_block_over_101_days_is_made_whole(new_server: NewServer) -> None:
    server = new_server().start()
    requests = of_each_signal(1, records=303, days=range(101))
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    # Some hundred renames are under way about now.
    time.sleep(0.6)
    server.kill()
    server.start()
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, requests)


def test_random_years_are_stored_in_a_bounded_number_of_partitions(new_server: NewServer) -> None:
    rng = random.Random(101)
    stamps = [rng.randrange(1, 2**64) for _ in range(3000)] + [1, 2**63 - 1, 2**63, 2**64 - 1]
    message = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                scope_spans=[
                    ScopeSpans(
                        spans=[
                            Span(
                                trace_id=(number + 1).to_bytes(16, "big"),
                                span_id=(number + 1).to_bytes(8, "big"),
                                name="wrong.clock",
                                start_time_unix_nano=stamp,
                                end_time_unix_nano=min(stamp + 1000, 2**64 - 1),
                                attributes=[attribute("batch", "1"), attribute("n", str(number))],
                            )
                            for number, stamp in enumerate(stamps)
                        ]
                    )
                ]
            )
        ]
    )
    request = Request("traces", 1, len(stamps), message.SerializeToString())
    server = new_server().start()
    assert post(server.url, request).status_code == 200
    server.flush()
    # An ordinary request right after it is not held up.
    usual = spans(2)
    assert post(server.url, usual).status_code == 200
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [request, usual])
    ((partitions,),) = rows(server.data_dir, "SELECT uniqExact(_partition_id) FROM otel_traces")
    assert partitions < 400


def _empty_spans(size_bytes: int) -> bytes:
    """A request of two bytes a span: `12 00` is an empty span in its ScopeSpans."""

    def field(number: int, body: bytes) -> bytes:
        length = len(body)
        varint = bytearray()
        while length > 0x7F:
            varint.append(length & 0x7F | 0x80)
            length >>= 7
        varint.append(length)
        return bytes((number << 3 | 2,)) + bytes(varint) + body

    return field(1, field(2, b"\x12\x00" * ((size_bytes - 64) // 2)))


def _grown_mib(server: SondeServer, peak_before: int) -> float:
    return (server.usage().peak_bytes - peak_before) / MIB


@pytest.mark.parametrize("compressed", [False, True])
def test_20_mib_of_empty_spans_are_refused_quickly_with_little_memory(
    new_server: NewServer, compressed: bool
) -> None:
    server = new_server().start()
    assert post(server.url, spans(1)).status_code == 200
    server.flush()
    body = _empty_spans(20 * MIB)
    headers = dict(PROTOBUF)
    if compressed:
        body = gzip.compress(body)
        headers["content-encoding"] = "gzip"
    peak_before = server.usage().peak_bytes
    began = time.monotonic()
    answer = httpx.post(f"{server.url}/v1/traces", content=body, headers=headers, timeout=30)
    elapsed_s = time.monotonic() - began
    assert answer.status_code == 413
    assert elapsed_s < 5
    assert _grown_mib(server, peak_before) < 200
    assert post(server.url, spans(2)).status_code == 200


def test_decompression_bombs_cost_no_memory(new_server: NewServer) -> None:
    server = new_server().start()
    zeros = bytes(512 * MIB)
    bombs = {
        "gzip": gzip.compress(zeros, compresslevel=1),
        "deflate": zlib.compress(zeros, level=1),
        "zstd": zstandard.compress(zeros),
    }
    peak_before = server.usage().peak_bytes
    with httpx.Client(base_url=server.url, timeout=30) as client:
        for encoding, body in 10 * list(bombs.items()):
            answer = client.post(
                "/v1/traces", content=body, headers=PROTOBUF | {"content-encoding": encoding}
            )
            assert answer.status_code == 413
    assert _grown_mib(server, peak_before) < 100


def test_requests_that_grpc_refuses_leave_no_memory(new_server: NewServer) -> None:
    server = new_server().start()
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options) as channel:
        export = channel.unary_unary(EXPORT_TRACES)
        peak_before = server.usage().peak_bytes
        for _ in range(15):
            with pytest.raises(grpc.RpcError):
                export(bytes(20 * MIB + 1), timeout=20)
            with pytest.raises(grpc.RpcError):
                export(bytes(MIB), timeout=20, compression=grpc.Compression.Gzip)
    assert _grown_mib(server, peak_before) < 150
