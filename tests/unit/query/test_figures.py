"""Services, operations, counts and attributes: aggregates over the newest versions of spans, and logs."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request

from sonde.errors import BadRequest
from sonde.query import attributes, counts, exactness, logs, services
from sonde.query.search import EVERYTHING, parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, example_logs, example_metrics, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)
DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)


def test_a_service_is_summed_up(database: Database) -> None:
    spans = [S(1, number, at=number, length=number * MS, error=number % 10 == 0) for number in range(1, 101)]
    insert(database, request([*spans, S(1, 200, at=500, length=None), S(1, 300, service="cart")]))
    found = services.services(database, EVERYTHING, ALWAYS, limit=10)
    cart, shop = found["services"]
    assert found["exact"]
    assert (cart["service"], cart["spanCount"], cart["errorRate"]) == ("cart", 1, 0)
    assert shop == {
        "service": "shop",
        "spanCount": 101,
        "errorCount": 10,
        "errorRate": pytest.approx(10 / 101),
        "openCount": 1,
        "p50Ms": pytest.approx(50, rel=0.03),
        "p95Ms": pytest.approx(95, rel=0.03),
        "p99Ms": pytest.approx(99, rel=0.03),
        "lastSeen": "2026-01-05T12:00:00.000000500Z",
    }


def test_a_service_with_open_spans_only_has_no_latency(database: Database) -> None:
    insert(database, request([S(1, 1, length=None)]))
    [found] = services.services(database, EVERYTHING, ALWAYS, limit=10)["services"]
    assert (found["spanCount"], found["openCount"], found["p50Ms"], found["errorRate"]) == (1, 1, None, 0)


def test_a_span_sent_twice_or_first_open_counts_once(database: Database) -> None:
    insert(database, request([S(1, 1, length=None), S(1, 2)]), segment=1 << 22)
    insert(database, request([S(1, 1, length=4 * MS), S(1, 2)]), segment=2 << 22)
    [service] = services.services(database, EVERYTHING, ALWAYS, limit=10)["services"]
    [operation] = services.operations(database, EVERYTHING, ALWAYS, limit=10)["operations"]
    total = counts.over_time(database, "spans", EVERYTHING, DAY)["total"]
    assert (service["spanCount"], service["openCount"], operation["spanCount"], total) == (2, 0, 2, 2)


def test_above_a_number_of_unmerged_rows_counts_are_no_longer_exact_and_say_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        insert(database, request([S(1, 1), S(1, 2, length=None)]), segment=number << 22)
    monkeypatch.setattr(exactness, "UNMERGED_ROWS_AT_MOST", 3)
    assert not services.services(database, EVERYTHING, ALWAYS, limit=10)["exact"]
    database.execute("OPTIMIZE TABLE otel_traces FINAL")
    merged = services.services(database, EVERYTHING, ALWAYS, limit=10)
    assert (merged["exact"], merged["services"][0]["spanCount"]) == (True, 2)


def test_spans_count_for_those_that_sampling_left_out(database: Database) -> None:
    insert(database, request([S(1, number, state="ot=th:c") for number in range(1, 4)]))
    [found] = services.services(database, EVERYTHING, ALWAYS, limit=10)["services"]
    assert found["spanCount"] == 12


def test_operations_are_listed_by_frequency_within_a_service(database: Database) -> None:
    spans = [S(1, number, name="often") for number in range(1, 4)]
    insert(database, request([*spans, S(1, 8, name="once", length=MS, error=True), S(1, 9, service="cart")]))
    found = services.operations(database, parse("service:shop"), ALWAYS, limit=10)["operations"]
    assert [(each["operation"], each["spanCount"], each["errorCount"]) for each in found] == [
        ("often", 3, 0),
        ("once", 1, 1),
    ]
    assert (found[1]["maxMs"], found[1]["kind"]) == (1.0, "Server")


def test_counts_are_in_steps_of_time_and_by_a_field(database: Database) -> None:
    spans = [
        S(1, number, at=number * SECOND, service="shop" if number % 3 else "cart") for number in range(1, 13)
    ]
    insert(database, request(spans))
    range_ = TimeRange(EPOCH_NS, EPOCH_NS + 60 * SECOND)
    found = counts.over_time(database, "spans", EVERYTHING, range_, step_ns=5 * SECOND, by="service")
    start = EPOCH_NS // MS
    assert found == {
        "stepMs": 5000,
        "total": 12,
        "series": [
            {"value": "shop", "total": 8, "points": [(start, 3), (start + 5000, 3), (start + 10000, 2)]},
            {"value": "cart", "total": 4, "points": [(start, 1), (start + 5000, 2), (start + 10000, 1)]},
        ],
        "exact": True,
    }


def test_rare_values_are_counted_together(database: Database) -> None:
    spans = [
        S(1, 100 * value + k, attributes={"k": f"v{value}"})
        for value in range(30)
        for k in range(1, value + 2)
    ]
    insert(database, request(spans))
    found = counts.over_time(database, "spans", EVERYTHING, DAY, by="k")
    assert found["total"] == sum(range(1, 31))
    assert [each["value"] for each in found["series"]][:2] == ["other", "v29"]
    assert len(found["series"]) == 21


def test_logs_are_counted_by_severity(database: Database) -> None:
    insert(database, example_logs(20))
    found = counts.over_time(database, "logs", logs.of(EVERYTHING, events=True), DAY, by="severity")
    assert [(each["value"], each["total"]) for each in found["series"]] == [("INFO", 4)]


def test_too_many_steps_are_refused(database: Database) -> None:
    with pytest.raises(BadRequest, match="cannot answer 86400 steps"):
        counts.over_time(database, "spans", EVERYTHING, DAY, step_ns=SECOND)


def test_a_field_that_is_no_text_cannot_be_counted_by(database: Database) -> None:
    with pytest.raises(BadRequest, match="cannot count by duration"):
        counts.over_time(database, "spans", EVERYTHING, DAY, by="duration")


def test_keys_and_values_are_offered_by_prefix_in_any_case(database: Database) -> None:
    values = [
        {"http.route": "/cart", "user.id": "u1"},
        {"http.route": "/Cart"},
        {"http.route": "/", "HTTP.x": "1"},
    ]
    insert(
        database,
        request(S(1, number, attributes=each) for number, each in enumerate([*values, values[1]], 1)),
    )
    keys = attributes.keys(database, "spans", ALWAYS, prefix="http", limit=10)["keys"]
    assert [(key["value"], key["count"]) for key in keys] == [("http.route", 4), ("HTTP.x", 1)]
    routes = attributes.values(database, "spans", ALWAYS, key="http.route", prefix="/c", limit=10)["values"]
    assert [(value["value"], value["count"]) for value in routes] == [("/Cart", 2), ("/cart", 1)]
    names = attributes.values(database, "spans", ALWAYS, key="service", prefix="", limit=10)["values"]
    assert names == [{"value": "shop", "count": 4}]


def test_keys_of_metrics_come_from_every_type(database: Database) -> None:
    insert(database, example_metrics(3))
    found = attributes.keys(database, "metrics", ALWAYS, prefix="", limit=10)["keys"]
    assert found == [{"value": "service.name", "count": 6}]
