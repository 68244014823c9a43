"""Lists of logs and events: newest first, pages that fit together."""

from __future__ import annotations

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import SECOND, span_id, trace_id

from sonde.query import logs
from sonde.query.answers import Log
from sonde.query.rows import severity_name
from sonde.query.search import EVERYTHING, parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)


def records(numbers: range, *, spacing_ns: int = SECOND) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": "shop"}))
    scope = resource.scope_logs.add()
    for number in numbers:
        record = scope.log_records.add(time_unix_nano=EPOCH_NS + number * spacing_ns, severity_text="")
        record.severity_number = 9 + number % 2 * 8  # pyright: ignore[reportAttributeAccessIssue]
        record.trace_id = (number % 3 + 1).to_bytes(16)
        record.span_id = (number % 4 + 1).to_bytes(8)
        record.body.string_value = f"record {number}"
        record.event_name = "" if number % 5 else "tick"
        record.attributes.extend(attributes({"n": number}))
    return request


def numbers(found: list[Log]) -> list[int]:
    return [int(each["attributes"]["n"]) for each in found]


def test_logs_are_listed_newest_first_with_every_part(database: Database) -> None:
    insert(database, records(range(3)))
    found, following = logs.search(database, EVERYTHING, ALWAYS, limit=10)
    assert (numbers(found), following) == ([2, 1, 0], None)
    assert found[2] == {
        "id": f"{EPOCH_NS:x}-400000-0",
        "at": "2026-01-05T12:00:00.000000000Z",
        "unixNs": str(EPOCH_NS),
        "observedAt": found[2]["observedAt"],
        "traceId": trace_id(1),
        "spanId": span_id(1),
        "severity": "INFO",
        "severityNumber": 9,
        "service": "shop",
        "component": "shop",
        "body": "record 0",
        "eventName": "tick",
        "attributes": {"n": "0"},
        "resource": {"service.name": "shop"},
        "scope": {"name": "", "version": "", "attributes": {}},
        "flags": 0,
        "status": "unset",
        "runId": "",
        "orchestrationId": "",
        "correlationId": "",
        "sessionId": "",
        "triggerEvent": "",
        "receivedAt": "2026-01-05T12:00:00.000000000Z",
    }


def test_logs_of_a_trace_of_a_span_and_events_are_found(database: Database) -> None:
    insert(database, records(range(24)))
    of_trace = logs.of(EVERYTHING, trace_id=trace_id(2))
    assert numbers(logs.search(database, of_trace, ALWAYS, limit=3)[0]) == [22, 19, 16]
    of_span = logs.of(EVERYTHING, trace_id=trace_id(2), span_id=span_id(3))
    assert numbers(logs.search(database, of_span, ALWAYS, limit=9)[0]) == [22, 10]
    events = logs.of(parse("severity:error OR body:*0"), events=True)
    assert numbers(logs.search(database, events, ALWAYS, limit=9)[0]) == [20, 15, 10, 5, 0]


def test_pages_neither_skip_nor_repeat_while_logs_arrive(database: Database) -> None:
    insert(database, records(range(100), spacing_ns=0), segment=1 << 22)
    seen: list[int] = []
    cursor: str | None = None
    for arrival in range(2, 50):
        found, cursor = logs.search(database, EVERYTHING, ALWAYS, limit=9, cursor=cursor)
        seen += numbers(found)
        if cursor is None:
            break
        insert(database, records(range(1000, 1010), spacing_ns=0), segment=arrival << 22)
    assert sorted(seen) == list(range(100))


def test_each_severity_number_has_its_name() -> None:
    names = [severity_name(number) for number in (0, 1, 4, 5, 9, 10, 13, 17, 21, 24, 25)]
    assert names == ["", "TRACE", "TRACE4", "DEBUG", "INFO", "INFO2", "WARN", "ERROR", "FATAL", "FATAL4", ""]
