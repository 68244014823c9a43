"""Data points of metrics as rows of the five `otel_metrics_*` tables, one for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sonde import semconv
from sonde.decode.attributes import Attributes, first_of
from sonde.decode.blocks import Block, Stamp
from sonde.decode.columns import (
    Index,
    encoded,
    hex_of,
    lists,
    numbers,
    offsets_of,
    timestamps,
    unnest,
    without_zero_ids,
)
from sonde.decode.envelope import Envelope
from sonde.decode.kernels import kernels as pc
from sonde.decode.marks import with_flags
from sonde.decode.timestamps import clamped, day_partition, milliseconds

TABLES: Final = {
    "gauge": "otel_metrics_gauge",
    "sum": "otel_metrics_sum",
    "histogram": "otel_metrics_histogram",
    "exponential_histogram": "otel_metrics_exp_histogram",
    "summary": "otel_metrics_summary",
}
_TABLES_WITH_EXEMPLARS: Final = ("gauge", "sum", "histogram", "exponential_histogram")


def point_block(
    kind: str,
    points: Any,
    metrics: Any,
    metric_of: Index,
    envelope: Envelope,
    stamp: Stamp,
) -> Block:
    """The block of data points of one kind; `metric_of` is the metric of each."""
    received = stamp.received_at_ns
    time_u64 = numbers(points.field("time_unix_nano"))
    untimed = time_u64 == 0
    time, time_beyond = clamped(np.where(untimed, received.view(np.uint64), time_u64))
    start, _ = clamped(numbers(points.field("start_time_unix_nano")))
    attributes = with_flags(
        Attributes.from_list(points.field("attributes")),
        {semconv.FLAG_NO_TIMESTAMP: untimed, semconv.FLAG_TIMESTAMP_OUT_OF_RANGE: time_beyond},
    )
    metadata = Attributes.from_list(metrics.field("metadata")).encoded()
    index = pa.array(metric_of)
    columns: dict[str, pa.Array] = {
        "ResourceAttributes": envelope.resource_map(),
        "ResourceSchemaUrl": envelope.resource_schema_url(),
        "ScopeName": envelope.scope_text("name"),
        "ScopeVersion": envelope.scope_text("version"),
        "ScopeAttributes": envelope.scope_map(),
        "ScopeDroppedAttrCount": envelope.scope_dropped(),
        "ScopeSchemaUrl": envelope.scope_schema_url(),
        "ServiceName": envelope.service,
        "MetricName": encoded(metrics.field("name")).take(index),
        "MetricDescription": encoded(metrics.field("description")).take(index),
        "MetricUnit": encoded(metrics.field("unit")).take(index),
        "Attributes": attributes.to_map(),
        "StartTimeUnix": timestamps(start),
        "TimeUnix": timestamps(time),
        "Flags": points.field("flags"),
        **_VALUES[kind](points),
        "MetricMetadata": metadata.take(metric_of).to_map(),
        "ResourceDroppedAttributesCount": envelope.resource_dropped(),
        "Segment": pa.array(np.full(len(points), stamp.segment, np.uint64)),
        "ReceivedAt": milliseconds(received),
        "Component": first_of(
            semconv.COMPONENT,
            attributes,
            envelope.resource_attributes,
            envelope.resource_of,
            envelope.service,
        ),
    }
    if kind in _TABLES_WITH_EXEMPLARS:
        columns |= _exemplars(points.field("exemplars"))
    data = metrics.field(kind)
    if kind not in ("gauge", "summary"):
        columns["AggregationTemporality"] = data.field("aggregation_temporality").take(index)
    if kind == "sum":
        columns["IsMonotonic"] = data.field("is_monotonic").take(index)
    return Block(TABLES[kind], pa.table(columns), day_partition(time, received), derived=False)


def _number(points: Any) -> pa.Array:
    """The value as a double; 0 where there is none."""
    whole = points.field("as_int")
    if whole.null_count == len(whole):
        return pc.fill_null(points.field("as_double"), 0.0)
    return pc.coalesce(points.field("as_double"), whole.cast(pa.float64(), safe=False), 0.0)


def _number_values(points: Any) -> dict[str, pa.Array]:
    whole = points.field("as_int")
    return {"Value": _number(points), "IsInt": whole.is_valid(), "IntValue": pc.fill_null(whole, 0)}


def _optional(points: Any, *fields: str) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for field in fields:
        values = points.field(field)
        columns[field.capitalize()] = pc.fill_null(values, 0.0)
        columns[f"Has{field.capitalize()}"] = values.is_valid()
    return columns


def _histogram_values(points: Any) -> dict[str, pa.Array]:
    return {
        "Count": points.field("count"),
        "BucketCounts": points.field("bucket_counts"),
        "ExplicitBounds": points.field("explicit_bounds"),
        **_optional(points, "sum", "min", "max"),
    }


def _exponential_values(points: Any) -> dict[str, pa.Array]:
    return {
        "Count": points.field("count"),
        "Scale": points.field("scale"),
        "ZeroCount": points.field("zero_count"),
        "ZeroThreshold": points.field("zero_threshold"),
        "PositiveOffset": points.field("positive").field("offset"),
        "PositiveBucketCounts": points.field("positive").field("bucket_counts"),
        "NegativeOffset": points.field("negative").field("offset"),
        "NegativeBucketCounts": points.field("negative").field("bucket_counts"),
        **_optional(points, "sum", "min", "max"),
    }


def _summary_values(points: Any) -> dict[str, pa.Array]:
    quantiles, offsets = _elements(points.field("quantile_values"))
    return {
        "Count": points.field("count"),
        "Sum": points.field("sum"),
        "ValueAtQuantiles.Quantile": lists(offsets, quantiles.field("quantile")),
        "ValueAtQuantiles.Value": lists(offsets, quantiles.field("value")),
    }


def _exemplars(array: pa.ListArray) -> dict[str, pa.Array]:
    exemplars, offsets = _elements(array)
    times, _ = clamped(numbers(exemplars.field("time_unix_nano")))
    filtered = Attributes.from_list(exemplars.field("filtered_attributes"))
    return {
        "Exemplars.FilteredAttributes": lists(offsets, filtered.to_map()),
        "Exemplars.TimeUnix": lists(offsets, timestamps(times)),
        "Exemplars.Value": lists(offsets, _number(exemplars)),
        "Exemplars.SpanId": lists(offsets, hex_of(without_zero_ids(exemplars.field("span_id"), 8))),
        "Exemplars.TraceId": lists(offsets, hex_of(without_zero_ids(exemplars.field("trace_id"), 16))),
    }


def _elements(array: pa.ListArray) -> tuple[Any, Any]:
    elements, _ = unnest(array)
    offsets = offsets_of(array)
    return elements, offsets if offsets[0] == 0 else offsets - offsets[0]


_VALUES: Final[dict[str, Callable[[Any], dict[str, pa.Array]]]] = {
    "gauge": _number_values,
    "sum": _number_values,
    "histogram": _histogram_values,
    "exponential_histogram": _exponential_values,
    "summary": _summary_values,
}
