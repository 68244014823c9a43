"""More than the server can take: refused at once, in a way that exporters come back from."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import grpc
import httpx
import pytest
from bench.server_process import SondeServer
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from sonde.testing import example_traces

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def test_a_full_journal_is_answered_503_with_retry_after(
    new_server: Callable[..., SondeServer],
) -> None:
    server = new_server(journal_max_mb=0.2, journal_segment_ms=60_000, journal_idle_ms=60_000).start()

    def body() -> bytes:
        return example_traces(60, seed=secrets.randbits(32), start_ns=time.time_ns()).SerializeToString()

    answers = [
        httpx.post(
            f"{server.url}/v1/traces", content=body(), headers={"content-type": "application/x-protobuf"}
        )
        for _ in range(30)
    ]
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {200, 503}
    refused = answers[codes.index(503)]
    assert int(refused.headers["retry-after"]) >= 1
    info = RetryInfo()
    assert Status.FromString(refused.content).details[0].Unpack(info)
    assert info.retry_delay.seconds == int(refused.headers["retry-after"])

    with (
        grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        channel.unary_unary(EXPORT)(body(), timeout=10)
    call = caught.value
    assert isinstance(call, grpc.Call)
    assert call.code() is grpc.StatusCode.UNAVAILABLE
    details = [
        datum.value for datum in call.trailing_metadata() or () if datum.key == "grpc-status-details-bin"
    ]
    assert isinstance(details[0], bytes)
    status = Status.FromString(details[0])
    assert status.code == 14
    assert status.details[0].Unpack(info)


def test_more_records_than_allowed_are_answered_413(new_server: Callable[..., SondeServer]) -> None:
    server = new_server(max_request_records=3).start()
    for traces, code in ((1, 200), (20, 413)):
        body = example_traces(traces, start_ns=time.time_ns())
        spans = body.resource_spans[0].scope_spans[0].spans
        if code == 200:
            del body.resource_spans[1:]
            del spans[3:]
        answer = httpx.post(
            f"{server.url}/v1/traces",
            content=body.SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
        )
        assert answer.status_code == code
