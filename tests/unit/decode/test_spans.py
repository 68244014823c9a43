"""Spans that are odd are kept and say so; what is read most has a column of its own."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.unit.decode.oracle import LATEST, Row
from tests.unit.decode.rows import RECEIVED, SEGMENT, decoded, rows_of

from sonde.decode import Signal

START = 1_790_000_000_000_000_000


def pair(key: str, value: str) -> KeyValue:
    """A text attribute."""
    return KeyValue(key=key, value=AnyValue(string_value=value))


def rows(*spans: Span, resource: dict[str, str] | None = None, derived: bool = False) -> dict[str, list[Row]]:
    """The rows of these spans, which get ids where they have none."""
    request = ExportTraceServiceRequest()
    around = request.resource_spans.add()
    around.resource.attributes.extend(pair(*item) for item in (resource or {}).items())
    for index, span in enumerate(spans):
        span.trace_id = span.trace_id or b"\x01" * 16
        span.span_id = span.span_id or bytes([index + 1] * 8)
    around.scope_spans.add().spans.extend(spans)
    (blocks,) = decoded(Signal.TRACES, [request.SerializeToString()])
    return rows_of(blocks, derived=derived)


def row(span: Span, **resource: str) -> Row:
    """The row of one span."""
    (only,) = rows(span, resource=resource)["otel_traces"]
    return only


def test_an_open_span_has_no_duration_and_loses_against_its_end() -> None:
    started = row(Span(start_time_unix_nano=START))
    ended = row(Span(start_time_unix_nano=START, end_time_unix_nano=START + 5))
    assert (started["IsOpen"], started["Duration"], started["SpanAttributes"]) == (
        True,
        0,
        {"sonde.open": "true"},
    )
    assert (ended["IsOpen"], ended["Duration"], ended["SpanAttributes"]) == (False, 5, {})
    assert started["Version"] < ended["Version"]


def test_later_spans_of_a_segment_have_greater_versions() -> None:
    spans = [Span(start_time_unix_nano=START, end_time_unix_nano=START) for _ in range(3)]
    versions = [found["Version"] for found in rows(*spans)["otel_traces"]]
    assert versions == sorted(set(versions))
    assert versions[0] == 1 << 63 | (SEGMENT >> 22) << 22


def test_an_end_before_the_start_is_kept_and_flagged() -> None:
    found = row(Span(start_time_unix_nano=START, end_time_unix_nano=START - 1))
    assert (found["Timestamp"], found["Duration"], found["IsOpen"]) == (START, 0, False)
    assert found["SpanAttributes"] == {"sonde.flags": "end_before_start"}


@pytest.mark.parametrize(
    ("start", "end", "stored", "flags"),
    [
        (0, START, START, "no_timestamp"),
        (0, 0, RECEIVED, "no_timestamp"),
        (2**64 - 1, 2**64 - 1, LATEST, "timestamp_out_of_range"),
        (START, 2**63, START, "timestamp_out_of_range"),
        (LATEST, LATEST, LATEST, None),
    ],
)
def test_timestamps_that_are_missing_or_beyond_the_range(
    start: int, end: int, stored: int, flags: str
) -> None:
    found = row(Span(start_time_unix_nano=start, end_time_unix_nano=end))
    assert found["Timestamp"] == stored
    assert found["SpanAttributes"].get("sonde.flags") == flags


def test_the_last_of_several_values_of_a_key_counts() -> None:
    span = Span(end_time_unix_nano=START, start_time_unix_nano=START)
    span.attributes.extend([pair("a", "1"), pair("b", "2"), pair("a", "3")])
    assert row(span)["SpanAttributes"] == {"b": "2", "a": "3"}


def test_attributes_of_the_span_come_before_those_of_the_resource() -> None:
    names = {
        "sonde.component": "Component",
        "sonde.orchestration.id": "OrchestrationId",
        "sonde.run.id": "RunId",
        "correlation.id": "CorrelationId",
        "session.id": "SessionId",
        "sonde.pipeline.trigger_event": "TriggerEvent",
        "sonde.status": "Status",
    }
    of_resource = {key: f"resource {key}" for key in names}
    own = Span(attributes=[pair(key, f"span {key}") for key in names])
    blank = Span(attributes=[pair(key, "") for key in names])
    first, second, third = rows(own, blank, Span(), resource=of_resource)["otel_traces"]
    for key, column in names.items():
        assert first[column] == f"span {key}"
        assert second[column] == f"resource {key}"
        assert third[column] == f"resource {key}"


def test_without_a_service_name_it_is_unknown_service() -> None:
    assert row(Span())["ServiceName"] == "unknown_service"
    assert row(Span())["Component"] == "unknown_service"
    assert row(Span(), **{"service.name": "shop"})["Component"] == "shop"


def test_a_trace_is_summarised_and_found_in_time() -> None:
    root = Span(name="/cart", start_time_unix_nano=START + 10**9, end_time_unix_nano=START + 3 * 10**9)
    child = Span(
        name="SELECT",
        parent_span_id=b"\x01" * 8,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 5 * 10**9,
    )
    child.status.code = 2  # pyright: ignore[reportAttributeAccessIssue] - an open enum
    other = Span(trace_id=b"\x07" * 16, parent_span_id=b"\x09" * 8, start_time_unix_nano=START)
    found = rows(root, child, other, resource={"service.name": "shop"}, derived=True)
    assert found["trace_starts"] == [
        {"Start": START, "TraceId": "01" * 16, "Services": ["shop"], "partition": 202609},
        {"Start": START, "TraceId": "07" * 16, "Services": ["shop"], "partition": 202609},
    ]
    sketches = [row["SpanSketch"] for row in found["otel_traces_trace_id_ts"]]
    assert [sketch.bit_count() for sketch in sketches] == [2, 1]
    assert found["otel_traces_trace_id_ts"] == [
        {
            "TraceId": "01" * 16,
            "Start": START // 10**9,
            "End": START // 10**9 + 1,
            "Segment": SEGMENT,
            "Facts": "\x1f".join(
                f"{START % 10**9} {5 * 10**9} 2 1 0 {10**9} shop /cart unset shop".split(" ")
            ),
            "SpanSketch": sketches[0],
            "partition": 0,
        },
        {
            "TraceId": "07" * 16,
            "Start": START // 10**9,
            "End": START // 10**9,
            "Segment": SEGMENT,
            "Facts": "\x1f".join(f"{START % 10**9} 0 1 0 1  shop  unset shop".split(" ")),
            "SpanSketch": sketches[1],
            "partition": 0,
        },
    ]


def test_what_cannot_be_told_of_a_trace_is_not() -> None:
    twice = [Span(trace_id=b"\x03" * 16, span_id=b"\x04" * 8, start_time_unix_nano=START)] * 2
    odd = Span(trace_id=b"\x05" * 16, span_id=b"\x04" * 8, start_time_unix_nano=START, name="a\x1fb")
    found = rows(*twice, odd, Span(start_time_unix_nano=START), derived=True)["otel_traces_trace_id_ts"]
    assert [bool(row["Facts"]) for row in found] == [False, False, True]


def test_a_date_beyond_2106_has_the_last_partition_there_is() -> None:
    (found,) = rows(Span(start_time_unix_nano=LATEST), derived=True)["trace_starts"]
    assert found["Start"] == LATEST
    assert found["partition"] == 210602
