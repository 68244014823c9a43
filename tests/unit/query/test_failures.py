"""Failures in groups: what is alike, what is told once, what is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.errors import BadRequest, SearchSyntaxError
from sonde.query import failures
from sonde.query.error_answers import ErrorGroup
from sonde.query.search import EVERYTHING, parse
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)


@dataclass(frozen=True)
class Raised:
    """An exception: what its event or log record says."""

    kind: str
    message: str
    escaped: str = ""

    @property
    def attributes(self) -> Mapping[str, str]:
        """As OpenTelemetry names them."""
        found = {"exception.type": self.kind, "exception.message": self.message}
        return found | ({"exception.escaped": self.escaped} if self.escaped else {})


def raised(span: S, *exceptions: Raised) -> ExportTraceServiceRequest:
    """The span, with events of these exceptions."""
    made = request([span])
    for exception in exceptions:
        event = made.resource_spans[0].scope_spans[0].spans[0].events.add(name="exception")
        event.time_unix_nano = EPOCH_NS + span.at
        event.attributes.extend(attributes(dict(exception.attributes)))
    return made


def logged(exception: Raised, *, trace: int = 0, span: int = 0, at: int = 0) -> ExportLogsServiceRequest:
    """A log record of the exception."""
    made = ExportLogsServiceRequest()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": "shop"}))
    record = resource.scope_logs.add().log_records.add(time_unix_nano=EPOCH_NS + at, severity_number=17)
    record.body.string_value = "it failed"
    if trace:
        record.trace_id, record.span_id = trace.to_bytes(16), span.to_bytes(8)
    record.attributes.extend(attributes(dict(exception.attributes)))
    return made


def groups(database: Database, text: str = "", range_: TimeRange = RANGE) -> list[ErrorGroup]:
    """The groups of a search."""
    return failures.groups(database, parse(text), range_, known=frozenset(), limit=100)["groups"]


def test_exceptions_that_differ_in_numbers_ids_and_quotations_are_one_group(database: Database) -> None:
    messages = [
        "no answer of 'stock-1' within 0.4 s (id 4bf92f3577b34da6)",
        "no answer of 'prices' within 12 s (id 00f067aa0ba902b7)",
        'no answer of "it\'s" within 3 s (id 7)',
    ]
    for number, message in enumerate(messages, 1):
        span = S(number, number, at=number * SECOND, name="GET /cart", error=True)
        insert(database, raised(span, Raised("TimeoutError", message)), segment=number << 22)
    [found] = groups(database)
    series = found["series"]
    assert found["fingerprint"]
    assert {name: value for name, value in found.items() if name not in ("series", "fingerprint")} == {
        "exceptionType": "TimeoutError",
        "message": messages[-1],
        "service": "shop",
        "component": "shop",
        "operation": "GET /cart",
        "count": 3,
        "traceCount": 3,
        "firstSeen": "2026-01-05T12:00:01.000000000Z",
        "lastSeen": "2026-01-05T12:00:03.000000000Z",
        "sampleTraceIds": [trace_id(3), trace_id(2), trace_id(1)],
        "sampleSpanId": span_id(3),
        "handled": None,
        "isNew": True,
    }
    assert (len(series["ms"]), sum(series["counts"]), series["counts"][0]) == (60, 3, 3)
    assert series["ms"][:2] == [EPOCH_NS // 10**6, EPOCH_NS // 10**6 + 60_000]


def test_another_type_service_operation_or_wording_is_another_group(database: Database) -> None:
    spans = [
        (S(1, 1, error=True), Raised("A", "can't reach it")),
        (S(1, 2, error=True), Raised("B", "can't reach it")),
        (S(1, 3, error=True, service="cart"), Raised("A", "can't reach it")),
        (S(1, 4, error=True, name="other"), Raised("A", "can't reach it")),
        (S(1, 5, error=True), Raised("A", "can't find it")),
    ]
    for number, (span, exception) in enumerate(spans, 1):
        insert(database, raised(span, exception), segment=number << 22)
    assert [group["count"] for group in groups(database)] == [1] * 5
    assert len({group["fingerprint"] for group in groups(database)}) == 5


def test_a_span_that_failed_without_an_exception_is_told_with_its_error_type(database: Database) -> None:
    insert(
        database,
        request(
            [
                S(1, 1, error=True, attributes={"error.type": "503"}),
                S(1, 2),
                S(2, 3, at=1, error=True, length=None),
            ]
        ),
    )
    [found] = groups(database)
    assert (found["count"], found["sampleSpanId"], found["exceptionType"]) == (2, span_id(3), "")
    [found] = groups(database, "error.type:503")
    assert (found["exceptionType"], found["traceCount"], found["message"]) == ("503", 1, "")


def test_log_records_with_an_exception_are_told_unless_their_span_tells_it(database: Database) -> None:
    insert(database, raised(S(1, 1, name="pay", error=True), Raised("A", "a")), segment=1 << 22)
    insert(database, request([S(2, 2, name="book", error=True)]), segment=2 << 22)
    for number, log in enumerate(
        [
            logged(Raised("A", "a"), trace=1, span=1),
            logged(Raised("B", "b"), trace=1, span=1, at=1),
            logged(Raised("C", "c"), trace=2, span=2, at=2),
            logged(Raised("D", "d"), at=3),
        ],
        3,
    ):
        insert(database, log, segment=number << 22)
    found = [
        (
            group["exceptionType"],
            group["operation"],
            group["count"],
            group["sampleTraceIds"],
            group["sampleSpanId"],
        )
        for group in groups(database)
    ]
    assert found == [
        ("D", "", 1, [], ""),
        ("C", "book", 1, [trace_id(2)], span_id(2)),
        ("B", "pay", 1, [trace_id(1)], span_id(1)),
        ("A", "pay", 1, [trace_id(1)], span_id(1)),
    ]


@pytest.mark.parametrize(
    ("error", "escaped", "handled"),
    [
        (True, "", None),
        (True, "true", False),
        (True, "False", True),
        (False, "", True),
        (False, "True", False),
    ],
)
def test_what_the_program_caught_is_told(
    database: Database, error: bool, escaped: str, handled: bool | None
) -> None:
    insert(database, raised(S(1, 1, error=error), Raised("A", "a", escaped)))
    assert [group["handled"] for group in groups(database)] == [handled]


def test_groups_are_told_in_pages_and_those_of_the_time_before_are_not_new(database: Database) -> None:
    early = [raised(S(9, 90 + n, at=-30 * 60 * SECOND, error=True), Raised(f"T{n}x", "m")) for n in range(2)]
    now = [raised(S(n, n + 1, at=n * MS, error=True), Raised(f"T{n}x", "m")) for n in range(1, 6)]
    for number, each in enumerate([*early, *now], 1):
        insert(database, each, segment=number << 22)
    known = failures.fingerprints(database, EVERYTHING, failures.before(RANGE))
    assert known is not None
    assert len(known) == 2
    told: list[tuple[str, bool]] = []
    cursor = None
    for _ in range(3):
        page = failures.groups(database, EVERYTHING, RANGE, known=known, limit=2, cursor=cursor, question="q")
        told += [(group["exceptionType"], group["isNew"]) for group in page["groups"]]
        cursor = page["nextCursor"]
    assert cursor is None
    assert told == [("T5x", True), ("T4x", True), ("T3x", True), ("T2x", True), ("T1x", False)]
    with pytest.raises(BadRequest, match="cannot go on"):
        failures.groups(database, EVERYTHING, RANGE, known=known, limit=2, cursor="x", question="q")


def test_nothing_is_new_where_nothing_is_stored_of_the_time_before(database: Database) -> None:
    insert(database, raised(S(1, 1, error=True), Raised("T", "m")))
    known = failures.fingerprints(database, EVERYTHING, failures.before(RANGE))
    page = failures.groups(database, EVERYTHING, RANGE, known=known, limit=2)
    assert [group["isNew"] for group in page["groups"]] == [False]
    insert(database, request([S(2, 2, at=-30 * 60 * SECOND)]), segment=9 << 22)
    assert failures.fingerprints(database, EVERYTHING, failures.before(RANGE)) == frozenset()


def test_a_search_of_one_kind_of_record_finds_failures_of_that_kind(database: Database) -> None:
    insert(database, raised(S(1, 1, error=True, length=2 * SECOND), Raised("A", "a")), segment=1 << 22)
    insert(database, logged(Raised("B", "b")), segment=2 << 22)
    assert [group["exceptionType"] for group in groups(database, "duration:>1s")] == ["A"]
    assert [group["exceptionType"] for group in groups(database, "severity:error")] == ["B"]
    assert {group["exceptionType"] for group in groups(database, "service:shop")} == {"A", "B"}
    with pytest.raises(SearchSyntaxError):
        groups(database, "duration:>1s severity:error")


def test_hostile_messages_are_data(database: Database) -> None:
    for number, message in enumerate(["it's {x:String} \\ ' \" `", "é" * 100_000, "\x00", ""], 1):
        span = S(number, number, at=number, error=True, name=message[:20])
        insert(database, raised(span, Raised("A'b", message)), segment=number << 22)
    assert [len(group["message"]) for group in groups(database)] == [0, 1, 1000, 23]


def test_failures_sent_twice_count_once(database: Database) -> None:
    for segment in (1, 2):
        insert(database, raised(S(1, 1, error=True), Raised("A", "a")), segment=segment << 22)
    assert [group["count"] for group in groups(database)] == [1]
