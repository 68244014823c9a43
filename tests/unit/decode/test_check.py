"""What a request holds is told before it is stored."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sonde.decode import Signal, check, concat, parse

TRACE_ID, SPAN_ID = b"\x01" * 16, b"\x02" * 8


def spans(*ids: tuple[bytes, bytes, bytes], start: int = 0, end: int = 0) -> bytes:
    """A request of spans with these trace, span and parent ids."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for trace_id, span_id, parent in ids:
        scope.spans.add(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent,
            start_time_unix_nano=start,
            end_time_unix_nano=end,
        )
    return request.SerializeToString()


def logs(*ids: tuple[bytes, bytes]) -> bytes:
    """A request of log records with these trace and span ids."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for trace_id, span_id in ids:
        scope.log_records.add(trace_id=trace_id, span_id=span_id)
    return request.SerializeToString()


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ((b"\x01" * 15, SPAN_ID, b""), "trace id is not 16 bytes"),
        ((b"", SPAN_ID, b""), "trace id is not 16 bytes"),
        ((bytes(16), SPAN_ID, b""), "trace id is all zero"),
        ((TRACE_ID, b"\x02" * 9, b""), "span id is not 8 bytes"),
        ((TRACE_ID, bytes(8), b""), "span id is all zero"),
        ((TRACE_ID, SPAN_ID, b"\x03"), "parent span id is not 8 bytes"),
        ((bytes(16), bytes(8), b"\x03"), "trace id is all zero"),
    ],
)
def test_a_span_with_a_wrong_id_is_rejected_and_the_reason_named(
    ids: tuple[bytes, bytes, bytes], reason: str
) -> None:
    found = check(parse(Signal.TRACES, [spans((TRACE_ID, SPAN_ID, b""), ids)]))
    assert (found.accepted, found.rejected) == (1, 1)
    assert found.reasons == f"1 span rejected: {reason}"


def test_reasons_are_counted_by_kind() -> None:
    bad = (bytes(16), SPAN_ID, b"")
    found = check(parse(Signal.TRACES, [spans(bad, bad, (TRACE_ID, b"", b""))]))
    assert (found.accepted, found.rejected) == (0, 3)
    assert found.reasons == "2 spans rejected: trace id is all zero; 1 span rejected: span id is not 8 bytes"


def test_a_parent_id_of_zeros_is_no_parent() -> None:
    assert check(parse(Signal.TRACES, [spans((TRACE_ID, SPAN_ID, bytes(8)))])).accepted == 1


def test_a_log_record_needs_no_ids_but_proper_ones_if_any() -> None:
    found = check(
        parse(
            Signal.LOGS,
            [logs((b"", b""), (bytes(16), bytes(8)), (TRACE_ID, SPAN_ID), (b"\x01", b""), (b"", b"\x01"))],
        )
    )
    assert (found.accepted, found.rejected) == (3, 2)
    assert found.reasons == (
        "1 log record rejected: trace id is not 16 bytes; 1 log record rejected: span id is not 8 bytes"
    )


@pytest.mark.parametrize(("start", "end", "timed"), [(0, 0, False), (5, 0, True), (0, 5, True)])
def test_a_request_is_timed_if_a_record_bears_a_timestamp(start: int, end: int, timed: bool) -> None:
    assert check(parse(Signal.TRACES, [spans((TRACE_ID, SPAN_ID, b""), start=start, end=end)])).timed is timed


def test_points_of_every_kind_are_counted() -> None:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    scope.metrics.add(name="nothing")
    for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        getattr(scope.metrics.add(name=kind), kind).data_points.add()
    assert check(parse(Signal.METRICS, [request.SerializeToString()])).accepted == 5
    assert check(parse(Signal.METRICS, [request.SerializeToString()])).timed is False
    scope.metrics[3].histogram.data_points[0].time_unix_nano = 1
    assert check(parse(Signal.METRICS, [request.SerializeToString()])).timed is True


def test_several_requests_are_summed() -> None:
    parts = [parse(Signal.TRACES, [spans((TRACE_ID, SPAN_ID, b""))]) for _ in range(3)]
    assert check(concat(parts)).accepted == 3
    assert check(concat(parts)).weight_bytes == 3 * check(parts[0]).weight_bytes


def test_parts_of_different_signals_are_not_put_together() -> None:
    with pytest.raises(ValueError, match="2 signals"):
        concat([parse(Signal.TRACES, [b""]), parse(Signal.LOGS, [b""])])
    with pytest.raises(ValueError, match="0 signals"):
        concat([])
