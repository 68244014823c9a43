"""Metrics: their catalog, and the series of one in steps of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from sonde.errors import BadRequest, NotFound
from sonde.query import histograms
from sonde.query.answers import MetricName, MetricResult, MetricSeries
from sonde.query.counts import step_of
from sonde.query.histograms import Histogram
from sonde.query.search import Node, condition
from sonde.query.search.fields import FIELDS, Text
from sonde.query.statements import statement
from sonde.query.time import MINUTE_NS, SECOND_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

Aggregate: TypeAlias = Literal["avg", "sum", "min", "max", "last", "rate", "increase", "p50", "p95", "p99"]

MAX_SERIES = 100
MAX_POINTS = 200_000

# How far before the range the reading lies that the first one in it is compared with.
_LOOK_BACK_NS = 10 * MINUTE_NS

_TABLES = {
    "gauge": "otel_metrics_gauge",
    "sum": "otel_metrics_sum",
    "histogram": "otel_metrics_histogram",
    "exponential_histogram": "otel_metrics_exp_histogram",
    "summary": "otel_metrics_summary",
}
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_VALUES = {
    "avg": "sum(total) / sum(points)",
    "min": "min(least)",
    "max": "max(most)",
    "last": "argMax(newest, at)",
    "sum": "sum(if(is_delta, total, newest))",
}
_READINGS = {
    "histogram": "Count, Sum, BucketCounts, ExplicitBounds, if(HasMin, Min, -inf), if(HasMax, Max, inf)",
    "exponential_histogram": "Count, Sum, Scale, ZeroCount, ZeroThreshold, PositiveOffset, "
    "PositiveBucketCounts, NegativeOffset, NegativeBucketCounts, if(HasMin, Min, -inf), if(HasMax, Max, inf)",
    "summary": "Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value",
}
_DELTA = 1


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of one metric."""

    database: Database
    name: str
    table: str
    node: Node
    range: TimeRange
    step_ns: int
    by: tuple[str, ...]

    @property
    def labels(self) -> str:
        """The values the series are told apart by, as an array."""
        parts: list[str] = []
        for index, key in enumerate(self.by):
            field = FIELDS["metrics"].get(key)
            mark = f"{{by{index}:String}}"
            if isinstance(field, Text):
                parts.append(f"toString({field.column})")
            else:
                own = f"mapContains(Attributes, {mark}), Attributes[{mark}], ResourceAttributes[{mark}]"
                parts.append(f"if({own})")
        return f"[{', '.join(parts)}]" if parts else "emptyArrayString()"

    def read(self, name: str, **parts: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        wanted = condition(self.node, "metrics")
        bound = {
            f"by{index}": key
            for index, key in enumerate(self.by)
            if not isinstance(FIELDS["metrics"].get(key), Text)
        }
        params: dict[str, object] = {
            **wanted.params,
            **bound,
            **self.range.params,
            "name": self.name,
            "step": self.step_ns,
            "first": self.range.since_ns - max(_LOOK_BACK_NS, self.step_ns),
            "limit": MAX_POINTS,
        }
        sql = statement(name, labels=self.labels, condition=wanted.sql, **parts)
        return self.database.query(sql, {key: params[key] for key in params if f"{{{key}:" in sql}).rows


def catalog(
    database: Database, node: Node, range_: TimeRange, *, name: str = "", limit: int = 10_000
) -> list[MetricName]:
    """The metrics with a point in the range that matches, by name; those named `name` only, if given.

    A metric that comes in two types is there twice.
    """
    wanted = condition(node, "metrics")
    found: list[MetricName] = []
    for kind, table in _TABLES.items():
        monotonic = "min(IsMonotonic)" if kind == "sum" else "false"
        rows = database.query(
            statement("metric_names", table=table, monotonic=monotonic, condition=wanted.sql),
            {**wanted.params, **range_.params, "name": name, "limit": limit},
        ).rows
        for metric, unit, description, services, points, last_ns, is_monotonic in rows:
            found.append(
                {
                    "name": metric,
                    "type": "counter" if is_monotonic else kind,
                    "unit": unit,
                    "description": description,
                    "services": services,
                    "points": points,
                    "lastSeen": iso(last_ns),
                }
            )
    return sorted(found, key=lambda metric: metric["name"])[:limit]


def series(
    database: Database,
    name: str,
    node: Node,
    range_: TimeRange,
    *,
    step_ns: int | None = None,
    by: Sequence[str] = (),
    aggregate: Aggregate | None = None,
) -> MetricResult:
    """A metric over time.

    Args:
        database: the tenant's.
        name: the metric's.
        node: which of its points, from `search.parse`.
        range_: when; it must have an end.
        step_ns: the step; about 60 in the range if None.
        by: fields and attributes whose values have a series each; all in one if none.
        aggregate: `rate` is per second and `increase` per step, of a counter, or of the count of a
        histogram or
            summary; `sum` adds the series of a gauge or sum, and the values of a histogram. If None:
            `rate` of a counter, `avg` of a gauge, `sum` of another sum, `p95` of a histogram.

    Raises:
        NotFound: the metric has no points in the range.
        BadRequest: the metric's type has no such aggregate, or the step is too small.
        SearchSyntaxError: the search names what metrics do not have.
    """
    found = catalog(database, node, range_, name=name)
    if not found:
        raise NotFound(
            f"no points of the metric {name!r} between {iso(range_.since_ns)} and {iso(range_.until_ns)}",
            hint="the list of metrics has those there are",
        )
    metric = max(found, key=lambda each: each["points"])
    kind = "sum" if metric["type"] == "counter" else metric["type"]
    chosen = aggregate or _default(metric["type"])
    step = step_of(range_, step_ns)
    question = _Question(database, name, _TABLES[kind], node, range_, step, tuple(by))
    if kind in ("gauge", "sum"):
        rows = _scalar(question, metric["type"], chosen)
    else:
        rows = _distribution(question, kind, chosen)
    lines = _lines(rows, question)
    return {
        "name": name,
        "type": metric["type"],
        "unit": metric["unit"],
        "aggregate": chosen,
        "stepMs": step // 10**6,
        "series": lines[:MAX_SERIES],
        "truncated": len(lines) > MAX_SERIES or len(rows) >= MAX_POINTS,
    }


def _default(kind: str) -> Aggregate:
    defaults: dict[str, Aggregate] = {"counter": "rate", "gauge": "avg", "sum": "sum", "summary": "avg"}
    return defaults.get(kind, "p95")


_Point = tuple[tuple[str, ...], int, float]


def _scalar(question: _Question, kind: str, aggregate: Aggregate) -> list[_Point]:
    if aggregate in _VALUES:
        is_delta = "any(AggregationTemporality) = 1" if question.table.endswith("sum") else "false"
        rows = question.read(
            "metric_values", table=question.table, outcome=_VALUES[aggregate], delta=is_delta
        )
    elif kind == "counter" and aggregate in ("rate", "increase"):
        rows = question.read("metric_increase")
    else:
        raise _unsuited(question.name, kind, aggregate)
    per = question.step_ns / SECOND_NS if aggregate == "rate" else 1
    return [(tuple(labels), bucket, value / per) for labels, bucket, value in rows]


def _distribution(question: _Question, kind: str, aggregate: Aggregate) -> list[_Point]:
    # Summaries are always cumulative.
    temporality = "2" if kind == "summary" else "AggregationTemporality"
    rows = question.read(
        "metric_histograms", table=question.table, reading=_READINGS[kind], temporality=temporality
    )
    if kind == "summary" and aggregate in _QUANTILES:
        return _summary_quantiles(rows, question, _QUANTILES[aggregate])
    steps: dict[tuple[tuple[str, ...], int], list[Histogram]] = {}
    for labels, bucket, histogram in _increases(rows, kind, question):
        steps.setdefault((labels, bucket), []).append(histogram)
    points: list[_Point] = []
    for (labels, bucket), parts in steps.items():
        value = _of_histogram(histograms.merged(parts), aggregate, question.step_ns)
        if value is None:
            raise _unsuited(question.name, kind, aggregate)
        points.append((labels, bucket, value))
    return points


def _increases(
    rows: list[tuple[Any, ...]], kind: str, question: _Question
) -> list[tuple[tuple[str, ...], int, Histogram]]:
    """What came in each step: differences of readings of cumulative histograms, delta ones as they are."""
    first_bucket = question.range.since_ns // question.step_ns
    look_from_ns = question.range.since_ns - max(_LOOK_BACK_NS, question.step_ns)
    before: dict[tuple[int, int], Histogram] = {}
    found: list[tuple[tuple[str, ...], int, Histogram]] = []
    for labels, identity, start_ns, bucket, temporality, *reading in sorted(rows, key=lambda row: row[3]):
        now = _histogram(kind, reading)
        if temporality == _DELTA:
            came = now
        else:
            known = before.get((identity, start_ns))
            before[identity, start_ns] = now
            if known is not None:
                came = histograms.increase(now, known)
            else:
                # Of a series that began before what was read, the first reading says nothing.
                came = now if start_ns >= look_from_ns else histograms.EMPTY
        if bucket >= first_bucket and came.count:
            found.append((tuple(labels), bucket, came))
    return found


def _histogram(kind: str, reading: list[Any]) -> Histogram:
    count, total, *rest = reading
    if kind == "histogram":
        counts, bounds, low, high = rest
        return histograms.explicit(bounds, counts, count=count, total=total, low=low, high=high)
    if kind == "summary":
        return Histogram({}, count, total)
    scale, zeros, threshold, positive_offset, positive, negative_offset, negative, low, high = rest
    return histograms.exponential(
        scale,
        (positive_offset, positive),
        (negative_offset, negative),
        zero_count=zeros,
        zero_threshold=threshold,
        count=count,
        total=total,
        low=low,
        high=high,
    )


def _of_histogram(histogram: Histogram, aggregate: Aggregate, step_ns: int) -> float | None:
    """A figure of what came in a step; None where histograms have none such."""
    if aggregate in _QUANTILES:
        return histograms.quantile(histogram, _QUANTILES[aggregate])
    figures: dict[str, float] = {
        "rate": histogram.count * SECOND_NS / step_ns,
        "increase": histogram.count,
        "sum": histogram.total,
        "avg": histogram.total / histogram.count,
        "min": histogram.least,
        "max": histogram.greatest,
    }
    return figures.get(aggregate)


def _summary_quantiles(rows: list[tuple[Any, ...]], question: _Question, q: float) -> list[_Point]:
    """The greatest of the values that the summaries of a step give for a quantile: they cannot be merged."""
    first_bucket = question.range.since_ns // question.step_ns
    greatest: dict[tuple[tuple[str, ...], int], float] = {}
    for labels, _, _, bucket, _, _, _, quantiles, values in rows:
        found = [value for each, value in zip(quantiles, values, strict=True) if math.isclose(each, q)]
        if found and bucket >= first_bucket:
            key = (tuple(labels), bucket)
            greatest[key] = max(found[0], greatest.get(key, -math.inf))
    return [(labels, bucket, value) for (labels, bucket), value in greatest.items()]


def _lines(points: list[_Point], question: _Question) -> list[MetricSeries]:
    lines: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for labels, bucket, value in sorted(points, key=lambda point: (point[0], point[1])):
        if math.isfinite(value):
            lines.setdefault(labels, []).append((bucket * question.step_ns // 10**6, value))
    return [
        {"attributes": dict(zip(question.by, labels, strict=True)), "points": values}
        for labels, values in lines.items()
    ]


def _unsuited(name: str, kind: str, aggregate: str) -> BadRequest:
    suited = [*_VALUES]
    if kind == "counter":
        suited += ["rate", "increase"]
    elif kind not in ("gauge", "sum"):
        suited = [each for each in cast(tuple[str, ...], get_args(Aggregate)) if each != "last"]
    return BadRequest(
        f"cannot take {aggregate} of {name}, a {kind.replace('_', ' ')}",
        hint=f"use one of {', '.join(suited)}",
    )
