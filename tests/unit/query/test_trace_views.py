"""A span of a trace, its operations, its flame graph, what a search finds in it."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, S, request, span_id, trace_id

from sonde.errors import NotFound, SearchSyntaxError
from sonde.query import trace
from sonde.query.search import parse
from sonde.query.span_details import details
from sonde.query.trace_cache import CachedTrace, TraceCache
from sonde.query.trace_find import find
from sonde.query.trace_flame import flame_graph
from sonde.query.trace_operations import operations
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

SPANS = [
    S(1, 1, at=0, name="root", length=100 * MS),
    S(1, 2, 1, at=10 * MS, name="call", service="cart", length=60 * MS, attributes={"note": "Blue Shoes"}),
    S(1, 3, 2, at=20 * MS, name="query", service="db", length=30 * MS, error=True),
    S(1, 4, 2, at=55 * MS, name="query", service="db", length=5 * MS),
    S(1, 5, 1, at=80 * MS, name="sent", length=None),
    S(2, 6, name="query", service="db"),
]


def entry_of(database: Database, number: int = 1) -> CachedTrace:
    return TraceCache(2**26).get(database, trace_id(number))


def found(database: Database, search: str, limit: int = 100) -> tuple[int, list[int]]:
    answer = find(database, entry_of(database), parse(search), limit)
    assert all(int(match["spanId"], 16) == match["index"] + 1 for match in answer["matches"])
    return answer["total"], [match["index"] for match in answer["matches"]]


def test_a_span_is_the_one_of_the_whole_trace_with_its_place(database: Database) -> None:
    insert(database, request(SPANS))
    whole = {span["spanId"]: span for span in trace.get(database, trace_id(1))["spans"]}
    span = details(database, entry_of(database), 3)
    assert {key: span[key] for key in whole[span_id(3)]} == whole[span_id(3)]
    assert (span["startNs"], span["selfNs"], span["logCount"], span["linkedFrom"]) == (
        20 * MS,
        30 * MS,
        0,
        [],
    )
    assert span["ancestors"] == [
        {"spanId": span_id(1), "operation": "root", "service": "shop"},
        {"spanId": span_id(2), "operation": "call", "service": "cart"},
    ]


def test_of_a_span_in_several_versions_the_newest_is_answered(database: Database) -> None:
    insert(database, request([S(1, 1, length=None, name="started")]), segment=1 << 22)
    insert(database, request([S(1, 1, name="ended")]), segment=2 << 22)
    assert details(database, entry_of(database), 1)["operation"] == "ended"


def test_a_span_that_is_not_in_the_trace_is_not_found(database: Database) -> None:
    insert(database, request(SPANS))
    with pytest.raises(NotFound, match=f"no span {span_id(6)} in trace {trace_id(1)}"):
        details(database, entry_of(database), 6)


def test_spans_that_link_to_a_span_are_named_with_it(database: Database) -> None:
    made = request([*SPANS, S(3, 31, at=HOUR, name="job", service="worker"), S(4, 41, at=MS), S(5, 51)])
    spans = {span.span_id: span for each in made.resource_spans for span in each.scope_spans[0].spans}
    for number, trace_number, span_number in ((31, 1, 2), (3, 1, 2), (41, 1, 3), (41, 9, 2), (51, 9, 2)):
        link = spans[number.to_bytes(8)].links.add()
        link.trace_id, link.span_id = trace_number.to_bytes(16), span_number.to_bytes(8)
    insert(database, made)
    assert [
        (each["traceId"], each["spanId"], each["service"], each["operation"])
        for each in details(database, entry_of(database), 2)["linkedFrom"]
    ] == [
        (trace_id(1), span_id(3), "db", "query"),
        (trace_id(3), span_id(31), "worker", "job"),
    ]


def test_operations_come_with_what_they_did_themselves_most_first(database: Database) -> None:
    insert(database, request(SPANS))
    answer = operations(entry_of(database).skeleton)
    assert answer["omitted"] == 0
    assert [
        (each["operation"], each["spanCount"], each["selfNs"] // MS, each["criticalNs"] // MS)
        for each in answer["operations"]
    ] == [("root", 1, 40, 40), ("query", 2, 35, 35), ("call", 1, 25, 25), ("sent", 1, 0, 0)]
    assert answer["operations"][1] == {
        "service": "db",
        "operation": "query",
        "kind": "Server",
        "spanCount": 2,
        "errorCount": 1,
        "totalNs": 35 * MS,
        "selfNs": 35 * MS,
        "criticalNs": 35 * MS,
        "avgNs": 17_500_000,
        "maxNs": 30 * MS,
        "slowestSpanId": span_id(3),
    }


def test_open_spans_count_but_are_in_no_average(database: Database) -> None:
    insert(database, request([S(1, 1, length=40 * MS), S(1, 2, length=None), S(1, 3, length=20 * MS)]))
    [operation] = operations(entry_of(database).skeleton)["operations"]
    assert (operation["spanCount"], operation["avgNs"]) == (3, 30 * MS)


def test_a_flame_graph_has_services_and_operations(database: Database) -> None:
    insert(database, request(SPANS))
    answer = flame_graph(entry_of(database), 3)
    assert (answer["totalNs"], answer["omitted"]) == (100 * MS, 1)
    assert [
        (frame["depth"], frame["operation"], frame["offsetNs"], frame["totalNs"])
        for frame in answer["frames"]
    ] == [(0, "root", 0, 100 * MS), (1, "call", 0, 60 * MS), (2, "query", 0, 35 * MS)]
    assert answer["frames"][2] == {
        "depth": 2,
        "offsetNs": 0,
        "totalNs": 35 * MS,
        "durationNs": 35 * MS,
        "selfNs": 35 * MS,
        "spanCount": 2,
        "errorCount": 1,
        "service": "db",
        "operation": "query",
        "spanId": span_id(3),
    }


@pytest.mark.parametrize(
    ("search", "places"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("QUERY", [2, 3]),
        ("blue", [1]),
        ("CAR", [1]),
        ("CA*T", [1]),
        ("/^ca.t$/", [1]),
        ("-cart -db", [0, 4]),
        ("(cart OR sent)", [1, 4]),
        ("status:error", [2]),
        ("service:db duration:<10ms", [3]),
        ("is:open", [4]),
        ('note:"Blue Shoes"', [1]),
        ("%", []),
    ],
)
def test_a_search_finds_spans_of_this_trace_by_all_that_a_row_shows(
    database: Database, search: str, places: list[int]
) -> None:
    insert(database, request(SPANS))
    assert found(database, search) == (len(places), places)


def test_status_messages_and_attributes_of_events_are_found(database: Database) -> None:
    made = request(SPANS)
    spans = [each.scope_spans[0].spans[0] for each in made.resource_spans]
    spans[0].status.message = "out of stock"
    spans[3].events.add(name="exception").attributes.add(key="m").value.string_value = "Deadlock"
    insert(database, made)
    assert found(database, '"of stock"') == (1, [0])
    assert found(database, "deadlock") == (1, [3])


def test_matches_beyond_the_limit_are_counted(database: Database) -> None:
    insert(database, request(SPANS))
    assert found(database, "", 2) == (5, [0, 1])


def test_only_the_newest_version_of_a_span_is_found(database: Database) -> None:
    insert(database, request([S(1, 1, length=None, name="started")]), segment=1 << 22)
    insert(database, request([S(1, 1, name="ended")]), segment=2 << 22)
    assert found(database, "started") == (0, [])
    assert found(database, "ended") == (1, [0])


def test_what_arrives_is_found_at_once(database: Database) -> None:
    cache = TraceCache(2**26)
    insert(database, request([S(1, 1)]), segment=1 << 22)
    search = parse("late")
    assert find(database, cache.get(database, trace_id(1)), search, 9)["total"] == 0
    insert(database, request([S(1, 2, 1, name="late")]), segment=2 << 22)
    assert find(database, cache.get(database, trace_id(1)), search, 9)["total"] == 1


def test_a_search_that_names_what_spans_do_not_have_is_refused(database: Database) -> None:
    insert(database, request(SPANS))
    with pytest.raises(SearchSyntaxError):
        found(database, "severity:error")


def test_times_are_from_the_start_of_the_trace(database: Database) -> None:
    insert(database, request([S(1, 1, at=-5 * HOUR), S(1, 2, 1, at=-4 * HOUR)]))
    span = details(database, entry_of(database), 2)
    assert (span["startNs"], int(span["startUnixNs"])) == (HOUR, EPOCH_NS - 4 * HOUR)
