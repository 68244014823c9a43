"""Metrics over time: rates of counters, gauges, quantiles of histograms, each by attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from tests.unit.query.otlp import SECOND

from sonde.errors import BadRequest, NotFound
from sonde.query import metrics
from sonde.query.metrics import Aggregate
from sonde.query.search import EVERYTHING, parse
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

MINUTE = 60 * SECOND
HOUR = TimeRange(EPOCH_NS, EPOCH_NS + 60 * MINUTE)
DELTA, CUMULATIVE = 1, 2


def request(service: str, fill: Callable[[Metric], None], name: str = "m") -> ExportMetricsServiceRequest:
    made = ExportMetricsServiceRequest()
    resource = made.resource_metrics.add()
    resource.resource.attributes.extend(attributes({"service.name": service, "host.name": f"{service}-1"}))
    fill(resource.scope_metrics.add().metrics.add(name=name, unit="s", description="of a test"))
    return made


def counter(
    points: list[tuple[float, float]], *, start_s: float = 0, temporality: int = CUMULATIVE, **labels: str
) -> Callable[[Metric], None]:
    def fill(metric: Metric) -> None:
        metric.sum.aggregation_temporality = temporality  # pyright: ignore[reportAttributeAccessIssue]
        metric.sum.is_monotonic = True
        for at_s, value in points:
            point = metric.sum.data_points.add(
                as_double=value, time_unix_nano=EPOCH_NS + round(at_s * SECOND)
            )
            point.start_time_unix_nano = EPOCH_NS + round(start_s * SECOND)
            point.attributes.extend(attributes(dict(labels)))

    return fill


def gauge(points: list[tuple[float, float]], **labels: str) -> Callable[[Metric], None]:
    def fill(metric: Metric) -> None:
        for at_s, value in points:
            point = metric.gauge.data_points.add(
                as_double=value, time_unix_nano=EPOCH_NS + round(at_s * SECOND)
            )
            point.attributes.extend(attributes(dict(labels)))

    return fill


def values(
    database: Database,
    aggregate: Aggregate | None = None,
    *,
    by: tuple[str, ...] = (),
    where: str = "",
    **more: Any,
) -> dict[tuple[str, ...], list[tuple[float, float]]]:
    """Series by label values; points as (seconds after EPOCH_NS, value)."""
    found = metrics.series(
        database, "m", parse(where), HOUR, step_ns=more.get("step_ns", MINUTE), by=by, aggregate=aggregate
    )
    return {
        tuple(line["attributes"].values()): [
            ((at - EPOCH_NS // 10**6) / 1000, value) for at, value in line["points"]
        ]
        for line in found["series"]
    }


def test_the_catalog_lists_names_with_type_unit_and_services(database: Database) -> None:
    insert(
        database, request("shop", counter([(1, 1)])), request("shop", gauge([(1, 1)]), "g"), segment=1 << 22
    )
    insert(database, request("cart", counter([(61, 1)])), segment=2 << 22)
    assert metrics.catalog(database, EVERYTHING, HOUR) == [
        {
            "name": "g",
            "type": "gauge",
            "unit": "s",
            "description": "of a test",
            "services": ["shop"],
            "points": 1,
            "lastSeen": "2026-01-05T12:00:01.000000000Z",
        },
        {
            "name": "m",
            "type": "counter",
            "unit": "s",
            "description": "of a test",
            "services": ["cart", "shop"],
            "points": 2,
            "lastSeen": "2026-01-05T12:01:01.000000000Z",
        },
    ]
    assert [each["name"] for each in metrics.catalog(database, parse("service:cart"), HOUR)] == ["m"]


def test_a_gauge_is_averaged_bounded_and_last_in_each_step(database: Database) -> None:
    insert(database, request("a", gauge([(0, 1), (30, 3), (70, 5)])), segment=1 << 22)
    insert(database, request("b", gauge([(10, 10)])), segment=2 << 22)
    assert values(database) == {(): [(0, pytest.approx(14 / 3)), (60, 5)]}
    assert values(database, "min") == {(): [(0, 1), (60, 5)]}
    assert values(database, "max") == {(): [(0, 10), (60, 5)]}
    assert values(database, "last") == {(): [(0, 3), (60, 5)]}
    assert values(database, "sum") == {(): [(0, 13), (60, 5)]}
    assert values(database, "avg", by=("service",)) == {("a",): [(0, 2), (60, 5)], ("b",): [(0, 10)]}
    assert values(database, "avg", where="host.name:b-1") == {(): [(0, 10)]}


def test_a_counter_grows_by_the_difference_of_its_readings(database: Database) -> None:
    insert(database, request("a", counter([(0, 5), (30, 10), (90, 40), (150, 40)])))
    assert values(database, "increase") == {(): [(0, 10), (60, 30), (120, 0)]}
    assert values(database) == {(): [(0, pytest.approx(10 / 60)), (60, 0.5), (120, 0)]}


def test_a_counter_that_began_before_the_range_is_compared_with_its_reading_before_it(
    database: Database,
) -> None:
    insert(database, request("a", counter([(-30, 1000), (30, 1010), (90, 1030)], start_s=-90_000)))
    assert values(database, "increase") == {(): [(0, 10), (60, 20)]}


def test_the_first_reading_ever_seen_of_an_old_counter_says_nothing(database: Database) -> None:
    insert(database, request("a", counter([(30, 1010), (90, 1030)], start_s=-90_000)))
    assert values(database, "increase") == {(): [(0, 0), (60, 20)]}


def test_a_counter_that_began_again_loses_nothing(database: Database) -> None:
    insert(database, request("a", counter([(10, 100), (20, 110)], start_s=5)), segment=1 << 22)
    # Restarted at 25 s, and already beyond where it was at 70 s.
    insert(database, request("a", counter([(70, 500), (80, 501)], start_s=25)), segment=2 << 22)
    # Restarted without saying so: it fell.
    insert(database, request("a", counter([(130, 7)], start_s=25)), segment=3 << 22)
    assert values(database, "increase") == {(): [(0, 110), (60, 501), (120, 7)]}


def test_counters_of_differences_are_added_up(database: Database) -> None:
    insert(database, request("a", counter([(1, 5), (30, 10), (90, 40)], temporality=DELTA)))
    assert values(database, "increase") == {(): [(0, 15), (60, 40)]}


def test_series_of_several_processes_are_told_apart_before_they_are_added(database: Database) -> None:
    insert(database, request("a", counter([(0, 5), (30, 10)], route="/x")), segment=1 << 22)
    insert(database, request("a", counter([(0, 100), (30, 100)], route="/y")), segment=2 << 22)
    insert(database, request("b", counter([(0, 7), (30, 8)], route="/x")), segment=3 << 22)
    assert values(database, "increase") == {(): [(0, 118)]}
    assert values(database, "increase", by=("route",)) == {("/x",): [(0, 18)], ("/y",): [(0, 100)]}
    assert values(database, "increase", by=("service", "route"), where="route:/x") == {
        ("a", "/x"): [(0, 10)],
        ("b", "/x"): [(0, 8)],
    }


def histogram(readings: list[tuple[float, list[int]]], temporality: int) -> Callable[[Metric], None]:
    def fill(metric: Metric) -> None:
        metric.histogram.aggregation_temporality = temporality  # pyright: ignore[reportAttributeAccessIssue]
        for at_s, counts in readings:
            point = metric.histogram.data_points.add(
                time_unix_nano=EPOCH_NS + round(at_s * SECOND), start_time_unix_nano=EPOCH_NS
            )
            point.explicit_bounds.extend([10, 20])
            point.bucket_counts.extend(counts)
            point.count, point.sum = sum(counts), 5.0 * counts[0] + 15 * counts[1] + 25 * counts[2]

    return fill


@pytest.mark.parametrize(
    ("temporality", "readings"),
    [
        (CUMULATIVE, [(10, [1, 0, 0]), (50, [4, 0, 0]), (70, [4, 4, 0]), (130, [4, 4, 2])]),
        (DELTA, [(10, [1, 0, 0]), (50, [3, 0, 0]), (70, [0, 4, 0]), (130, [0, 0, 2])]),
    ],
)
def test_a_histogram_has_quantiles_of_what_came_in_each_step(
    database: Database, temporality: int, readings: list[tuple[float, list[int]]]
) -> None:
    insert(database, request("a", histogram(readings, temporality)))
    assert values(database, "p50") == {(): [(0, 5), (60, 15), (120, 20)]}
    assert values(database) == {(): [(0, 9.5), (60, 19.5), (120, 20)]}
    assert values(database, "increase") == {(): [(0, 4), (60, 4), (120, 2)]}
    assert values(database, "avg") == {(): [(0, 5), (60, 15), (120, 25)]}
    assert values(database, "sum") == {(): [(0, 20), (60, 60), (120, 50)]}


@pytest.mark.parametrize("temporality", [CUMULATIVE, DELTA])
def test_an_exponential_histogram_has_quantiles(database: Database, temporality: int) -> None:
    def fill(metric: Metric) -> None:
        data = metric.exponential_histogram
        data.aggregation_temporality = temporality  # pyright: ignore[reportAttributeAccessIssue]
        for at_s, counts in ((10, [8]), (70, [8, 8] if temporality == CUMULATIVE else [0, 8])):
            point = data.data_points.add(
                time_unix_nano=EPOCH_NS + at_s * SECOND, start_time_unix_nano=EPOCH_NS
            )
            point.scale, point.count, point.sum = 0, sum(counts), 1.5 * sum(counts)
            point.positive.offset = 0
            point.positive.bucket_counts.extend(counts)

    insert(database, request("a", fill))
    assert values(database, "p50") == {(): [(0, 1.5), (60, 3)]}
    assert values(database, "rate") == {(): [(0, pytest.approx(8 / 60)), (60, pytest.approx(8 / 60))]}


def test_a_summary_has_the_quantiles_it_was_sent_with(database: Database) -> None:
    def fill(metric: Metric) -> None:
        for at_s, count, p95 in ((10, 4, 7.5), (70, 10, 9.5)):
            point = metric.summary.data_points.add(
                time_unix_nano=EPOCH_NS + at_s * SECOND, start_time_unix_nano=EPOCH_NS
            )
            point.count, point.sum = count, 2.0 * count
            point.quantile_values.add(quantile=0.95, value=p95)

    insert(database, request("a", fill))
    assert values(database, "p95") == {(): [(0, 7.5), (60, 9.5)]}
    assert values(database, "p50") == {}
    assert values(database, "increase") == {(): [(0, 4), (60, 6)]}
    assert values(database) == {(): [(0, 2), (60, 2)]}


def test_a_metric_that_was_not_received_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="no points of the metric 'm'"):
        values(database)


@pytest.mark.parametrize("aggregate", ["rate", "increase", "p95"])
def test_a_gauge_has_no_such_aggregate(database: Database, aggregate: Aggregate) -> None:
    insert(database, request("a", gauge([(0, 1)])))
    with pytest.raises(BadRequest, match=f"cannot take {aggregate} of m, a gauge") as caught:
        values(database, aggregate)
    assert "avg, sum, min, max, last" in caught.value.hint.replace(
        "min, max, last, sum", "sum, min, max, last"
    )


def test_a_histogram_has_no_last_value(database: Database) -> None:
    insert(database, request("a", histogram([(1, [1, 1, 1])], DELTA)))
    with pytest.raises(BadRequest, match="cannot take last of m, a histogram"):
        values(database, "last")
