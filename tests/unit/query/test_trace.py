"""One trace by its id: assembled from newest versions, wherever in time it is."""

from __future__ import annotations

import gc

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.errors import BadRequest, NotFound
from sonde.query import trace
from sonde.query.collector import paused
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert


def tree(database: Database, number: int) -> list[tuple[str, int, bool]]:
    found = trace.get(database, trace_id(number))
    return [(span["operation"], span["depth"], span["orphan"]) for span in found["spans"]]


def test_a_trace_is_a_tree_of_its_spans(database: Database) -> None:
    insert(
        database,
        request(
            [
                S(1, 3, 2, at=2 * MS, name="leaf", service="db", error=True),
                S(1, 2, 1, at=MS, name="middle", service="cart", length=None),
                S(1, 1, at=0, name="root", length=SECOND),
                S(1, 4, 1, at=5 * MS, name="late", length=2 * SECOND),
                S(2, 9, name="other trace"),
            ]
        ),
    )
    found = trace.get(database, trace_id(1))
    assert [(span["operation"], span["depth"], span["childCount"]) for span in found["spans"]] == [
        ("root", 0, 2),
        ("middle", 1, 1),
        ("leaf", 2, 0),
        ("late", 1, 0),
    ]
    del found["spans"]  # pyright: ignore[reportGeneralTypeIssues]
    assert found == {
        "traceId": trace_id(1),
        "rootService": "shop",
        "rootOperation": "root",
        "startedAt": "2026-01-05T12:00:00.000000000Z",
        "startUnixNs": str(EPOCH_NS),
        "durationNs": 2 * SECOND + 5 * MS,
        "durationMs": 2005.0,
        "spanCount": 4,
        "errorCount": 1,
        "services": ["cart", "db", "shop"],
        "status": "error",
        "isOpen": True,
        "missingRoot": False,
        "truncated": False,
    }


def test_a_missing_parent_leaves_orphans_until_it_arrives(database: Database) -> None:
    insert(
        database, request([S(1, 3, 2, at=2, name="leaf"), S(1, 2, 1, at=1, name="middle")]), segment=1 << 22
    )
    assert tree(database, 1) == [("middle", 0, True), ("leaf", 1, False)]
    assert trace.get(database, trace_id(1))["missingRoot"]
    insert(database, request([S(1, 1, at=0, name="root")]), segment=2 << 22)
    assert tree(database, 1) == [("root", 0, False), ("middle", 1, False), ("leaf", 2, False)]


def test_a_cycle_of_parents_is_shown_once(database: Database) -> None:
    insert(database, request([S(1, 1, 2, at=1, name="a"), S(1, 2, 1, at=2, name="b")]))
    assert tree(database, 1) == [("a", 0, True), ("b", 1, False)]


def test_the_newest_version_of_a_span_is_shown(database: Database) -> None:
    insert(database, request([S(1, 1, length=MS, name="ended")]), segment=1 << 22)
    insert(
        database,
        request([S(1, 1, length=None, name="started"), S(1, 1, length=None, name="again")]),
        segment=2 << 22,
    )
    assert tree(database, 1) == [("ended", 0, False)]


def test_a_version_in_another_hour_or_day_is_the_same_span(database: Database) -> None:
    insert(database, request([S(1, 1, at=0, name="first")]), segment=1 << 22)
    insert(database, request([S(1, 1, at=30 * HOUR, name="second")]), segment=2 << 22)
    assert tree(database, 1) == [("second", 0, False)]


def test_a_trace_is_found_whenever_it_was(database: Database) -> None:
    years = 365 * 24 * HOUR
    insert(database, request([S(1, 1, at=-40 * years), S(1, 2, 1, at=150 * years), S(2, 3, at=5 * years)]))
    assert [span["spanId"] for span in trace.get(database, trace_id(1))["spans"]] == [span_id(1), span_id(2)]
    assert trace.get(database, trace_id(2))["spanCount"] == 1


def test_a_trace_is_found_where_only_the_spans_are_stored(database: Database) -> None:
    insert(database, request([S(1, 1), S(1, 2, 1, at=50 * HOUR)]))
    database.execute("TRUNCATE TABLE otel_traces_trace_id_ts")
    assert trace.get(database, trace_id(1))["spanCount"] == 2


def test_a_trace_beyond_the_limit_says_that_there_is_more(database: Database) -> None:
    insert(database, request(S(1, number, at=number) for number in range(1, 31)))
    found = trace.get(database, trace_id(1), max_spans=10)
    assert (len(found["spans"]), found["spanCount"], found["truncated"]) == (10, 30, True)


@pytest.mark.parametrize("text", [trace_id(0xABC).upper(), f"  {trace_id(0xABC)} "])
def test_an_id_is_read_in_any_case(database: Database, text: str) -> None:
    insert(database, request([S(0xABC, 1)]))
    assert trace.get(database, text)["traceId"] == trace_id(0xABC)


@pytest.mark.parametrize("text", ["", "abc", "0" * 32, "g" * 32, trace_id(1)[1:], trace_id(1) + "0", "%"])
def test_what_is_no_id_is_refused_and_says_how_to_search_for_part_of_one(
    database: Database, text: str
) -> None:
    with pytest.raises(BadRequest, match="32 hexadecimal digits") as caught:
        trace.get(database, text)
    assert "trace:4bf92f35*" in caught.value.hint


def test_an_unknown_id_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match=trace_id(5)):
        trace.get(database, trace_id(5))


def test_the_garbage_collector_runs_again_after_a_great_answer() -> None:
    with paused():
        with paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("max_spans", [trace.MAX_SPANS, 2])
def test_spans_have_their_events_and_links_also_beside_spans_without_any(
    database: Database, max_spans: int
) -> None:
    made = request([S(1, 1), S(1, 2, 1), S(1, 3, 1), S(1, 3, 1, length=None, name="as it was")])
    _, with_event, with_link, open_with_event = [each.scope_spans[0].spans[0] for each in made.resource_spans]
    for span, name in ((with_event, "seen"), (open_with_event, "of the open one")):
        event = span.events.add(time_unix_nano=EPOCH_NS + 5, name=name)
        event.attributes.extend(attributes({"size": 7}))
    link = with_link.links.add(trace_id=(9).to_bytes(16), span_id=(8).to_bytes(8), trace_state="a=b")
    link.attributes.extend(attributes({"why": "retry"}))
    insert(database, made)
    found = {span["spanId"]: span for span in trace.get(database, trace_id(1), max_spans=max_spans)["spans"]}
    event = {
        "name": "seen",
        "at": "2026-01-05T12:00:00.000000005Z",
        "unixNs": str(EPOCH_NS + 5),
        "attributes": {"size": "7"},
    }
    link = {
        "traceId": trace_id(9),
        "spanId": span_id(8),
        "traceState": "a=b",
        "attributes": {"why": "retry"},
    }
    expected = {span_id(1): ([], []), span_id(2): ([event], []), span_id(3): ([], [link])}
    assert max_spans == 2 or found.keys() == expected.keys()
    for identity, span in found.items():
        assert span["operation"] == "as it was" or (span["events"], span["links"]) == expected[identity]
