"""Points of metrics: decoded, stored and asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as pb

from sonde.decode import Signal, parse, slices
from sonde.errors import BadRequest, NotFound
from sonde.query import metrics
from sonde.query.answers import MetricResult
from sonde.query.metrics import Aggregate
from sonde.query.search import EVERYTHING, Node
from sonde.query.search import parse as parse_search
from sonde.query.time import TimeRange
from sonde.store import Database

S = 10**9
START = 1_750_000_020 * S  # on a whole minute
RANGE = TimeRange(START, START + 600 * S)
CUMULATIVE, DELTA = pb.AGGREGATION_TEMPORALITY_CUMULATIVE, pb.AGGREGATION_TEMPORALITY_DELTA

_segments = iter(range(1 << 22, 1 << 40, 1 << 22))


def attributes(**values: str) -> list[KeyValue]:
    return [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in values.items()]


def insert(database: Database, *found: pb.Metric, service: str = "shop") -> None:
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.extend([KeyValue(key="service.name", value=AnyValue(string_value=service))])
    resource.scope_metrics.add().metrics.extend(found)
    parsed = parse(Signal.METRICS, [request.SerializeToString()])
    for blocks in slices(parsed, received_at_ns=[START], segment=next(_segments)):
        for block in blocks:
            segment = int(block.data["Segment"][0].as_py())
            database.insert_block(block.table, block.data, block.partition, segment=segment, check=False)


def counter(
    values: Sequence[tuple[float, float]], *, temporality: int = CUMULATIVE, began_s: float = 0, **keys: str
):
    metric = pb.Metric(name="orders.placed", unit="{order}", description="Orders placed")
    metric.sum.is_monotonic = True
    metric.sum.aggregation_temporality = temporality  # pyright: ignore[reportAttributeAccessIssue]
    for at_s, value in values:
        metric.sum.data_points.add(
            time_unix_nano=START + int(at_s * S),
            start_time_unix_nano=START + int(began_s * S),
            as_double=value,
            attributes=attributes(**keys),
        )
    return metric


def points(result: MetricResult, line: int = 0) -> list[float]:
    return [value for _, value in result["series"][line]["points"]]


def test_a_counter_grows_by_the_differences_of_its_points(database: Database) -> None:
    insert(database, counter([(0, 10), (60, 40), (120, 100)], began_s=-3600))

    result = metrics.series(
        database, "orders.placed", EVERYTHING, RANGE, step_ns=60 * S, aggregate="increase"
    )

    assert (result["type"], result["unit"], result["stepMs"]) == ("counter", "{order}", 60_000)
    assert result["series"][0]["points"] == [
        (START // 10**6, 0.0),
        (START // 10**6 + 60_000, 30.0),
        (START // 10**6 + 120_000, 60.0),
    ]


def test_a_point_before_the_range_is_what_the_first_grows_from(database: Database) -> None:
    insert(database, counter([(-30, 10), (30, 40)], began_s=-3600))

    result = metrics.series(database, "orders.placed", EVERYTHING, RANGE, step_ns=60 * S)

    assert (result["aggregate"], points(result)) == ("rate", [0.5])


def test_a_reset_counts_from_zero(database: Database) -> None:
    insert(database, counter([(0, 100), (60, 5), (120, 7)], began_s=-3600))

    assert points(
        metrics.series(database, "orders.placed", EVERYTHING, RANGE, step_ns=60 * S, aggregate="increase")
    ) == [0, 5, 2]


def test_a_series_born_in_the_range_counts_from_its_first_point(database: Database) -> None:
    insert(database, counter([(60, 3), (120, 4)], began_s=10))

    assert points(
        metrics.series(database, "orders.placed", EVERYTHING, RANGE, step_ns=60 * S, aggregate="increase")
    ) == [3, 1]


def test_delta_points_add_up(database: Database) -> None:
    insert(database, counter([(0, 3), (10, 4), (60, 5)], temporality=DELTA))

    assert points(
        metrics.series(database, "orders.placed", EVERYTHING, RANGE, step_ns=60 * S, aggregate="increase")
    ) == [7, 5]


def test_series_are_told_apart_and_added_up(database: Database) -> None:
    insert(
        database,
        counter([(0, 0), (60, 6)], began_s=-60, route="/cart"),
        counter([(0, 100), (60, 104)], began_s=-60, route="/pay"),
    )
    insert(database, counter([(0, 5), (60, 6)], began_s=-60, route="/cart"), service="mobile")

    def increases(*, by: Sequence[str] = (), where: Node = EVERYTHING) -> dict[tuple[str, ...], float]:
        result = metrics.series(
            database,
            "orders.placed",
            where,
            TimeRange(START + 60 * S, START + 120 * S),
            step_ns=60 * S,
            aggregate="increase",
            by=by,
        )
        return {tuple(line["attributes"].values()): line["points"][0][1] for line in result["series"]}

    assert increases() == {(): 11}
    assert increases(by=["route"]) == {("/cart",): 7, ("/pay",): 4}
    assert increases(by=["service", "route"])["mobile", "/cart"] == 1
    assert increases(where=parse_search("service:shop route:/cart")) == {(): 6}


def test_a_gauge_is_averaged_over_points_and_summed_over_series(database: Database) -> None:
    metric = pb.Metric(name="queue.length")
    for host, values in (("a", (1, 3)), ("b", (10, 20))):
        for place, value in enumerate(values):
            metric.gauge.data_points.add(
                time_unix_nano=START + place * S, as_int=value, attributes=attributes(host=host)
            )
    insert(database, metric)

    def reading(aggregate: Aggregate | None) -> float:
        return points(
            metrics.series(database, "queue.length", EVERYTHING, RANGE, step_ns=60 * S, aggregate=aggregate)
        )[0]

    assert reading(None) == 8.5
    assert reading("sum") == 23
    assert (reading("min"), reading("max")) == (1, 20)


def test_the_quantile_of_a_histogram_is_of_what_was_counted_in_the_step(database: Database) -> None:
    metric = pb.Metric(name="http.server.request.duration", unit="s")
    metric.histogram.aggregation_temporality = CUMULATIVE
    for at_s, counts in ((0, [100, 0, 0]), (60, [100, 10, 0])):
        metric.histogram.data_points.add(
            time_unix_nano=START + at_s * S,
            start_time_unix_nano=START - 3600 * S,
            count=sum(counts),
            sum=float(sum(counts)),
            bucket_counts=counts,
            explicit_bounds=[0.1, 0.2],
        )
    insert(database, metric)

    def grown(aggregate: Aggregate | None) -> list[float]:
        return points(
            metrics.series(
                database,
                "http.server.request.duration",
                EVERYTHING,
                RANGE,
                step_ns=60 * S,
                aggregate=aggregate,
            )
        )

    assert grown("p50") == [pytest.approx(0.15)]
    assert grown(None) == [pytest.approx(0.195)]
    assert grown("increase") == [10]
    assert grown("avg") == [1.0]


def test_an_exponential_histogram_has_quantiles_too(database: Database) -> None:
    metric = pb.Metric(name="latency")
    metric.exponential_histogram.aggregation_temporality = CUMULATIVE
    for at_s, count in ((0, 4), (60, 12)):
        point = metric.exponential_histogram.data_points.add(
            time_unix_nano=START + at_s * S, start_time_unix_nano=START - 3600 * S, count=count, scale=0
        )
        point.positive.offset = 3
        point.positive.bucket_counts.extend([count])
    insert(database, metric)

    assert points(
        metrics.series(database, "latency", EVERYTHING, RANGE, step_ns=60 * S, aggregate="p50")
    ) == [12.0]


def test_a_summary_gives_its_own_quantiles(database: Database) -> None:
    metric = pb.Metric(name="gc.pause")
    point = metric.summary.data_points.add(time_unix_nano=START, count=2, sum=3.0)
    point.quantile_values.add(quantile=0.95, value=1.75)
    insert(database, metric)

    assert points(
        metrics.series(database, "gc.pause", EVERYTHING, RANGE, step_ns=60 * S, aggregate="p95")
    ) == [1.75]


def test_the_catalog_lists_each_metric_with_what_it_is(database: Database) -> None:
    insert(database, counter([(0, 1)]))

    (metric,) = metrics.catalog(database, EVERYTHING, RANGE)

    assert metric["name"] == "orders.placed"
    assert (metric["type"], metric["unit"], metric["services"]) == ("counter", "{order}", ["shop"])
    assert metrics.catalog(database, EVERYTHING, RANGE, name="x") == []


def test_an_unknown_metric_and_an_unfit_aggregate_are_told_apart(database: Database) -> None:
    insert(database, counter([(0, 1)]))

    with pytest.raises(NotFound, match="metric 'nothing'"):
        metrics.series(database, "nothing", EVERYTHING, RANGE)
    with pytest.raises(BadRequest, match="a counter") as refused:
        metrics.series(database, "orders.placed", EVERYTHING, RANGE, aggregate="p95")
    assert "rate, increase" in refused.value.hint
    with pytest.raises(BadRequest, match="more than 2000"):
        metrics.series(database, "orders.placed", EVERYTHING, TimeRange(0, RANGE.until_ns), step_ns=S)
