"""OTLP over gRPC."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator

import grpc
import pytest
from bench.server_process import SondeServer
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sonde.testing import example_logs, example_metrics, example_traces

METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}


@pytest.fixture
def channel(shared_server: SondeServer) -> Generator[grpc.Channel]:
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{shared_server.grpc_port}", options) as channel:
        yield channel


def export(
    channel: grpc.Channel, body: bytes, signal: str = "traces", compression: grpc.Compression | None = None
) -> bytes:
    answer = channel.unary_unary(METHODS[signal])(body, timeout=20, compression=compression)
    assert isinstance(answer, bytes)
    return answer


def refused(channel: grpc.Channel, body: bytes) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as caught:
        export(channel, body)
    assert isinstance(caught.value, grpc.Call)
    return caught.value


def traces() -> bytes:
    return example_traces(2, seed=secrets.randbits(32), start_ns=time.time_ns()).SerializeToString()


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_an_export_of_each_signal_succeeds(channel: grpc.Channel, compression: grpc.Compression) -> None:
    now_ns = time.time_ns()
    logs = example_logs(2, seed=secrets.randbits(32), start_ns=now_ns).SerializeToString()
    metrics = example_metrics(2, start_ns=now_ns).SerializeToString()
    answers = [
        ExportTraceServiceResponse.FromString(export(channel, traces(), "traces", compression)),
        ExportLogsServiceResponse.FromString(export(channel, logs, "logs", compression)),
        ExportMetricsServiceResponse.FromString(export(channel, metrics, "metrics", compression)),
    ]
    assert not any(answer.HasField("partial_success") for answer in answers)


def test_an_empty_request_is_a_success(channel: grpc.Channel) -> None:
    assert export(channel, b"") == b""


def test_one_bad_span_among_good_ones_is_a_partial_success(channel: grpc.Channel) -> None:
    request = example_traces(2, seed=secrets.randbits(32), start_ns=time.time_ns())
    request.resource_spans[0].scope_spans[0].spans[0].span_id = b"short"
    answer = ExportTraceServiceResponse.FromString(export(channel, request.SerializeToString()))
    assert answer.partial_success.rejected_spans == 1


def test_what_does_not_decode_is_an_invalid_argument(channel: grpc.Channel) -> None:
    assert refused(channel, b"\xff").code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("size_mb", [1.1, 3])
def test_too_large_is_resource_exhausted_and_invites_no_retry(channel: grpc.Channel, size_mb: float) -> None:
    call = refused(channel, bytes(int(size_mb * 1024 * 1024)))
    assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert all(datum[0] != "grpc-status-details-bin" for datum in call.trailing_metadata() or ())


def test_the_limit_is_told(channel: grpc.Channel) -> None:
    assert "1 MiB" in (refused(channel, bytes(1024 * 1024 + 1)).details() or "")


def test_a_method_that_otlp_does_not_have_is_unimplemented(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(METHODS["traces"].replace("Export", "Import"))(b"", timeout=5)
    assert isinstance(caught.value, grpc.Call)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
