"""The records of the API: typed fields, filters, pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.api.query_api import QueryApi
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.query import answers
from sonde.records import EventRecord, SpanRecord
from sonde.settings import Settings
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, attributes, insert

DAY = {"since": "2026-01-05T12:00", "until": "2026-01-05T13:00"}
SPANS = [
    S(
        1,
        1,
        at=0,
        name="orchestrate.advance",
        service="daemon",
        attributes={"sonde.orchestration.id": "orc_1"},
    ),
    S(
        1,
        2,
        parent=1,
        at=SECOND,
        name="sync_tasks",
        service="daemon",
        error=True,
        attributes={
            "sonde.component": "tasks",
            "error.type": "TimeoutError",
            "sonde.error.detail": "after 3 tries",
            "task": 7,
        },
    ),
    S(2, 3, at=2 * SECOND, length=None, name="sync_all", service="daemon"),
    S(3, 4, at=-30 * HOUR, name="old", service="web"),
]


def events() -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": "daemon"}))
    scope = resource.scope_logs.add()
    for number, (name, severity) in enumerate(
        [("projection.write", 9), ("projection.skip", 13), ("state.transition", 10), ("", 17)]
    ):
        record = scope.log_records.add(
            time_unix_nano=EPOCH_NS + number * SECOND,
            severity_number=severity,  # pyright: ignore[reportArgumentType] -- the enumeration's number
            event_name=name,
            trace_id=bytes.fromhex(trace_id(1)) if number else b"",
            span_id=bytes.fromhex(span_id(2)) if number else b"",
        )
        record.body.string_value = f"message {number}"
        record.attributes.extend(
            attributes(
                {"sonde.orchestration.id": f"orc_{number}", "log.record.uid": f"e{number}", "n": number}
            )
        )
    return made


@pytest.fixture
def api(store: Store, database: Database, settings: Callable[..., Settings]) -> QueryApi:
    """Three recent spans, an old one, three events and a log."""
    insert(database, request(SPANS), events())
    return QueryApi(store, database, settings(query_default_limit=10, query_max_limit=50))


def test_the_shapes_that_are_described_are_the_fields_of_the_records() -> None:
    span = SpanRecord(operation="x").to_json()
    event = EventRecord(event_type="x").to_json()
    assert list(get_type_hints(answers.SpanRecord)) == list(span)
    assert list(get_type_hints(answers.EventRecord)) == list(event)


def test_a_span_is_a_record_with_typed_fields(api: QueryApi) -> None:
    (found,) = api.get("/records/spans", **DAY, component="tasks")["spans"]
    assert found == {
        "traceId": trace_id(1),
        "spanId": span_id(2),
        "parentSpanId": span_id(1),
        "orchestrationId": "",
        "component": "tasks",
        "operation": "sync_tasks",
        "startedAt": "2026-01-05T12:00:01.000000000Z",
        "endedAt": "2026-01-05T12:00:01.010000000Z",
        "durationMs": 10.0,
        "status": "error",
        "errorCode": "TimeoutError",
        "errorDetail": "after 3 tries",
        "attrs": {"task": "7"},
    }
    record = SpanRecord.from_json(found)
    assert (record.duration_ms, record.ended_at) == (
        10.0,
        record.started_at.replace(microsecond=10 * MS // 1000),
    )


def test_a_span_that_runs_has_no_end(api: QueryApi) -> None:
    (found,) = api.get("/records/spans", **DAY, operation="sync_all")["spans"]
    assert (found["endedAt"], found["durationMs"], found["attrs"]) == (None, None, {})


def test_an_event_is_a_record_with_typed_fields(api: QueryApi) -> None:
    (found,) = api.get("/records/events", **DAY, eventType="projection.skip")["events"]
    assert found == {
        "traceId": trace_id(1),
        "spanId": span_id(2),
        "orchestrationId": "orc_1",
        "component": "daemon",
        "recordedAt": "2026-01-05T12:00:01.000000000Z",
        "eventType": "projection.skip",
        "severity": "warn",
        "message": "message 1",
        "status": "unset",
        "attrs": {"n": "1"},
        "eventId": "e1",
    }


@pytest.mark.parametrize(
    ("filters", "operations"),
    [
        ({}, ["sync_all", "sync_tasks", "orchestrate.advance"]),
        ({"traceId": trace_id(1).upper()}, ["sync_tasks", "orchestrate.advance"]),
        ({"orchestrationId": "orc_1"}, ["orchestrate.advance"]),
        ({"component": "daemon"}, ["sync_all", "orchestrate.advance"]),
        ({"operation": "sync_tasks"}, ["sync_tasks"]),
        ({"status": "error"}, ["sync_tasks"]),
        ({"q": "name:sync_*", "status": "unset"}, ["sync_all"]),
        ({"component": 'no "such" (thing)'}, []),
    ],
)
def test_spans_are_filtered(api: QueryApi, filters: dict[str, str], operations: list[str]) -> None:
    found = api.get("/records/spans", **DAY, **filters)["spans"]
    assert [each["operation"] for each in found] == operations


@pytest.mark.parametrize(
    ("filters", "types"),
    [
        ({}, ["state.transition", "projection.skip", "projection.write"]),
        ({"traceId": trace_id(1)}, ["state.transition", "projection.skip"]),
        ({"spanId": span_id(2)}, ["state.transition", "projection.skip"]),
        ({"orchestrationId": "orc_2"}, ["state.transition"]),
        ({"severity": "info"}, ["state.transition", "projection.write"]),
        ({"severity": ">=warn"}, ["projection.skip"]),
        ({"component": "web"}, []),
        ({"status": "unset", "q": "n:<1"}, ["projection.write"]),
    ],
)
def test_events_are_filtered(api: QueryApi, filters: dict[str, str], types: list[str]) -> None:
    found = api.get("/records/events", **DAY, **filters)["events"]
    assert [each["eventType"] for each in found] == types


def test_a_trace_is_found_whenever_it_was(api: QueryApi) -> None:
    found = api.get("/records/spans", traceId=trace_id(3))["spans"]
    assert [each["operation"] for each in found] == ["old"]
    assert api.get("/records/spans", traceId=trace_id(3), since="2026-01-05T00:00")["spans"] == []


@pytest.mark.parametrize("path", ["/records/spans", "/records/events"])
def test_pages_hold_every_record_once(api: QueryApi, path: str) -> None:
    key = path.rpartition("/")[2]
    pages = api.pages(path, key, **DAY, limit=2)
    assert [len(page) for page in pages] == [2, 1]
    assert len({str(each) for page in pages for each in page}) == 3


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/records/spans", {"traceId": "abc"}),
        ("/records/events", {"spanId": "xyz"}),
        ("/records/events", {"severity": ">=loud"}),
        ("/records/spans", {"status": "nope"}),
        ("/records/events", {"status": "Error"}),
        ("/records/spans", {"limit": 51}),
        ("/records/spans", {"since": "never"}),
        ("/records/spans", {"q": "status:(error"}),
    ],
)
def test_what_cannot_be_read_is_refused(api: QueryApi, path: str, wrong: dict[str, Any]) -> None:
    assert api.error(path, 400, **wrong)["message"].startswith("cannot ")


def test_a_cursor_of_another_question_is_refused(api: QueryApi) -> None:
    cursor = api.get("/records/spans", **DAY, limit=1)["nextCursor"]
    error = api.error("/records/spans", 400, **DAY, limit=1, cursor=cursor, operation="sync_all")
    assert "cursor" in error["message"]
