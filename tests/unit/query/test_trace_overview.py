"""A trace at a glance."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.query import trace
from sonde.query.trace_answers import TraceOverview
from sonde.query.trace_cache import TraceCache
from sonde.query.trace_overview import overview
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

YEAR = 365 * 24 * HOUR


def of(database: Database, number: int = 1) -> TraceOverview:
    return overview(database, TraceCache(2**26).get(database, trace_id(number)))


SPANS = [
    S(1, 1, at=0, name="root", length=100 * MS),
    S(1, 2, 1, at=10 * MS, name="call", service="cart", length=60 * MS),
    S(1, 3, 2, at=20 * MS, name="query", service="db", length=30 * MS, error=True),
    S(1, 4, 1, at=5 * MS, name="sent", length=20 * MS),
]


def test_it_says_how_long_the_trace_was_who_took_part_and_what_it_waited_for(database: Database) -> None:
    insert(database, request(SPANS))
    found = of(database)
    assert found == {
        "traceId": trace_id(1),
        "version": found["version"],
        "rootService": "shop",
        "rootOperation": "root",
        "startedAt": "2026-01-05T12:00:00.000000000Z",
        "startUnixNs": str(EPOCH_NS),
        "durationNs": 100 * MS,
        "durationMs": 100.0,
        "spanCount": 4,
        "errorCount": 1,
        "openCount": 0,
        "status": "error",
        "isOpen": False,
        "missingRoot": False,
        "truncated": False,
        "maxDepth": 2,
        "levels": [1, 2, 1],
        "services": [
            {"service": "shop", "spanCount": 2, "errorCount": 0, "selfNs": 55 * MS},
            {"service": "cart", "spanCount": 1, "errorCount": 0, "selfNs": 30 * MS},
            {"service": "db", "spanCount": 1, "errorCount": 1, "selfNs": 30 * MS},
        ],
        "criticalPath": [
            {"spanId": span_id(1), "fromNs": 0, "toNs": 10 * MS},
            {"spanId": span_id(2), "fromNs": 10 * MS, "toNs": 20 * MS},
            {"spanId": span_id(3), "fromNs": 20 * MS, "toNs": 50 * MS},
            {"spanId": span_id(2), "fromNs": 50 * MS, "toNs": 70 * MS},
            {"spanId": span_id(1), "fromNs": 70 * MS, "toNs": 100 * MS},
        ],
        "criticalOmitted": 0,
        "minimap": [
            minimap(0, 0, 100, 0, critical=True),
            minimap(1, 5, 25, 0, critical=False),
            minimap(2, 10, 70, 1, critical=True),
            minimap(3, 20, 50, 2, critical=True) | {"error": True},
        ],
        "logCount": 0,
        "entities": [],
        "runs": [],
        "orchestrationIds": [],
        "correlationIds": [],
        "sessionIds": [],
        "conversationIds": [],
        "triggerEvents": [],
        "lastReceivedAt": "2026-01-05T12:00:00.000000000Z",
    }


def minimap(row: int, start_ms: int, end_ms: int, service: int, *, critical: bool) -> dict[str, object]:
    return {
        "row": row,
        "fromNs": start_ms * MS,
        "toNs": end_ms * MS,
        "service": service,
        "error": False,
        "critical": critical,
    }


def test_it_agrees_with_the_whole_trace(database: Database) -> None:
    insert(database, request([*SPANS, S(1, 9, 77, at=-MS, length=None, name="lost")]))
    whole, found = trace.get(database, trace_id(1)), of(database)
    for key in (
        "rootService", "rootOperation", "startUnixNs", "spanCount", "errorCount", "status", "isOpen",
        "missingRoot",
    ):  # fmt: skip
        assert found[key] == whole[key]


def test_ids_entities_and_runs_that_spans_name_are_gathered(database: Database) -> None:
    run = {"sonde.run.id": "run_1", "sonde.run.url": "https://ci/1", "sonde.run.job": "billing"}
    insert(
        database,
        request(
            [
                S(1, 1, attributes={**run, "sonde.entity.payment": '["pym_1", "pym_2"]'}),
                S(1, 2, 1, attributes={**run, "sonde.entity.payment": "pym_2", "session.id": "s1"}),
                S(1, 3, 1, attributes={"correlation.id": "c1", "sonde.orchestration.id": "o1"}),
                S(1, 4, 1, attributes={"correlation.id": "c1", "sonde.pipeline.trigger_event": "signin"}),
                S(1, 5, 1, attributes={"sonde.entity.order": "[broken"}),
                S(1, 6, 1, attributes={"gen_ai.system": "openai", "session.id": "s2"}),
            ]
        ),
    )
    found = of(database)
    assert found["entities"] == [
        {"type": "payment", "id": "pym_2", "spanCount": 2},
        {"type": "order", "id": "[broken", "spanCount": 1},
        {"type": "payment", "id": "pym_1", "spanCount": 1},
    ]
    assert found["runs"] == [{"runId": "run_1", "url": "https://ci/1", "job": "billing"}]
    assert found["orchestrationIds"] == ["o1"]
    assert found["correlationIds"] == ["c1"]
    assert (found["sessionIds"], found["conversationIds"]) == (["s1", "s2"], ["s2"])
    assert found["triggerEvents"] == ["signin"]


def test_an_open_root_lasts_as_long_as_what_is_known_below_it(database: Database) -> None:
    insert(database, request([S(1, 1, length=None), S(1, 2, 1, at=MS, length=SECOND)]))
    found = of(database)
    assert (found["isOpen"], found["openCount"], found["durationNs"]) == (True, 1, SECOND + MS)
    assert found["criticalPath"] == [
        {"spanId": span_id(1), "fromNs": 0, "toNs": MS},
        {"spanId": span_id(2), "fromNs": MS, "toNs": SECOND + MS},
    ]


def test_a_missing_root_is_said_and_the_path_leads_through_what_is_there(database: Database) -> None:
    insert(database, request([S(1, 2, 1, at=0), S(1, 3, 1, at=20 * MS)]))
    found = of(database)
    assert found["missingRoot"]
    assert [each["spanId"] for each in found["criticalPath"]] == [span_id(2), span_id(3)]


@pytest.mark.parametrize("at", [-56 * YEAR, 170 * YEAR])
def test_a_trace_of_another_century_has_offsets_from_its_own_start(database: Database, at: int) -> None:
    insert(database, request([S(1, 1, at=at), S(1, 2, 1, at=at + MS, length=2 * MS)]))
    found = of(database)
    assert (found["durationNs"], found["minimap"][1]["fromNs"]) == (10 * MS, MS)


def test_spans_two_centuries_apart_are_one_trace(database: Database) -> None:
    insert(database, request([S(1, 1, at=-56 * YEAR, length=MS), S(1, 2, 1, at=170 * YEAR)]))
    found = of(database)
    assert found["durationNs"] == 226 * YEAR + 10 * MS
    assert [(each["spanId"], each["toNs"]) for each in found["criticalPath"]] == [
        (span_id(1), MS),
        (span_id(2), found["durationNs"]),
    ]


def test_a_trace_that_took_no_time_has_an_empty_path(database: Database) -> None:
    insert(database, request([S(1, 1, length=0), S(1, 2, 1, length=0)]))
    found = of(database)
    assert (found["durationNs"], found["criticalPath"], found["spanCount"]) == (0, [], 2)


def test_parents_in_a_cycle_are_counted_once(database: Database) -> None:
    insert(database, request([S(1, 1, 2, at=1), S(1, 2, 1, at=2), S(1, 3, 3)]))
    assert of(database)["levels"] == [2, 1]


def test_the_picture_of_a_large_trace_shows_its_errors(database: Database) -> None:
    insert(database, request(S(1, n, n > 1, at=n, error=n in (77, 1404)) for n in range(1, 3001)))
    found = of(database)
    assert len(found["minimap"]) == 500
    assert sum(each["error"] for each in found["minimap"]) == 2
    rows = [each["row"] for each in found["minimap"]]
    assert rows == sorted(rows)
    assert all(position * 6 <= row < position * 6 + 6 for position, row in enumerate(rows))
