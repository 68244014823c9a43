"""The overview: components in steps, slowest operations, and the figures of the time before."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request

from sonde.query import failures, overview, services
from sonde.query.overview_answers import Overview
from sonde.query.search import EVERYTHING
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

MINUTE = 60 * SECOND
RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)


def of(database: Database, range_: TimeRange = RANGE) -> Overview:
    """The overview of a range, without its errors."""
    now = overview.figures(database, range_, in_steps=True)
    earlier = overview.figures(database, failures.before(range_), in_steps=False)
    return overview.overview(now, earlier, [], range_)


def test_a_component_has_its_figures_and_its_series(database: Database) -> None:
    spans = [
        S(1, n, at=n * MINUTE // 10, length=n * MS, error=n % 10 == 0, name=f"op{n % 2}")
        for n in range(1, 101)
    ]
    late = [S(1, 200, at=30 * MINUTE, length=None), S(1, 201, at=-MINUTE, length=5 * MS)]
    insert(database, request([*spans, *late]))
    found = of(database)
    [shop] = found["components"]
    series = shop["series"]
    assert (found["stepMs"], found["exact"]) == (60_000, True)
    assert {name: value for name, value in shop.items() if name != "series"} == {
        "component": "shop",
        "spanCount": 101,
        "errorCount": 10,
        "openCount": 1,
        "ratePerS": pytest.approx(101 / 3600),
        "errorRate": pytest.approx(10 / 101),
        "p50Ms": pytest.approx(50, rel=0.03),
        "p95Ms": pytest.approx(95, rel=0.03),
        "p99Ms": pytest.approx(99, rel=0.03),
        "lastSeen": "2026-01-05T12:30:00.000000000Z",
        "before": {
            "spanCount": 1,
            "errorCount": 0,
            "errorRate": 0,
            "p50Ms": pytest.approx(5, rel=0.02),
            "p95Ms": pytest.approx(5, rel=0.02),
            "p99Ms": pytest.approx(5, rel=0.02),
        },
    }
    assert len(series["ms"]) == len(series["spans"]) == len(series["errors"]) == len(series["p95Ms"]) == 60
    assert series["ms"][0] == EPOCH_NS // 10**6
    assert (series["spans"][:2], series["spans"][30], sum(series["spans"])) == ([9, 10], 1, 101)
    assert (sum(series["errors"]), series["p95Ms"][0]) == (10, pytest.approx(9, rel=0.2))
    assert (series["p95Ms"][30], series["p95Ms"][40]) == (None, None)


def test_the_rate_is_that_of_the_time_since_the_first_span_of_all(database: Database) -> None:
    spans = [S(1, 1 + n, at=50 * MINUTE + n * SECOND) for n in range(600)]
    insert(database, request([*spans, S(2, 1, at=58 * MINUTE, service="late")]))
    found = of(database)
    rates = {each["component"]: each["ratePerS"] for each in found["components"]}
    assert rates == {"shop": pytest.approx(1), "late": pytest.approx(1 / 600)}
    assert found["total"]["ratePerS"] == pytest.approx(601 / 600)
    insert(database, request([S(3, 1, at=-MINUTE, service="another")]), segment=2 << 22)
    assert of(database)["total"]["ratePerS"] == pytest.approx(601 / 3600)


def test_one_span_right_after_a_step_began_is_one_in_a_step(database: Database) -> None:
    insert(database, request([S(1, 1, at=HOUR + 1)]))
    found = of(database, TimeRange(RANGE.since_ns + MS, RANGE.until_ns + MS))
    assert found["total"]["ratePerS"] == pytest.approx(1 / 60)


def test_the_slowest_operations_come_first_with_what_they_were_before(database: Database) -> None:
    spans = [S(1, n, length=n * MS, name=f"op{n:02}") for n in range(1, 13)]
    insert(
        database,
        request([*spans, S(1, 99, at=-MINUTE, length=MS, name="op12"), S(1, 98, length=None, name="open")]),
    )
    found = of(database)["operations"]
    assert [each["operation"] for each in found] == [f"op{n:02}" for n in range(12, 2, -1)]
    assert (found[0]["component"], found[0]["service"], found[0]["kind"], found[0]["maxMs"]) == (
        "shop",
        "shop",
        "Server",
        12.0,
    )
    assert found[0]["before"] is not None
    assert (found[0]["before"]["p95Ms"], found[1]["before"]) == (pytest.approx(1, rel=0.02), None)


def test_the_figures_are_those_of_the_services(database: Database) -> None:
    spans = [
        S(n, n, at=n * SECOND, length=n * n * MS, service=f"s{n % 3}", error=n % 7 == 0, state="ot=th:c")
        for n in range(1, 200)
    ]
    insert(database, request(spans))
    known = services.services(database, EVERYTHING, RANGE, limit=10)["services"]
    found = sorted(of(database)["components"], key=lambda each: each["component"])
    shared = ("spanCount", "errorCount", "errorRate", "openCount", "lastSeen", "p50Ms", "p95Ms", "p99Ms")
    assert [[each[name] for name in shared] for each in found] == [
        [each[name] for name in shared] for each in known
    ]
    assert sum(sum(each["series"]["spans"]) for each in found) == 4 * 199


def test_the_total_is_of_all_components_together(database: Database) -> None:
    spans = [S(n, n, at=n * SECOND, length=n * MS, service=f"s{n % 3}") for n in range(1, 201)]
    insert(database, request([*spans, S(1, 999, at=-SECOND, length=7 * MS)]))
    total = of(database)["total"]
    assert (total["component"], total["spanCount"], sum(total["series"]["spans"])) == ("", 200, 200)
    assert (total["p50Ms"], total["p95Ms"]) == (pytest.approx(100, rel=0.03), pytest.approx(190, rel=0.03))
    assert total["before"] is not None
    assert total["before"]["spanCount"] == 1


def test_a_component_without_a_name_is_not_taken_for_the_total(database: Database) -> None:
    insert(database, request([S(1, 1), S(1, 2)]))
    database.execute(
        # As another writer of these tables may leave it: Sonde's own names no service `unknown_service`.
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, Duration) "
        "VALUES (fromUnixTimestamp64Nano({at:Int64}), {id:String}, '00000000000000f0', 'pay', '', 1000000)",
        {"at": EPOCH_NS + MINUTE, "id": "f0" * 16},
    )
    found = of(database)
    sums = {each["component"]: sum(each["series"]["spans"]) for each in found["components"]}
    assert (sums, sum(found["total"]["series"]["spans"])) == ({"shop": 2, "": 1}, 3)


def test_an_operation_without_a_name_is_not_taken_for_its_component(database: Database) -> None:
    spans = [S(1, 1, name="")] + [S(1, n, name="pay") for n in range(2, 42)]
    insert(database, request(spans))
    assert overview.figures(database, RANGE, in_steps=True).places()["shop", ""].spans == 41


def test_spans_sent_twice_count_once(database: Database) -> None:
    for segment in (1, 2):
        insert(
            database, request([S(1, 1), S(1, 2, length=None if segment == 1 else MS)]), segment=segment << 22
        )
    [shop] = of(database)["components"]
    assert (shop["spanCount"], shop["openCount"]) == (2, 0)


def test_without_spans_there_is_nothing(database: Database) -> None:
    found = of(database)
    assert (found["components"], found["operations"], found["changes"]) == ([], [], [])
    assert (found["total"]["spanCount"], found["total"]["p95Ms"], found["total"]["lastSeen"]) == (0, None, "")
    assert found["total"]["series"]["spans"] == [0] * 60


def test_what_changed_is_told(database: Database) -> None:
    before = [S(1, n, at=-n * SECOND, length=10 * MS, name="stays") for n in range(1, 61)]
    before += [S(1, n, at=-n * SECOND, name="leaves", service="old") for n in range(100, 120)]
    now = [S(2, n, at=n * SECOND, length=40 * MS, name="stays", error=n % 4 == 0) for n in range(1, 61)]
    insert(database, request([*before, *now]))
    told = {(each["kind"], each["component"], each["operation"]) for each in of(database)["changes"]}
    assert told == {
        ("gone", "old", ""),
        ("latency", "shop", ""),
        ("latency", "shop", "stays"),
        ("errors", "shop", ""),
        ("errors", "shop", "stays"),
    }
