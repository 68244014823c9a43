"""OTLP over HTTP, as clients and less well-behaved ones send it."""

from __future__ import annotations

import gzip
import json
import secrets
import socket
import time
import zlib

import httpx
import pytest
import zstandard
from bench.server_process import SondeServer
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from sonde.testing import example_logs, example_metrics, example_traces

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
NOW_NS = time.time_ns()

RESPONSES: dict[str, type[Message]] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}


def request_of(
    signal: str,
) -> ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest:
    """A request that no other one of this run equals."""
    start_ns = NOW_NS + secrets.randbelow(10**9)
    match signal:
        case "traces":
            return example_traces(2, seed=secrets.randbits(32), start_ns=start_ns)
        case "logs":
            return example_logs(2, seed=secrets.randbits(32), start_ns=start_ns)
        case _:
            return example_metrics(2, start_ns=start_ns)


def post(
    server: SondeServer, body: bytes, signal: str = "traces", content_type: str = PROTOBUF, **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        f"{server.url}/v1/{signal}", content=body, headers={"content-type": content_type, **named}, timeout=30
    )


def figure(server: SondeServer, line: str) -> float:
    """The value of one line of /metrics; 0 where there is none."""
    for text in httpx.get(f"{server.url}/metrics").text.splitlines():
        if text.startswith(f"{line} "):
            return float(text.rpartition(" ")[2])
    return 0.0


@pytest.mark.parametrize("signal", RESPONSES)
def test_a_protobuf_export_succeeds_without_partial_success(shared_server: SondeServer, signal: str) -> None:
    answer = post(shared_server, request_of(signal).SerializeToString(), signal)
    assert (answer.status_code, answer.headers["content-type"]) == (200, PROTOBUF)
    assert RESPONSES[signal].FromString(answer.content) == RESPONSES[signal]()
    assert answer.content == b""


@pytest.mark.parametrize("signal", RESPONSES)
@pytest.mark.parametrize("content_type", [JSON, "Application/JSON; charset=utf-8"])
def test_a_json_export_succeeds_in_json(shared_server: SondeServer, signal: str, content_type: str) -> None:
    body = {"traces": b'{"resourceSpans": []}', "logs": b'{"resourceLogs": []}', "metrics": b"{}"}[signal]
    answer = post(shared_server, body, signal, content_type)
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, JSON, {})


def test_a_json_span_is_stored(shared_server: SondeServer) -> None:
    before = figure(shared_server, 'sonde_accepted_total{signal="traces"}')
    span = {
        "traceId": secrets.token_hex(16).upper(),
        "spanId": secrets.token_hex(8),
        "name": "cart",
        "kind": 2,
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": NOW_NS + 5,
        "somethingNew": {"of": "a later version"},
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert post(shared_server, body, content_type=JSON).status_code == 200
    assert figure(shared_server, 'sonde_accepted_total{signal="traces"}') == before + 1


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("signal", RESPONSES)
def test_an_empty_request_is_a_success(shared_server: SondeServer, signal: str, content_type: str) -> None:
    body = b"{}" if content_type == JSON else b""
    assert post(shared_server, body, signal, content_type).status_code == 200


def test_what_was_accepted_is_in_the_store_within_two_seconds(shared_server: SondeServer) -> None:
    tables = ("otel_traces", "otel_logs", "otel_metrics_sum")
    rows = {table: figure(shared_server, f'sonde_inserted_rows_total{{table="{table}"}}') for table in tables}
    began = time.monotonic()
    for signal in RESPONSES:
        assert post(shared_server, request_of(signal).SerializeToString(), signal).status_code == 200
    while any(
        figure(shared_server, f'sonde_inserted_rows_total{{table="{table}"}}') == rows[table]
        for table in tables
    ):
        assert time.monotonic() - began < 2
        time.sleep(0.05)


ENCODED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_every_content_encoding_is_taken(shared_server: SondeServer, encoding: str) -> None:
    before = figure(shared_server, 'sonde_accepted_total{signal="traces"}')
    body = ENCODED[encoding](
        example_traces(3, seed=secrets.randbits(32), start_ns=NOW_NS).SerializeToString()
    )
    assert post(shared_server, body, content_encoding=encoding).status_code == 200
    assert figure(shared_server, 'sonde_accepted_total{signal="traces"}') > before


def status_of(answer: httpx.Response) -> Status:
    assert answer.headers["content-type"] == PROTOBUF
    return Status.FromString(answer.content)


def test_one_bad_span_among_good_ones_is_a_partial_success(shared_server: SondeServer) -> None:
    request = example_traces(2, seed=secrets.randbits(32), start_ns=NOW_NS)
    request.resource_spans[0].scope_spans[0].spans[0].trace_id = bytes(16)
    answer = post(shared_server, request.SerializeToString())
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 1
    assert "zero" in partial.error_message


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff", b"not a protobuf message at all"])
def test_what_does_not_decode_is_answered_400(shared_server: SondeServer, body: bytes) -> None:
    answer = post(shared_server, body)
    assert answer.status_code == 400
    assert status_of(answer).code == 3


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceSpans": 1}', b"\xff\xfe"])
def test_json_that_does_not_decode_is_answered_400_in_json(shared_server: SondeServer, body: bytes) -> None:
    answer = post(shared_server, body, content_type=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, JSON)
    assert answer.json()["code"] == 3


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/grpc", "application/x-www-form-urlencoded"]
)
def test_another_content_type_is_answered_415(shared_server: SondeServer, content_type: str) -> None:
    assert post(shared_server, b"{}", content_type=content_type).status_code == 415


