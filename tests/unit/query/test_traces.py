"""Lists of traces: what they say of each, their order, pages that fit together while spans arrive."""

from __future__ import annotations

import random
import time
from functools import cache
from typing import Any

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, trace_id

from sonde.query import traces
from sonde.query.answers import TraceSummary
from sonde.query.search import parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)
SEARCHES = ["", "service:shop", "name:work", "is:root OR name:*"]


@cache
def started_ms() -> int:
    """When the first of these tests began. Not when this was imported: a long run imports it long before."""
    return time.time_ns() // 10**6


def segment(number: int) -> int:
    """Ids of segments as the journal makes them now: later ones are greater."""
    return (started_ms() - 1_577_836_800_000 + number) << 22


def search(database: Database, text: str = "", range_: TimeRange = ALWAYS) -> list[TraceSummary]:
    return traces.search(database, parse(text), range_, limit=100)["traces"]


def ids(found: list[TraceSummary]) -> list[int]:
    return [int(trace["traceId"], 16) for trace in found]


def pages(database: Database, text: str, limit: int, **kwargs: Any) -> list[int]:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = traces.search(database, parse(text), ALWAYS, limit=limit, cursor=cursor, **kwargs)
        assert len(page["traces"]) <= limit
        seen += ids(page["traces"])
        cursor = page["nextCursor"]
        if cursor is None:
            return seen


def test_a_trace_is_summed_up(database: Database) -> None:
    insert(
        database,
        request(
            [
                S(1, 1, at=5, length=100 * MS, name="GET /cart", service="web"),
                S(1, 2, 1, at=10 * MS, length=120 * MS, name="call", service="cart", error=True),
                S(1, 3, 2, at=20 * MS, length=None, name="query", service="db"),
            ]
        ),
    )
    assert search(database) == [
        {
            "traceId": trace_id(1),
            "rootService": "web",
            "rootOperation": "GET /cart",
            "hasRoot": True,
            "services": ["cart", "db", "web"],
            "startedAt": "2026-01-05T12:00:00.000000005Z",
            "startUnixNs": str(EPOCH_NS + 5),
            "durationNs": 130 * MS - 5,
            "durationMs": (130 * MS - 5) / MS,
            "spanCount": 3,
            "errorCount": 1,
            "status": "error",
            "isOpen": True,
        }
    ]


def test_a_trace_without_root_is_named_by_its_first_span(database: Database) -> None:
    insert(
        database, request([S(1, 3, 2, at=9, name="later"), S(1, 2, 1, at=1, name="first", service="cart")])
    )
    [found] = search(database)
    assert (found["hasRoot"], found["rootService"], found["rootOperation"]) == (False, "cart", "first")


def test_a_late_root_and_a_span_sent_twice_are_counted_once(database: Database) -> None:
    insert(database, request([S(1, 2, 1, at=10), S(1, 3, 1, at=20, length=None)]), segment=segment(1))
    insert(
        database, request([S(1, 1, at=0, length=SECOND, name="root"), S(1, 2, 1, at=10)]), segment=segment(2)
    )
    insert(database, request([S(1, 3, 1, at=20, length=MS)]), segment=segment(3))
    [found] = search(database)
    assert (found["rootOperation"], found["spanCount"], found["durationNs"], found["isOpen"]) == (
        "root",
        3,
        SECOND,
        False,
    )


@pytest.mark.parametrize("text", SEARCHES)
def test_traces_are_listed_by_their_start_newest_first(database: Database, text: str) -> None:
    spans = [S(trace, trace * 10 + k, at=trace * SECOND + k * MS) for trace in range(1, 30) for k in range(3)]
    random.Random(2).shuffle(spans)
    insert(database, request(spans[:40]), segment=segment(1))
    insert(database, request(spans[40:]), segment=segment(2))
    assert ids(search(database, text)) == list(range(29, 0, -1))
    assert pages(database, text, 4) == list(range(29, 0, -1))


def test_a_long_trace_stands_where_it_began(database: Database) -> None:
    """Its newest spans are hours later, in blocks and partitions of their own."""
    long = [S(7, hour + 1, at=hour * HOUR) for hour in range(30)]
    short = [S(100 + hour, 500 + hour, at=hour * HOUR + SECOND) for hour in range(30)]
    for number, (one, other) in enumerate(zip(long, short, strict=True), 1):
        insert(database, request([one, other]), segment=segment(number))
    expected = [100 + hour for hour in range(29, -1, -1)] + [7]
    for text in SEARCHES:
        assert pages(database, text, 4) == expected
        assert pages(database, text, 50) == expected


