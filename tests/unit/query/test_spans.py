"""Lists of spans: newest versions only, newest first, pages that fit together."""

from __future__ import annotations

import random

from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.query import spans
from sonde.query.answers import Span
from sonde.query.search import parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)


def segment(number: int) -> int:
    return number << 22


def search(database: Database, text: str = "", limit: int = 100) -> list[Span]:
    return spans.search(database, parse(text), ALWAYS, limit=limit)["spans"]


def ids(found: list[Span]) -> list[int]:
    return [int(span["spanId"], 16) for span in found]


def test_spans_are_listed_newest_first_whatever_trace_and_hour_they_are_of(database: Database) -> None:
    insert(database, request(S(number % 3 + 1, number, at=number * HOUR // 2) for number in range(1, 9)))
    assert ids(search(database)) == [8, 7, 6, 5, 4, 3, 2, 1]


def test_an_open_span_is_shown_as_running_until_its_end_arrives(database: Database) -> None:
    insert(database, request([S(1, 1, length=None)]), segment=segment(1))
    [running] = search(database)
    assert (running["isOpen"], running["durationNs"]) == (True, 0)
    insert(database, request([S(1, 1, length=5 * MS, error=True)]), segment=segment(2))
    [ended] = search(database)
    assert (ended["isOpen"], ended["durationNs"], ended["status"]) == (False, 5 * MS, "error")
    assert search(database, "is:open") == []
    assert search(database, "status:unset") == []
    assert search(database, "duration:<1s") == [ended]


def test_a_late_start_does_not_hide_the_end(database: Database) -> None:
    insert(database, request([S(1, 1, length=5 * MS)]), segment=segment(1))
    insert(database, request([S(1, 1, length=None)]), segment=segment(2))
    assert [(span["isOpen"], span["durationNs"]) for span in search(database)] == [(False, 5 * MS)]


def test_a_span_sent_again_is_listed_once_with_the_values_of_the_last(database: Database) -> None:
    for number, name in enumerate(("first", "second", "third"), 1):
        insert(database, request([S(1, 1, name=name)]), segment=segment(number))
    assert [span["operation"] for span in search(database)] == ["third"]
    assert search(database, "name:first") == []


def test_superseded_versions_do_not_shorten_a_page(database: Database) -> None:
    for version in range(1, 5):
        insert(
            database,
            request(S(1, number, at=number, name=f"v{version}") for number in range(1, 41)),
            segment=segment(version),
        )
    page = spans.search(database, parse("name:v4"), ALWAYS, limit=30)
    assert ids(page["spans"]) == list(range(40, 10, -1))
    old = spans.search(database, parse("name:v1"), ALWAYS, limit=30)
    assert (old["spans"], old["nextCursor"]) == ([], None)


def test_every_part_of_a_span_is_answered(database: Database) -> None:
    made = request([S(0xABC, 0xDEF, 5, at=7, attributes={"user.id": "u1", "n": 3}, state="ot=th:8")])
    span = made.resource_spans[0].scope_spans[0].spans[0]
    event = span.events.add(name="exception", time_unix_nano=EPOCH_NS + 9)
    event.attributes.extend(span.attributes)
    link = span.links.add(trace_id=(9).to_bytes(16), span_id=(8).to_bytes(8), trace_state="a=b")
    link.attributes.extend(span.attributes)
    scope = made.resource_spans[0].scope_spans[0].scope
    scope.name, scope.version = "lib", "2"
    insert(database, made)
    [found] = search(database)
    assert found == {
        "traceId": trace_id(0xABC),
        "spanId": span_id(0xDEF),
        "parentSpanId": span_id(5),
        "traceState": "ot=th:8",
        "operation": "work",
        "kind": "Server",
        "service": "shop",
        "component": "shop",
        "startedAt": "2026-01-05T12:00:00.000000007Z",
        "startUnixNs": str(EPOCH_NS + 7),
        "durationNs": 10 * MS,
        "durationMs": 10.0,
        "isOpen": False,
        "status": "unset",
        "statusCode": "Unset",
        "statusMessage": "",
        "attributes": {"user.id": "u1", "n": "3"},
        "resource": {"service.name": "shop"},
        "scope": {"name": "lib", "version": "2", "attributes": {}},
        "events": [
            {
                "name": "exception",
                "at": "2026-01-05T12:00:00.000000009Z",
                "unixNs": str(EPOCH_NS + 9),
                "attributes": {"user.id": "u1", "n": "3"},
            }
        ],
        "links": [
            {
                "traceId": trace_id(9),
                "spanId": span_id(8),
                "traceState": "a=b",
                "attributes": {"user.id": "u1", "n": "3"},
            }
        ],
        "flags": 0,
        "sampleWeight": 2.0,
        "runId": "",
        "orchestrationId": "",
        "correlationId": "",
        "sessionId": "",
        "triggerEvent": "",
        "receivedAt": "2026-01-05T12:00:00.000000000Z",
    }


def test_times_at_the_ends_of_what_can_be_stored_are_found(database: Database) -> None:
    years = [-50 * 365, -365, 100 * 365]
    insert(database, request(S(1, number, at=days * 24 * HOUR) for number, days in enumerate(years, 1)))
    assert ids(search(database)) == [3, 2, 1]
    recent = TimeRange(EPOCH_NS, MAX_NS)
    assert ids(spans.search(database, parse(""), recent, limit=5)["spans"]) == [3]
    past = TimeRange(MIN_NS, EPOCH_NS)
    assert ids(spans.search(database, parse("service:shop"), past, limit=5)["spans"]) == [2, 1]


def test_pages_neither_skip_nor_repeat_while_spans_arrive(database: Database) -> None:
    rng = random.Random(1)
    # Many spans share a time, so that pages end within it.
    first = [S(rng.randrange(1, 9), number, at=number // 7 * SECOND) for number in range(1, 201)]
    insert(database, request(first), segment=segment(1))
    seen: list[int] = []
    cursor: str | None = None
    for arrival in range(2, 100):
        page = spans.search(database, parse(""), ALWAYS, limit=13, cursor=cursor)
        seen += ids(page["spans"])
        cursor = page["nextCursor"]
        if cursor is None:
            break
        newer = [S(9, 1000 * arrival + number, at=HOUR + number) for number in range(5)]
        ended = [S(span.trace, span.id, at=span.at, name="again") for span in rng.sample(first, 20)]
        insert(database, request([*newer, *ended]), segment=segment(arrival))
        if arrival % 5 == 0:
            database.execute("OPTIMIZE TABLE otel_traces FINAL")
    assert sorted(seen) == list(range(1, 201))
