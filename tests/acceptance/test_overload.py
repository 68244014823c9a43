"""More than the server can take: 503 with Retry-After, UNAVAILABLE with RetryInfo, until it caught up."""

from __future__ import annotations

import itertools
import threading
import time
from typing import cast

import grpc
import httpx
import pytest
from bench.server_process import SondeServer
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import PROTOBUF, Request, post, spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


def fill_journal(server: SondeServer) -> tuple[list[Request], httpx.Response]:
    """Sends until the first refusal; what was taken before it, and the refusal."""
    taken: list[Request] = []
    for batch in itertools.count():
        request = spans(batch, 200)
        answer = post(server.url, request)
        if answer.status_code != 200:
            return taken, answer
        taken.append(request)
        assert batch < 1000, "the journal never reached its limit"
    raise AssertionError


def export_over_grpc(server: SondeServer, request: Request) -> ExportTraceServiceResponse:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        return TraceServiceStub(channel).Export(
            ExportTraceServiceRequest.FromString(request.payload), timeout=10
        )


def test_a_full_journal_refuses_at_once_and_recovers(new_server: NewServer) -> None:
    # Segments that stay open keep the inserter from making room before the test has looked.
    server = new_server(journal_max_mb=0.5, journal_idle_ms=60_000, journal_segment_ms=60_000).start()
    taken, refusal = fill_journal(server)
    assert len(taken) > 2
    assert refusal.status_code == 503
    assert 1 <= int(refusal.headers["retry-after"]) <= 60
    assert refusal.headers["content-type"] == "application/x-protobuf"
    assert "journal" in Status.FromString(refusal.content).message

    began = time.monotonic()
    refused = [post(server.url, spans(batch, 200)).status_code for batch in range(2000, 2010)]
    assert refused == [503] * 10
    assert time.monotonic() - began < 5

    with pytest.raises(grpc.RpcError) as over_grpc:
        export_over_grpc(server, spans(3000, 200))
    error = over_grpc.value
    assert isinstance(error, grpc.Call)
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    metadata = dict(cast("list[tuple[str, bytes]]", error.trailing_metadata()))
    retry = RetryInfo()
    details = Status.FromString(metadata["grpc-status-details-bin"]).details
    assert any(detail.Unpack(retry) for detail in details)
    assert retry.retry_delay.ToTimedelta().total_seconds() >= 1

    # It is refused before any work is spent on it: nobody looked whether this is OTLP.
    garbage = Request("traces", 0, 0, b"\xff" * 200_000)
    assert post(server.url, garbage).status_code == 503

    # Reads go on, and once the store caught up the same request is taken.
    assert server.get("/api/v1/services")["services"] == []
    server.flush()
    late = spans(4000, 200)
    assert post(server.url, late).status_code == 200
    assert export_over_grpc(server, spans(4001, 200)).partial_success.rejected_spans == 0
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*taken, late, spans(4001, 200)])


def test_json_clients_get_the_refusal_as_json(new_server: NewServer) -> None:
    server = new_server(journal_max_mb=0.2, journal_idle_ms=60_000, journal_segment_ms=60_000).start()
    fill_journal(server)
    record = {
        "severityNumber": 9,
        "body": {"stringValue": "x" * 60_000},
        "timeUnixNano": "1795000000000000000",
    }
    answer = httpx.post(
        f"{server.url}/v1/logs",
        json={"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]},
        timeout=10,
    )
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("application/json")
    assert int(answer.headers["retry-after"]) >= 1
    assert "journal" in answer.json()["message"]


def test_nothing_acknowledged_is_lost_under_ten_times_the_load(new_server: NewServer) -> None:
    server = new_server(journal_max_mb=2).start()
    acknowledged: list[Request] = []
    answers: list[tuple[int, bool]] = []
    until = time.monotonic() + 6

    def send(worker: int) -> None:
        with httpx.Client(timeout=30) as client:
            for number in itertools.count():
                if time.monotonic() > until:
                    return
                request = Request(
                    "traces", worker * 100_000 + number, 300, spans(worker * 100_000 + number, 300).payload
                )
                answer = client.post(f"{server.url}{request.path}", content=request.payload, headers=PROTOBUF)
                answers.append((answer.status_code, "retry-after" in answer.headers))
                if answer.status_code == 200:
                    acknowledged.append(request)

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {(200, False), (503, True)}
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, acknowledged)