def test_a_service_that_joins_late_finds_the_whole_trace(database: Database) -> None:
    insert(database, request([S(1, 1), S(2, 2, at=SECOND)]), segment=segment(1))
    insert(database, request([S(1, 3, 1, at=5 * HOUR, service="late")]), segment=segment(2))
    insert(database, request([S(3, 4, at=2 * SECOND, service="late")]), segment=segment(3))
    assert ids(search(database, "service:late")) == [3, 1]
    assert pages(database, "service:late", 1) == [3, 1]


def test_a_version_that_was_replaced_finds_nothing(database: Database) -> None:
    insert(database, request([S(1, 1, length=None, name="open"), S(2, 2, at=1)]), segment=segment(1))
    insert(database, request([S(1, 1, length=MS, name="ended", error=True)]), segment=segment(2))
    assert ids(search(database, "is:open")) == []
    assert ids(search(database, "name:open")) == []
    assert ids(search(database, "status:error")) == [1]


def test_a_trace_with_thousands_of_matching_spans_hides_no_other(database: Database) -> None:
    many = [S(1, number, at=HOUR + number) for number in range(1, 3001)]
    insert(database, request([*many, *(S(trace, 5000 + trace, at=trace) for trace in range(2, 12))]))
    assert pages(database, "name:work", 3) == [1, *range(11, 1, -1)]


def test_the_range_bounds_when_a_trace_began(database: Database) -> None:
    insert(database, request(S(trace, trace, at=trace * HOUR) for trace in range(1, 6)))
    middle = TimeRange(EPOCH_NS + 2 * HOUR, EPOCH_NS + 4 * HOUR)
    for text in SEARCHES:
        assert ids(search(database, text, middle)) == [3, 2]


@pytest.mark.parametrize("text", SEARCHES)
def test_pages_neither_skip_nor_repeat_while_spans_arrive(database: Database, text: str) -> None:
    """New traces, late spans of traces shown and not yet shown, older starts, ends of open spans, merges."""
    rng = random.Random(3)
    first = [S(trace, trace * 100, trace * 100 + 99, at=trace * SECOND) for trace in range(1, 61)]
    insert(database, request(first), segment=segment(1))
    seen: list[int] = []
    cursor: str | None = None
    for arrival in range(2, 200):
        page = traces.search(database, parse(text), ALWAYS, limit=5, cursor=cursor)
        seen += ids(page["traces"])
        cursor = page["nextCursor"]
        if cursor is None:
            break
        spans = [S(1000 + arrival * 10 + k, k + 1, at=HOUR + arrival) for k in range(3)]
        for trace in rng.sample(range(1, 61), 15):
            own = 1000 * trace + arrival
            late_root = S(trace, own, 9, at=(trace - rng.randrange(30)) * SECOND)
            late_leaf = S(trace, own + 500, own, at=trace * SECOND + rng.randrange(3 * HOUR))
            spans += [late_root, late_leaf]
        insert(database, request(spans), segment=segment(arrival))
        if arrival % 4 == 0:
            database.execute("OPTIMIZE TABLE trace_starts FINAL")
            database.execute("OPTIMIZE TABLE otel_traces FINAL")
    assert sorted(seen) == list(range(1, 61))


@pytest.mark.parametrize("text", SEARCHES)
def test_traces_of_any_year_are_listed(database: Database, text: str) -> None:
    years = [-50, -1, 0, 1, 79, 150]
    insert(
        database, request(S(trace, trace, at=year * 365 * 24 * HOUR) for trace, year in enumerate(years, 1))
    )
    assert pages(database, text, 2) == [6, 5, 4, 3, 2, 1]
    recent = TimeRange(EPOCH_NS - HOUR, MAX_NS)
    assert ids(search(database, text, recent)) == [6, 5, 4, 3]


def test_pages_go_on_when_the_newest_segment_was_taken_back(database: Database) -> None:
    insert(database, request(S(trace, trace, at=trace * SECOND) for trace in range(1, 7)), segment=segment(1))
    insert(database, request([S(7, 7, at=7 * SECOND)]), segment=segment(2))
    first = traces.search(database, parse(""), ALWAYS, limit=2)
    for table in ("otel_traces", "otel_traces_trace_id_ts"):
        database.execute(
            f"DELETE FROM {table} WHERE Segment = {segment(2)} SETTINGS lightweight_deletes_sync = 2"
        )
    second = traces.search(database, parse(""), ALWAYS, limit=2, cursor=first["nextCursor"])
    third = traces.search(database, parse(""), ALWAYS, limit=2, cursor=second["nextCursor"])
    assert [ids(page["traces"]) for page in (first, second, third)] == [[7, 6], [5, 4], [3, 2]]
