"""What OTLP answers, read back with the specification's own messages."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sonde.decode import Signal
from sonde.errors import DecodeError, JournalUnavailable, Overloaded, TooLarge
from sonde.receive.responses import export_response, export_response_json, status_json, status_protobuf

RESPONSES = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
}


@pytest.mark.parametrize("signal", Signal)
def test_a_success_leaves_partial_success_unset(signal: Signal) -> None:
    response = RESPONSES[signal][0].FromString(export_response(signal, 0, ""))
    assert not response.HasField("partial_success")
    assert export_response_json(signal, 0, "") == b"{}"


@pytest.mark.parametrize("signal", Signal)
def test_a_partial_success_says_how_many_and_why_in_both_encodings(signal: Signal) -> None:
    kind, field = RESPONSES[signal]
    binary = kind.FromString(export_response(signal, 3, "for a reason"))
    assert getattr(binary.partial_success, field) == 3
    assert binary.partial_success.error_message == "for a reason"
    assert json_format.Parse(export_response_json(signal, 3, "for a reason"), kind()) == binary


@pytest.mark.parametrize(
    "error", [DecodeError("odd"), TooLarge("big", hint="less"), Overloaded(retry_after_s=7)]
)
def test_an_error_is_the_same_status_in_both_encodings(error: DecodeError) -> None:
    binary = Status.FromString(status_protobuf(error))
    assert json_format.Parse(status_json(error), Status()) == binary
    assert error.message in binary.message


@pytest.mark.parametrize("error", [Overloaded(retry_after_s=7), JournalUnavailable(retry_after_s=7)])
def test_overload_says_when_to_retry(error: Overloaded) -> None:
    info = RetryInfo()
    assert Status.FromString(status_protobuf(error)).details[0].Unpack(info)
    assert info.retry_delay.seconds == 7


def test_too_large_invites_no_retry() -> None:
    assert not Status.FromString(status_protobuf(TooLarge())).details
    assert "details" not in json.loads(status_json(TooLarge()))
