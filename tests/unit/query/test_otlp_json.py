"""A trace as OTLP/JSON: sent back in, it is the same trace."""

from __future__ import annotations

from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.unit.query.otlp import HOUR, MS, S, request, trace_id

from sonde.decode import Signal, json_to_protobuf
from sonde.query import otlp_json
from sonde.query.trace_cache import TraceCache
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, attributes, insert


def written(database: Database, number: int = 1) -> bytes:
    return b"".join(otlp_json.parts(database, TraceCache(2**26).get(database, trace_id(number))))


def sent_back(body: bytes) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString(json_to_protobuf(Signal.TRACES, body))


def full_trace() -> ExportTraceServiceRequest:
    """Spans with all that OTLP has for them."""
    made = request(
        [
            S(
                1,
                1,
                name="root",
                state="ot=th:8",
                attributes={"n": 7, "on": True, "x": 0.5, "quote": '"\n\\é'},
            ),
            S(1, 2, 1, at=MS, error=True),
            S(1, 3, 1, at=2 * MS, length=None),
            S(1, 4, 99, at=30 * HOUR, length=0),
            S(1, 5, 1, at=3 * MS, service="cart"),
            S(2, 6),
        ]
    )
    for each in made.resource_spans:
        each.schema_url = "https://opentelemetry.io/schemas/1.30.0"
        each.resource.dropped_attributes_count = 3
        each.scope_spans[0].schema_url = "https://opentelemetry.io/schemas/1.29.0"
        each.scope_spans[0].scope.name = "lib"
        each.scope_spans[0].scope.version = "1.2"
        each.scope_spans[0].scope.dropped_attributes_count = 2
        each.scope_spans[0].scope.attributes.extend(attributes({"of": "scope"}))
    span = made.resource_spans[1].scope_spans[0].spans[0]
    span.status.message = "declined"
    span.flags = 0x301
    span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count = 4, 5, 6
    span.events.add(time_unix_nano=EPOCH_NS + MS, name="retry", dropped_attributes_count=1)
    span.events.add(time_unix_nano=EPOCH_NS + 2 * MS, name="exception").attributes.extend(
        attributes({"exception.type": "ValueError"})
    )
    link = span.links.add(trace_id=(9).to_bytes(16), span_id=(8).to_bytes(8), trace_state="a=b", flags=1)
    link.dropped_attributes_count = 2
    link.attributes.extend(attributes({"why": "batch"}))
    return made


def columns(database: Database) -> list[dict[str, Any]]:
    """All that is stored of the trace, but when and in which order it came."""
    return database.query(
        "SELECT * EXCEPT (Segment, Version, ReceivedAt) FROM otel_traces FINAL "
        "WHERE TraceId = {trace_id:String} ORDER BY SpanId",
        {"trace_id": trace_id(1)},
    ).dicts()


def test_what_was_written_and_is_sent_back_is_stored_alike(store: Store, database: Database) -> None:
    other = store.tenant("otlp_neighbour")
    try:
        insert(database, full_trace())
        insert(other, sent_back(written(database)))
        stored = columns(database)
        assert len(stored) == 5
        assert columns(other) == stored
        assert written(other) == written(database)
    finally:
        other.execute(f"DROP DATABASE {other.name} SYNC")


def test_spans_are_grouped_by_resource_and_scope(database: Database) -> None:
    insert(database, full_trace())
    document = orjson.loads(written(database))
    assert [
        [len(scope["spans"]) for scope in resource["scopeSpans"]] for resource in document["resourceSpans"]
    ] == [[4], [1]]


def test_each_span_is_written_once_in_its_newest_version(database: Database) -> None:
    insert(database, request([S(1, 1, length=None, name="started"), S(1, 2, 1)]), segment=1 << 22)
    insert(database, request([S(1, 1, at=2 * HOUR, name="ended")]), segment=2 << 22)
    made = sent_back(written(database))
    spans = [span for each in made.resource_spans for scope in each.scope_spans for span in scope.spans]
    assert sorted(span.name for span in spans) == ["ended", "work"]


def test_a_large_trace_is_written_in_parts_that_are_one_document(database: Database) -> None:
    insert(database, request(S(1, n, n // 2, at=n) for n in range(1, 2501)))
    entry = TraceCache(2**26).get(database, trace_id(1))
    parts = list(otlp_json.parts(database, entry))
    assert len(parts) > 3
    made = sent_back(b"".join(parts))
    ids = [span.span_id for each in made.resource_spans for s in each.scope_spans for span in s.spans]
    assert sorted(ids) == [n.to_bytes(8) for n in range(1, 2501)]


def test_rows_that_the_collector_wrote_are_written_too(database: Database) -> None:
    database.execute(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration, "
        "StatusCode, Events.Timestamp, Events.Name, Events.Attributes) "
        "SELECT fromUnixTimestamp64Nano({at:Int64}), {trace_id:String}, leftPad(hex(number + 1), 16, '0'), "
        "'work', 'Server', 'shop', 5, 'Error', "
        "[fromUnixTimestamp64Nano({at:Int64})], ['noted'], [map('a', 'b')] FROM numbers(3)",
        {"at": EPOCH_NS, "trace_id": trace_id(1)},
    )
    made = sent_back(written(database))
    [scope] = made.resource_spans[0].scope_spans
    assert [span.span_id for span in scope.spans] == [n.to_bytes(8) for n in (1, 2, 3)]
    assert {span.kind for span in scope.spans} == {Span.SPAN_KIND_SERVER}
    assert [event.name for span in scope.spans for event in span.events] == ["noted"] * 3
