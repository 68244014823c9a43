"""Metrics: the messages `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram` with their data points."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)

from sonde.sdk.export.otlp.request import Request, Scrub
from sonde.sdk.export.otlp.values import add_attributes
from sonde.sdk.export.otlp.wire import delimited, text, varint, zigzag

_FIXED: Final = struct.Struct("<BQ")
_SIGNED: Final = struct.Struct("<Bq")
_DOUBLE: Final = struct.Struct("<Bd")

# Tags of fields that all data points have alike.
_START: Final = 0x11
_TIME: Final = 0x19
_COUNT: Final = 0x21
_SUM: Final = 0x29


def metrics_request(collected: MetricsData, scrub: Scrub | None = None) -> bytes:
    """The request of what a reader has collected, its attributes scrubbed."""
    request = Request(scrub)
    for of_resource in collected.resource_metrics:
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                request.add(of_resource.resource, of_scope.scope, _metric(metric, scrub or _as_they_are))
    return request.finish()


def _as_they_are(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    return attributes


def _metric(metric: Metric, scrub: Scrub) -> bytes:
    parts = [b"\x0a", text(metric.name)]
    if metric.description:
        parts += (b"\x12", text(metric.description))
    if metric.unit:
        parts += (b"\x1a", text(metric.unit))
    data = metric.data
    if isinstance(data, Gauge):
        parts += (
            b"\x2a",
            delimited(_listed([_number(each, scrub, starts=False) for each in data.data_points])),
        )
    elif isinstance(data, Sum):
        points = _listed([_number(each, scrub, starts=True) for each in data.data_points])
        kind = b"\x10" + varint(data.aggregation_temporality) + (b"\x18\x01" if data.is_monotonic else b"")
        parts += (b"\x3a", delimited(points + kind))
    elif isinstance(data, Histogram):
        points = _listed([_histogram(each, scrub) for each in data.data_points])
        parts += (b"\x4a", delimited(points + b"\x10" + varint(data.aggregation_temporality)))
    else:
        points = _listed([_exponential(each, scrub) for each in data.data_points])
        parts += (b"\x52", delimited(points + b"\x10" + varint(data.aggregation_temporality)))
    return b"".join(parts)


def _listed(points: Sequence[bytes]) -> bytes:
    return b"".join([b"\x0a" + delimited(point) for point in points])


def _number(point: NumberDataPoint, scrub: Scrub, *, starts: bool) -> bytes:
    parts = [_FIXED.pack(_START, point.start_time_unix_nano or 0)] if starts else []
    parts.append(_FIXED.pack(_TIME, point.time_unix_nano))
    parts.append(_value(point.value, 0x21, 0x31))
    for exemplar in point.exemplars:
        parts += (b"\x2a", delimited(_exemplar(exemplar, scrub)))
    add_attributes(parts, b"\x3a", scrub(point.attributes or {}))
    return b"".join(parts)


def _histogram(point: HistogramDataPoint, scrub: Scrub) -> bytes:
    bounds, counts = point.explicit_bounds, point.bucket_counts
    parts = [
        *_measured(point),
        b"\x32" + delimited(struct.pack(f"<{len(counts)}Q", *counts)),
        b"\x3a" + delimited(struct.pack(f"<{len(bounds)}d", *bounds)),
    ]
    for exemplar in point.exemplars:
        parts += (b"\x42", delimited(_exemplar(exemplar, scrub)))
    add_attributes(parts, b"\x4a", scrub(point.attributes or {}))
    parts += (_DOUBLE.pack(0x59, point.min), _DOUBLE.pack(0x61, point.max))
    return b"".join(parts)


def _exponential(point: ExponentialHistogramDataPoint, scrub: Scrub) -> bytes:
    parts: list[bytes] = []
    add_attributes(parts, b"\x0a", scrub(point.attributes or {}))
    parts += _measured(point)
    parts += (b"\x30", zigzag(point.scale), _FIXED.pack(0x39, point.zero_count))
    for tag, buckets in ((b"\x42", point.positive), (b"\x4a", point.negative)):
        if buckets.bucket_counts:
            counts = b"".join([varint(count) for count in buckets.bucket_counts])
            parts += (tag, delimited(b"\x08" + zigzag(buckets.offset) + b"\x12" + delimited(counts)))
    if point.flags:
        parts += (b"\x50", varint(point.flags))
    for exemplar in point.exemplars:
        parts += (b"\x5a", delimited(_exemplar(exemplar, scrub)))
    parts += (_DOUBLE.pack(0x61, point.min), _DOUBLE.pack(0x69, point.max))
    return b"".join(parts)


def _measured(point: HistogramDataPoint | ExponentialHistogramDataPoint) -> tuple[bytes, ...]:
    return (
        _FIXED.pack(_START, point.start_time_unix_nano),
        _FIXED.pack(_TIME, point.time_unix_nano),
        _FIXED.pack(_COUNT, point.count),
        _DOUBLE.pack(_SUM, point.sum),
    )


def _exemplar(exemplar: Exemplar, scrub: Scrub) -> bytes:
    parts = [_FIXED.pack(0x11, exemplar.time_unix_nano), _value(exemplar.value, 0x19, 0x31)]
    if exemplar.span_id is not None and exemplar.trace_id is not None:
        parts += (b"\x22\x08", exemplar.span_id.to_bytes(8, "big"))
        parts += (b"\x2a\x10", exemplar.trace_id.to_bytes(16, "big"))
    add_attributes(parts, b"\x3a", scrub(exemplar.filtered_attributes or {}))
    return b"".join(parts)


def _value(value: float, double_tag: int, int_tag: int) -> bytes:
    """A number in the field for its type: `as_double` or `as_int`."""
    if isinstance(value, int):
        return _SIGNED.pack(int_tag, value)
    return _DOUBLE.pack(double_tag, value)
