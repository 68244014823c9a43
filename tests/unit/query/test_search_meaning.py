"""The same search as SQL on the real engine and as a Python predicate: both must find the same records."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from sonde.query.search import Searched, condition, parse, predicate
from sonde.query.search.regex import why_invalid
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, insert

# What would end a literal, a name, a place or a pattern; what numbers look like; letters with two cases.
NASTY = [
    "", "a", "A", "ab", "aXb", "a b", "%", "_", "a%b", "\\", "\\'", "'", "''", "`", '"', ";", "--", "/*",
    "{p0:String}", "{", "}", "\n", "a\nb", "\t", "\x00", "\x7f", "é", "É", "ж", "Ж", "日本", "😀", "NULL",
    "OR 1=1", "') OR ('' = '", "0", "5", "-5", "5.0", "+5", "1e3", "1e400", "0x10", " 5", "5 ", "inf",
    "-inf", "nan", "5.", ".5", "1_000", "٣", "*", "?", "a*b", "/", "(", ")", "x:y", "\\N", "\\0", "%s", "{0}",
]  # fmt: skip
KEYS = [
    "k", "http.route", "user.id", "k'", "k`", "k\\", "k%", "é", "{p1:String}", "a b", "k:k",
    "exception.type", "*",
]  # fmt: skip
NUMBERS = ["0", "5", "-5", "4.99", "1e3", "1000.5"]
REGEXES = [
    "a.b", "^a", "b$", "(?i)A", "^$", ".", "a|b", "\\d+", "[^a]", "\\\\", "é", "(a)(b)?", "\\x00", "a{2,3}",
]  # fmt: skip
SERVICES = ["shop", "Shop", "it's", "日本"]

SPAN_COLUMNS = (
    "TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Component, ScopeName, Status, "
    "StatusCode, StatusMessage, Duration, IsOpen, SpanAttributes, ResourceAttributes, ScopeAttributes, "
    "Events.Name, Events.Attributes, RunId, OrchestrationId, CorrelationId, SessionId, TriggerEvent"
)
LOG_COLUMNS = (
    "TraceId, SpanId, SeverityText, SeverityNumber, ServiceName, Component, ScopeName, Status, Body, "
    "EventName, LogAttributes, ResourceAttributes, ScopeAttributes, RunId, OrchestrationId, "
    "CorrelationId, SessionId, TriggerEvent, Ordinal"
)


def pair(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def spans() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    values = itertools.cycle(NASTY)
    for number in range(2 * len(NASTY)):
        resource = request.resource_spans.add()
        resource.resource.attributes.append(pair("service.name", SERVICES[number % len(SERVICES)]))
        resource.resource.attributes.append(pair(KEYS[number % 5], next(values)))
        scope = resource.scope_spans.add()
        scope.scope.name = "scope" if number % 2 else ""
        scope.scope.attributes.append(pair("k", next(values)))
        span = scope.spans.add(name=next(values), kind=number % 6)  # pyright: ignore[reportArgumentType]
        span.trace_id = (number + 1).to_bytes(16)
        span.span_id = (number + 1).to_bytes(8)
        span.parent_span_id = b"" if number % 3 else (number + 7).to_bytes(8)
        span.start_time_unix_nano = EPOCH_NS + number
        span.end_time_unix_nano = EPOCH_NS + number * 100_000_000 if number % 7 else 0
        span.status.code = number % 3  # pyright: ignore[reportAttributeAccessIssue]
        span.status.message = next(values)
        span.attributes.extend(pair(KEYS[(number + i) % len(KEYS)], next(values)) for i in range(4))
        if number % 4 == 0:
            event = span.events.add(name="exception" if number % 8 else next(values))
            event.attributes.append(pair("exception.message", next(values)))
    return request


def log_records() -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    values = itertools.cycle(NASTY)
    for number in range(2 * len(NASTY)):
        resource = request.resource_logs.add()
        resource.resource.attributes.append(pair("service.name", SERVICES[number % len(SERVICES)]))
        resource.resource.attributes.append(pair(KEYS[number % 5], next(values)))
        record = resource.scope_logs.add().log_records.add(time_unix_nano=EPOCH_NS + number)
        record.severity_number = number % 25  # pyright: ignore[reportAttributeAccessIssue]
        record.severity_text = ["", "INFO", "warn", "Error", "it's"][number % 5]
        record.body.string_value = next(values)
        record.event_name = "" if number % 3 else next(values)
        record.attributes.extend(pair(KEYS[(number + i) % len(KEYS)], next(values)) for i in range(4))
    return request


class Stored:
    """The records, in the store and as Python values."""

    def __init__(self, database: Database, rows: dict[Searched, list[dict[str, Any]]]) -> None:
        self.database = database
        self.rows = rows


@pytest.fixture(scope="module")
def stored(store: Store) -> Generator[Stored, None, None]:
    tenant = store.tenant("nasty")
    insert(tenant, spans(), log_records())
    yield Stored(
        tenant,
        {
            "spans": tenant.query(f"SELECT {SPAN_COLUMNS} FROM otel_traces").dicts(),
            "logs": tenant.query(f"SELECT {LOG_COLUMNS} FROM otel_logs").dicts(),
        },
    )
    tenant.execute(f"DROP DATABASE {tenant.name} SYNC")


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def bare(text: str) -> str:
    """Text in which nothing has a meaning of its own."""
    return "".join(char if char.isalnum() else f"\\{char}" for char in text)


VALUES = st.sampled_from(NASTY) | st.text(max_size=3)
ATTRIBUTES = st.sampled_from(KEYS).map(quoted) | st.sampled_from(
    ["resource.k", "scope.k", "attribute.k", "span.k"]
)
TEXT_FIELDS = [
    "service",
    "component",
    "scope",
    "status",
    "message",
    "trace",
    "run",
    "session",
    "service.name",
    "event",
]
WILDCARDS = (
    st.lists(st.sampled_from(["*", "?"]) | VALUES.map(bare), min_size=1, max_size=3).map("".join).filter(bool)
)
PATTERNS = st.sampled_from(REGEXES).map(lambda regex: f"/{regex}/")
STRINGS = VALUES.map(quoted) | WILDCARDS | PATTERNS
ORDERED = st.builds(
    "{}{}".format, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(NUMBERS)
) | st.builds("{}..{}".format, st.sampled_from(["", "-5", "0"]), st.sampled_from(["5", "1000"]))
SHARED = st.one_of(
    st.builds("{}:{}".format, ATTRIBUTES, STRINGS | ORDERED | st.just("*")),
    st.builds("{}:!={}".format, ATTRIBUTES, VALUES.map(quoted)),
    st.builds("has:{}".format, ATTRIBUTES | st.sampled_from(TEXT_FIELDS)),
    st.builds("{}:{}".format, st.sampled_from(TEXT_FIELDS), STRINGS | st.just("*")),
    VALUES.map(quoted),
    WILDCARDS,
    PATTERNS,
    st.just("is:error"),
    st.just("has:exception"),
)
SPANS_ONLY = st.one_of(
    st.sampled_from(["is:root", "is:open", "duration:*", "kind:server", "kind:Cl*"]),
    st.builds("{}:{}".format, st.sampled_from(["name", "operation", "parent"]), STRINGS),
    st.builds(
        "duration:{}".format,
        st.sampled_from([">1s", "<=500ms", "0.1s..2s", "..1m", "100ms", "0", ">=3.2", "<1h"]),
    ),
)
LOGS_ONLY = st.one_of(
    st.just("is:event"),
    st.builds("body:{}".format, STRINGS),
    st.builds(
        "severity:{}".format,
        st.sampled_from(
            ["warn", "WARNING", "17", ">=warn", "<info", "info..error", "..9", '"it\'s"', "i*", "*", "/r/"]
        ),
    ),
)


def searches(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} OR {})".format, inner, inner),
            st.builds("({} {})".format, inner, inner),
            st.builds("NOT ({})".format, inner),
        ),
        max_leaves=5,
    )


def found_both_ways(stored: Stored, text: str, searched: Searched) -> tuple[set[str], set[str]]:
    tree = parse(text)
    table, identity = ("otel_traces", "SpanId") if searched == "spans" else ("otel_logs", "Ordinal")
    wanted = condition(tree, searched)
    answer = stored.database.query(f"SELECT {identity} FROM {table} WHERE {wanted.sql}", wanted.params)
    matches = predicate(tree, searched)
    return {str(row[0]) for row in answer.rows}, {
        str(row[identity]) for row in stored.rows[searched] if matches(row)
    }


PATIENT = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PATIENT
@given(text=searches(SHARED | SPANS_ONLY))
@example(text="\"k'\":\"') OR ('' = '\"")
@example(text='k:"{p0:String}" "{p1:String}":*')
@example(text='"\\"":"" NOT "%" "_"')
def test_sql_and_predicate_find_the_same_spans(stored: Stored, text: str) -> None:
    by_sql, by_predicate = found_both_ways(stored, text, "spans")
    assert by_sql == by_predicate


@PATIENT
@given(text=searches(SHARED | LOGS_ONLY))
@example(text="body:\"') OR ('' = '\"")
def test_sql_and_predicate_find_the_same_logs(stored: Stored, text: str) -> None:
    by_sql, by_predicate = found_both_ways(stored, text, "logs")
    assert by_sql == by_predicate


@pytest.mark.parametrize("value", NASTY)
def test_each_value_finds_exactly_the_spans_that_have_it(stored: Stored, value: str) -> None:
    expected = {
        row["SpanId"]
        for row in stored.rows["spans"]
        if value in (row["SpanAttributes"].get("k"), row["ResourceAttributes"].get("k"))
    }
    by_sql, by_predicate = found_both_ways(stored, f"k:{quoted(value)}", "spans")
    assert by_sql == by_predicate == expected


def test_numbers_compare_as_numbers(stored: Stored) -> None:
    by_sql, _ = found_both_ways(stored, "k:>=5 k:<1e3", "spans")
    values = {
        row["SpanAttributes"].get("k", row["ResourceAttributes"].get("k"))
        for row in stored.rows["spans"]
        if row["SpanId"] in by_sql
    }
    assert {"5", "5."} <= values
    assert not values & {"a", "", "-5", "1e3", "nan", "5 x"}


@pytest.mark.parametrize("pattern", ["(", "a{1000}{1000}", "(?=a)", "\\1", "(?P<n", "[z-a]", "*"])
def test_an_expression_the_engine_would_refuse_is_refused_before(pattern: str) -> None:
    assert why_invalid(pattern)


@pytest.mark.parametrize("pattern", [*REGEXES, "(?s)a.b", "\\pL", "\\bword\\b", "a{1000}", "(?U)a+"])
def test_an_expression_that_passes_is_one_of_the_engine(stored: Stored, pattern: str) -> None:
    assert why_invalid(pattern) is None
    stored.database.query("SELECT match('x', {p:String})", {"p": pattern})