def test_another_content_encoding_is_answered_415(shared_server: SondeServer) -> None:
    assert post(shared_server, b"", content_encoding="br").status_code == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_another_method_is_answered_405(shared_server: SondeServer, method: str) -> None:
    answer = httpx.request(method, f"{shared_server.url}/v1/traces")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


def test_another_method_is_answered_in_the_encoding_of_the_request(shared_server: SondeServer) -> None:
    refused = 'sonde_refused_total{signal="traces",reason="method_not_allowed"}'
    before = figure(shared_server, refused)
    answer = httpx.put(f"{shared_server.url}/v1/traces", headers={"content-type": PROTOBUF})
    assert status_of(answer).code == 12
    assert figure(shared_server, refused) == before + 1


def test_a_body_over_the_limit_is_answered_413(shared_server: SondeServer) -> None:
    answer = post(shared_server, bytes(1024 * 1024 + 1))
    assert answer.status_code == 413
    assert status_of(answer).code == 8
    assert not status_of(answer).details


def test_a_chunked_body_over_the_limit_is_answered_413(shared_server: SondeServer) -> None:
    chunks = (bytes(65536) for _ in range(40))
    answer = httpx.post(f"{shared_server.url}/v1/traces", content=chunks, headers={"content-type": PROTOBUF})
    assert answer.status_code == 413


def test_a_resource_that_would_repeat_on_too_many_spans_is_answered_413(shared_server: SondeServer) -> None:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="huge").value.string_value = "x" * 500_000
    spans = resource.scope_spans.add().spans
    for number in range(1, 1000):
        spans.add(
            trace_id=bytes(15) + b"x",
            span_id=number.to_bytes(8, "big"),
            name="s",
            start_time_unix_nano=NOW_NS,
        )
    body = request.SerializeToString()
    assert len(body) < 1024 * 1024
    answer = post(shared_server, body)
    assert (answer.status_code, status_of(answer).code) == (413, 8)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_bomb_is_answered_413_and_costs_no_memory(shared_server: SondeServer, encoding: str) -> None:
    before = shared_server.usage().peak_bytes
    assert (
        post(
            shared_server, ENCODED[encoding](bytes(256 * 1024 * 1024)), content_encoding=encoding
        ).status_code
        == 413
    )
    assert shared_server.usage().peak_bytes - before < 64 * 1024 * 1024


def test_the_same_request_again_is_a_success_and_stored_once(shared_server: SondeServer) -> None:
    body = example_traces(4, seed=secrets.randbits(32), start_ns=NOW_NS).SerializeToString()
    accepted = figure(shared_server, 'sonde_accepted_total{signal="traces"}')
    assert [post(shared_server, body).status_code for _ in range(3)] == [200, 200, 200]
    compressed = post(shared_server, gzip.compress(body), content_encoding="gzip")
    assert compressed.status_code == 200
    added = figure(shared_server, 'sonde_accepted_total{signal="traces"}') - accepted
    assert added == sum(
        len(scope.spans)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
    )


def test_an_allowed_page_may_send(shared_server: SondeServer) -> None:
    origin = {"origin": "http://localhost:3000"}
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-tenant",
    }
    preflight = httpx.options(f"{shared_server.url}/v1/traces", headers={**origin, **asked})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert preflight.headers["access-control-allow-headers"] == "content-type,x-tenant"
    answer = post(shared_server, b"{}", content_type=JSON, **origin)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_a_foreign_page_may_not_send(shared_server: SondeServer) -> None:
    preflight = httpx.options(f"{shared_server.url}/v1/traces", headers={"origin": "http://evil.org"})
    assert "access-control-allow-origin" not in preflight.headers
    assert post(shared_server, b"{}", content_type=JSON, origin="http://evil.org").status_code == 403
    rebound = post(shared_server, b"{}", content_type=JSON, origin="http://evil.org", host="evil.org")
    assert rebound.status_code == 403


def test_an_exporter_in_a_container_may_use_another_name_for_this_machine(shared_server: SondeServer) -> None:
    assert post(shared_server, b"", host="host.docker.internal:4318").status_code == 200


def talk(server: SondeServer, data: bytes, *, half_close: bool = False) -> bytes:
    """Send bytes as they are and read what comes until the other side closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=5) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        connection.settimeout(2)
        try:
            while chunk := connection.recv(65536):
                received += chunk
                if received.endswith(b"\r\n\r\n") or b"\r\n\r\n" in received:
                    break
        except TimeoutError:
            pass
        return received


HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"


def test_a_length_far_over_the_limit_is_refused_before_the_body_is_sent(shared_server: SondeServer) -> None:
    answer = talk(shared_server, HEAD + b"Content-Length: 99999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer


def test_a_sender_that_asks_first_is_told_not_to_send(shared_server: SondeServer) -> None:
    answer = talk(shared_server, HEAD + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"0x10", b"99999999999999999999999999"])
def test_a_length_that_is_none_is_refused(shared_server: SondeServer, length: bytes) -> None:
    answer = talk(shared_server, HEAD + b"Content-Length: " + length + b"\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413", b"")


def test_a_sender_that_hangs_up_within_its_body_makes_no_noise(shared_server: SondeServer) -> None:
    talk(shared_server, HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10), half_close=True)
    talk(shared_server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", half_close=True)
    with socket.create_connection(("127.0.0.1", shared_server.http_port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10))
    time.sleep(0.2)
    assert post(shared_server, b"").status_code == 200
    assert "Traceback" not in shared_server.log_tail()


def test_more_bytes_than_announced_do_not_confuse_the_next_request(shared_server: SondeServer) -> None:
    answer = talk(shared_server, HEAD + b"Content-Length: 0\r\n\r\nEXTRA")
    assert answer[:12] in (b"HTTP/1.1 200", b"HTTP/1.1 400")
    assert post(shared_server, b"").status_code == 200
