"""Log records among a trace's visible rows."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import MS, S, request, span_id, trace_id

from sonde.query import tree_page
from sonde.query.trace_answers import TreePage
from sonde.query.trace_cache import TraceCache
from sonde.query.tree_page import Wanted
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert


@pytest.fixture
def logged(database: Database) -> Database:
    """Three spans: the first has a log record, the second 25 that came in disorder, the third none."""
    made = ExportLogsServiceRequest()
    records = made.resource_logs.add().scope_logs.add().log_records
    for span, number in [(1, 0), *((2, number) for number in reversed(range(25)))]:
        record = records.add(
            time_unix_nano=EPOCH_NS + number * MS,
            severity_number=9,  # pyright: ignore[reportArgumentType] -- the enumeration's number
            trace_id=(1).to_bytes(16),
            span_id=span.to_bytes(8),
            event_name="noted" if span == 1 else "",
        )
        record.body.string_value = f"{number} " + "é" * 600
    insert(database, request([S(1, 1), S(1, 2, 1, at=1), S(1, 3, 1, at=2)]), made)
    return database


def page(database: Database, offset: int, limit: int, **wanted: Any) -> TreePage:
    entry = TraceCache(2**26).get(database, trace_id(1))
    return tree_page.page(database, entry, Wanted(offset, limit, logs=True, **wanted))


def test_each_span_is_followed_by_its_first_records_and_by_how_many_more_there_are(logged: Database) -> None:
    found = page(logged, 0, 100)
    kinds = ["span", "log", "span", *["log"] * 20, "more", "span"]
    assert [row["kind"] for row in found["rows"]] == kinds
    assert [row["row"] for row in found["rows"]] == list(range(25))
    assert found["total"] == 25
    assert found["rows"][1] == {
        "kind": "log",
        "row": 1,
        "depth": 1,
        "spanId": span_id(1),
        "ns": 0,
        "severity": "INFO",
        "severityNumber": 9,
        "body": "0 " + "é" * 498,
        "eventName": "noted",
        "id": found["rows"][1]["id"] if found["rows"][1]["kind"] == "log" else "",
    }
    assert [row["ns"] for row in found["rows"] if row["kind"] == "log"] == [
        number * MS for number in (0, *range(20))
    ]
    assert found["rows"][23] == {
        "kind": "more", "row": 23, "depth": 2, "spanId": span_id(2), "logCount": 5,
    }  # fmt: skip


def test_pages_cut_anywhere_have_the_same_rows(logged: Database) -> None:
    whole = page(logged, 0, 100)["rows"]
    for size in (1, 2, 7):
        assert [row for start in range(0, 25, size) for row in page(logged, start, size)["rows"]] == whole


def test_a_folded_span_keeps_its_records_those_below_go(logged: Database) -> None:
    assert [row["kind"] for row in page(logged, 0, 100, closed=[1])["rows"]] == ["span", "log"]


def test_a_revealed_span_is_counted_with_the_records_above_it(logged: Database) -> None:
    found = page(logged, 0, 100, reveal=3)
    assert found["revealed"] == 24
