"""Pages of a trace's visible rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.unit.query.otlp import MS, S, request, span_id, trace_id

from sonde.errors import NotFound
from sonde.query import trace, tree_page
from sonde.query.trace_answers import TreePage
from sonde.query.trace_cache import TraceCache
from sonde.query.tree_page import Wanted
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

SPANS = [
    S(1, 1, at=0, name="root", length=100 * MS),
    S(1, 2, 1, at=10 * MS, name="call", service="cart", length=60 * MS),
    S(1, 3, 2, at=20 * MS, name="query", service="db", length=30 * MS, error=True),
    S(1, 4, 1, at=80 * MS, name="sent", length=MS),
]


def page(database: Database, offset: int | None = None, limit: int = 100, **wanted: Any) -> TreePage:
    entry = TraceCache(2**26).get(database, trace_id(1))
    return tree_page.page(database, entry, Wanted(offset, limit, **wanted))


def rows(found: TreePage) -> list[tuple[Any, ...]]:
    return [(row["row"], row["operation"] if row["kind"] == "span" else row["kind"]) for row in found["rows"]]


def _only(answer: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: answer[key] for key in keys}


def test_a_row_says_what_is_drawn_of_a_span(database: Database) -> None:
    made = request(SPANS)
    call = made.resource_spans[1].scope_spans[0].spans[0]
    call.events.add(time_unix_nano=EPOCH_NS + 15 * MS, name="retry")
    exception = call.events.add(time_unix_nano=EPOCH_NS + 65 * MS, name="exception")
    exception.attributes.add(key="exception.type").value.string_value = "TimeoutError"
    call.links.add(trace_id=(9).to_bytes(16), span_id=(9).to_bytes(8))
    insert(database, made)
    found = page(database)
    assert (found["total"], found["offset"], found["revealed"]) == (4, 0, None)
    assert found["rows"][1] == {
        "kind": "span",
        "spanId": span_id(2),
        "parentSpanId": span_id(1),
        "row": 1,
        "index": 1,
        "depth": 1,
        "childCount": 1,
        "descendantCount": 1,
        "isExpanded": True,
        "orphan": False,
        "service": "cart",
        "component": "cart",
        "operation": "call",
        "spanKind": "Server",
        "startNs": 10 * MS,
        "durationNs": 60 * MS,
        "selfNs": 30 * MS,
        "selfParts": [(10 * MS, 20 * MS), (50 * MS, 70 * MS)],
        "status": "unset",
        "statusCode": "Unset",
        "isOpen": False,
        "error": False,
        "critical": [(10 * MS, 20 * MS), (50 * MS, 70 * MS)],
        "events": [{"ns": 15 * MS, "name": "retry"}, {"ns": 65 * MS, "name": "exception"}],
        "eventCount": 2,
        "exception": "TimeoutError",
        "linkCount": 1,
        "logCount": 0,
        "errorBelow": 1,
        "sampleWeight": 1.0,
        "matches": False,
    }


def test_unfolded_pages_have_the_order_of_the_whole_trace(database: Database) -> None:
    # Parents after their children, orphans, a cycle, versions, several hours.
    spans = [S(1, n, n * 7 % 40, at=n * 13 % 11 * MS, name=f"v{n}") for n in range(1, 38)]
    insert(database, request(spans), segment=1 << 22)
    insert(database, request([S(1, 5, 3, at=99 * MS, name="newer")]), segment=2 << 22)
    whole = trace.get(database, trace_id(1))["spans"]
    paged = [row for start in range(0, 40, 10) for row in page(database, start, 10)["rows"]]
    keys = ("spanId", "parentSpanId", "operation", "depth", "orphan", "durationNs", "status")
    assert [_only(row, keys) for row in paged] == [_only(span, keys) for span in whole]
    assert [row["row"] for row in paged] == list(range(37))


def test_folded_spans_leave_no_gap_in_the_rows(database: Database) -> None:
    insert(database, request(SPANS))
    found = page(database, closed=[2])
    assert rows(found) == [(0, "root"), (1, "call"), (2, "sent")]
    assert [row["index"] for row in found["rows"] if row["kind"] == "span"] == [0, 1, 3]
    assert [row["isExpanded"] for row in found["rows"] if row["kind"] == "span"] == [True, False, False]
    assert rows(page(database, level=1, opened=[1])) == [(0, "root"), (1, "call"), (2, "sent")]
    assert rows(page(database, 1, 1, level=2)) == [(1, "call")]


def test_ids_that_are_not_in_the_trace_fold_nothing(database: Database) -> None:
    insert(database, request(SPANS))
    assert page(database, opened=[2**64 - 1], closed=[0, 77])["total"] == 4


def test_a_span_to_reveal_is_unfolded_and_in_the_middle_of_its_page(database: Database) -> None:
    insert(
        database, request([S(1, 1), *(S(1, n, n - n % 2 - 1 if n > 2 else 1, at=n) for n in range(2, 402))])
    )
    found = page(database, None, 20, level=2, closed=[1], reveal=300)
    row = next(row for row in found["rows"] if row["spanId"] == span_id(300))
    assert row["row"] == found["revealed"]
    assert found["openedIds"][0] == span_id(1)
    assert found["openedIds"][-1] == row["parentSpanId"] if row["kind"] == "span" else False
    assert abs(row["row"] - found["offset"] - 10) <= 10
    assert page(database, 0, 20, level=2, reveal=300)["offset"] == 0
    with pytest.raises(NotFound, match=f"no span {span_id(999)} in trace {trace_id(1)}"):
        page(database, reveal=999)


def test_a_page_beyond_the_end_is_empty_and_says_how_many_rows_there_are(database: Database) -> None:
    insert(database, request(SPANS))
    found = page(database, 4)
    assert (found["rows"], found["total"]) == ([], 4)


def test_an_open_span_has_no_duration_yet(database: Database) -> None:
    insert(database, request([S(1, 1, length=None), S(1, 2, 1, at=MS)]))
    row = page(database)["rows"][0]
    assert row["kind"] == "span"
    assert (row["isOpen"], row["durationNs"], row["selfNs"]) == (True, 0, 0)


def test_of_a_deep_trace_the_nearest_ancestors_are_named(database: Database) -> None:
    insert(database, request(S(1, n, n - 1) for n in range(1, 1503)))
    opened = page(database, 0, 1, level=1, reveal=1502)["openedIds"]
    assert opened == [span_id(number) for number in range(502, 1502)]
