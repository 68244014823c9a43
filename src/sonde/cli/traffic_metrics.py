"""Metrics of made-up traffic: what the programs that served it would have counted."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from sonde import semconv
from sonde.cli.traffic import Trace, Value

# Semantic conventions, HTTP metrics: the advised boundaries of http.server.request.duration.
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


@dataclass(slots=True)
class _Durations:
    total_s: float = 0.0
    least_s: float = float("inf")
    most_s: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))

    def add(self, seconds: float) -> None:
        self.total_s += seconds
        self.least_s = min(self.least_s, seconds)
        self.most_s = max(self.most_s, seconds)
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1


class Totals:
    """Cumulative since `start_ns` (Unix nanoseconds)."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._durations: dict[tuple[str, str, str, int], _Durations] = defaultdict(_Durations)
        self._records: dict[tuple[str, str, str], _Durations] = defaultdict(_Durations)
        self._paid: dict[str, int] = {}
        self._latest: dict[str, int] = {}

    def add(self, traces: Sequence[Trace]) -> None:
        """Count some traces; the gauge shows the last ones alone."""
        self._latest = dict.fromkeys(self._latest, 0)
        for trace in traces:
            for span in trace.spans:
                if span.kind != "server":
                    continue
                method, route = (str(span.attributes[f"http.{key}"]) for key in ("request.method", "route"))
                code = int(span.attributes["http.response.status_code"])
                self._durations[(span.service, method, route, code)].add((span.end_ns - span.start_ns) / 1e9)
                self._latest[span.service] = self._latest.get(span.service, 0) + 1
            for log in trace.logs:
                if log.event_name == "order.paid":
                    self._paid[log.service] = self._paid.get(log.service, 0) + 1
                if semconv.RECORD_KIND in log.attributes:
                    key = (log.service, log.component, str(log.attributes[semconv.STATUS]))
                    self._records[key].add(float(log.attributes[semconv.RECORD_DURATION_MS]) / 1000)

    def as_metrics(
        self, at_ns: int, resource: Callable[[str], Resource], scope: InstrumentationScope
    ) -> MetricsData:
        """The totals as points at a time."""
        services = sorted({service for service, *_ in (*self._durations, *self._records)} | set(self._paid))
        return MetricsData(
            [
                ResourceMetrics(
                    resource(service), [ScopeMetrics(scope, self._of_service(service, at_ns), "")], ""
                )
                for service in services
            ]
        )

    def _of_service(self, service: str, at_ns: int) -> list[Metric]:
        cumulative = AggregationTemporality.CUMULATIVE
        metrics = [
            Metric(
                "http.server.request.duration",
                "Duration of HTTP server requests.",
                "s",
                Histogram(
                    [
                        self._histogram(_request_attributes(key), durations, at_ns)
                        for key, durations in sorted(self._durations.items())
                        if key[0] == service
                    ],
                    cumulative,
                ),
            ),
            Metric(
                "http.server.requests.recent",
                "Requests answered since the previous point.",
                "{request}",
                Gauge([NumberDataPoint({}, self._start_ns, at_ns, self._latest.get(service, 0))]),
            ),
        ]
        if service in self._paid:
            point = NumberDataPoint({}, self._start_ns, at_ns, self._paid[service])
            metrics.append(
                Metric("orders.paid", "Orders that were paid.", "{order}", Sum([point], cumulative, True))
            )
        return [*metrics, *self._of_records(service, at_ns)]

    def _of_records(self, service: str, at_ns: int) -> list[Metric]:
        """What the sink of the SDK counts."""
        cumulative = AggregationTemporality.CUMULATIVE
        found = [
            (_record_attributes(key), durations)
            for key, durations in sorted(self._records.items())
            if key[0] == service
        ]
        if not found:
            return []
        counts = [
            NumberDataPoint(attributes, self._start_ns, at_ns, sum(durations.buckets))
            for attributes, durations in found
        ]
        histograms = [self._histogram(attributes, durations, at_ns) for attributes, durations in found]
        return [
            Metric(
                semconv.RECORD_COUNT_METRIC, "Records of the sink.", "{record}", Sum(counts, cumulative, True)
            ),
            Metric(
                semconv.RECORD_DURATION_METRIC,
                "How long what records of the sink report took.",
                "s",
                Histogram(histograms, cumulative),
            ),
        ]

    def _histogram(
        self, attributes: Mapping[str, Value], durations: _Durations, at_ns: int
    ) -> HistogramDataPoint:
        return HistogramDataPoint(
            attributes=attributes,
            start_time_unix_nano=self._start_ns,
            time_unix_nano=at_ns,
            count=sum(durations.buckets),
            sum=durations.total_s,
            bucket_counts=list(durations.buckets),
            explicit_bounds=BOUNDS_S,
            min=durations.least_s,
            max=durations.most_s,
        )


def _request_attributes(key: tuple[str, str, str, int]) -> Mapping[str, Value]:
    _, method, route, code = key
    return {"http.request.method": method, "http.route": route, "http.response.status_code": code}


def _record_attributes(key: tuple[str, str, str]) -> Mapping[str, Value]:
    _, kind, status = key
    return {semconv.RECORD_KIND: kind, semconv.COMPONENT: kind, semconv.STATUS: status}
