"""What OTLP answers: export responses and `google.rpc.Status`, in the request's encoding.

Source: OpenTelemetry Protocol specification 1.11, "OTLP/HTTP response" and "OTLP/gRPC response".
"""

from __future__ import annotations

import orjson
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sonde.decode import Signal
from sonde.errors import Overloaded, SondeError

REJECTED_FIELD = {
    Signal.TRACES: "rejectedSpans",
    Signal.LOGS: "rejectedLogRecords",
    Signal.METRICS: "rejectedDataPoints",
}


def export_response(signal: Signal, rejected: int, reasons: str) -> bytes:
    """The protobuf answer to an export; empty when nothing was rejected: partial_success stays unset."""
    if not rejected and not reasons:
        return b""
    match signal:
        case Signal.TRACES:
            traces = ExportTraceServiceResponse()
            traces.partial_success.rejected_spans = rejected
            traces.partial_success.error_message = reasons
            return traces.SerializeToString()
        case Signal.LOGS:
            logs = ExportLogsServiceResponse()
            logs.partial_success.rejected_log_records = rejected
            logs.partial_success.error_message = reasons
            return logs.SerializeToString()
        case Signal.METRICS:
            metrics = ExportMetricsServiceResponse()
            metrics.partial_success.rejected_data_points = rejected
            metrics.partial_success.error_message = reasons
            return metrics.SerializeToString()


def export_response_json(signal: Signal, rejected: int, reasons: str) -> bytes:
    """The JSON answer to an export."""
    if not rejected and not reasons:
        return b"{}"
    partial: dict[str, str] = {"errorMessage": reasons}
    if rejected:
        partial[REJECTED_FIELD[signal]] = str(rejected)  # a 64-bit integer is a string in protobuf's JSON
    return orjson.dumps({"partialSuccess": partial})


def status(error: SondeError) -> Status:
    """The error as `google.rpc.Status`, with RetryInfo if and only if the sender shall try again."""
    found = Status(code=Code.Value(error.grpc_status), message=_message(error))
    if isinstance(error, Overloaded):
        detail = Any()
        detail.Pack(RetryInfo(retry_delay=Duration(seconds=error.retry_after_s)))
        found.details.append(detail)
    return found


def status_protobuf(error: SondeError) -> bytes:
    """The error as a serialized `google.rpc.Status`."""
    return status(error).SerializeToString()


def status_json(error: SondeError) -> bytes:
    """The error as `google.rpc.Status` in protobuf's JSON."""
    document: dict[str, object] = {"code": Code.Value(error.grpc_status), "message": _message(error)}
    if isinstance(error, Overloaded):
        document["details"] = [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{error.retry_after_s}s"}
        ]
    return orjson.dumps(document)


def _message(error: SondeError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
