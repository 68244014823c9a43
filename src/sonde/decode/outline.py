"""What is known of a request before its columns are made: records, which of them cannot be stored, and
weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.columns import Index, lengths_of, numbers, rows_of_zero, unnest
from sonde.decode.signals import Signal

NESTING: Final[dict[Signal, tuple[str, str]]] = {
    Signal.TRACES: ("scope_spans", "spans"),
    Signal.LOGS: ("scope_logs", "log_records"),
    Signal.METRICS: ("scope_metrics", "metrics"),
}
"""Below the list of resources: the field of the scopes, and that of the records."""

METRIC_KINDS: Final = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
"""The kinds of metric data; within one request, records are counted in this order."""

FAULTS: Final = (
    "",
    "trace id is not 16 bytes",
    "trace id is all zero",
    "span id is not 8 bytes",
    "span id is all zero",
    "parent span id is not 8 bytes",
)
"""Why a record is refused, by number; 0 for one that is stored."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The records of some requests, one request after the other."""

    counts: Index
    """Records of each request."""
    faults: npt.NDArray[np.uint8]
    """Of each record, its number in FAULTS."""
    weights: Index
    """Of each record, its size in bytes once it repeats what it inherits."""
    timed: bool
    """Whether any record bears a timestamp."""


def outlined(signal: Signal, batch: pa.RecordBatch, sizes: Sequence[int]) -> Outline:
    """The outline of requests of these sizes in bytes, from the outline shape of their descriptors."""
    resources, request_of_resource = unnest(batch.column(0))
    scopes_field, records_field = NESTING[signal]
    scopes, resource_of_scope = unnest(resources.field(scopes_field))
    inherited = lengths_of(resources.field("resource")).astype(np.int64)[resource_of_scope]
    inherited += lengths_of(scopes.field("scope"))
    request_of_scope = request_of_resource[resource_of_scope]
    if signal is Signal.METRICS:
        return _points(unnest(scopes.field(records_field)), request_of_scope, inherited, sizes)
    records, scope_of = unnest(scopes.field(records_field))
    counts = np.bincount(request_of_scope[scope_of], minlength=len(sizes))
    if signal is Signal.TRACES:
        faults = _span_faults(records)
        times = ("start_time_unix_nano", "end_time_unix_nano")
    else:
        faults = _log_faults(records)
        times = ("time_unix_nano", "observed_time_unix_nano")
    return Outline(
        counts=counts,
        faults=faults,
        weights=_average(sizes, counts) + inherited[scope_of],
        timed=any(bool(numbers(records.field(time)).any()) for time in times),
    )


def joined(outlines: Sequence[Outline]) -> Outline:
    """The outline of all requests of these outlines."""
    if len(outlines) == 1:
        return outlines[0]
    return Outline(
        counts=np.concatenate([part.counts for part in outlines] or [np.zeros(0, np.int64)]),
        faults=np.concatenate([part.faults for part in outlines] or [np.zeros(0, np.uint8)]),
        weights=np.concatenate([part.weights for part in outlines] or [np.zeros(0, np.int64)]),
        timed=any(part.timed for part in outlines),
    )


def points_by_kind(metrics: Any) -> Iterator[tuple[str, Any, Index]]:
    """For each kind of metric: its data points and, for each of them, the metric it belongs to."""
    for kind in METRIC_KINDS:
        yield kind, *unnest(metrics.field(kind).field("data_points"))


def request_order(requests: Sequence[Index]) -> list[Index]:
    """Positions of records that come grouped by kind, once they are put request by request.

    `requests` holds, for each kind, the request of each record. Within a request the kinds keep their order.
    """
    together = np.concatenate(requests)
    positions = np.empty(len(together), np.int64)
    positions[np.argsort(together, kind="stable")] = np.arange(len(together))
    return np.split(positions, np.cumsum([len(part) for part in requests])[:-1])


def has_several_data(metrics: Any) -> bool:
    """Whether a metric has data of more than one kind: bytes with several members of the oneof."""
    seen = np.zeros(len(metrics), np.uint8)
    for kind in METRIC_KINDS:
        seen += metrics.field(kind).is_valid().to_numpy(zero_copy_only=False)
    return bool((seen > 1).any())


def _points(
    nested: tuple[Any, Index], request_of_scope: Index, inherited: Index, sizes: Sequence[int]
) -> Outline:
    metrics, scope_of_metric = nested
    inherited = inherited[scope_of_metric]
    for field in ("name", "description", "unit"):
        inherited += lengths_of(metrics.field(field))
    metadata, metric_of_metadata = unnest(metrics.field("metadata"))
    np.add.at(inherited, metric_of_metadata, lengths_of(metadata))
    request_of_metric = request_of_scope[scope_of_metric]
    requests: list[Index] = []
    own: list[Index] = []
    timed = False
    for _, points, metric_of in points_by_kind(metrics):
        requests.append(request_of_metric[metric_of])
        own.append(inherited[metric_of])
        timed = timed or bool(numbers(points.field("time_unix_nano")).any())
    together = np.concatenate(requests)
    counts = np.bincount(together, minlength=len(sizes))
    weights = np.concatenate(own)[np.argsort(together, kind="stable")]
    return Outline(
        counts=counts,
        faults=np.zeros(len(weights), np.uint8),
        weights=weights + _average(sizes, counts),
        timed=timed,
    )


def _average(sizes: Sequence[int], counts: Index) -> Index:
    return np.repeat(np.asarray(sizes, np.int64) // np.maximum(counts, 1) + 1, counts)


def _span_faults(spans: Any) -> npt.NDArray[np.uint8]:
    parent = lengths_of(spans.field("parent_span_id"))
    faults = np.zeros(len(spans), np.uint8)
    # The first of FAULTS that holds is named, so they are set from the last.
    faults[(parent != 0) & (parent != 8)] = 5
    faults[rows_of_zero(spans.field("span_id"), 8)] = 4
    faults[lengths_of(spans.field("span_id")) != 8] = 3
    faults[rows_of_zero(spans.field("trace_id"), 16)] = 2
    faults[lengths_of(spans.field("trace_id")) != 16] = 1
    return faults


def _log_faults(logs: Any) -> npt.NDArray[np.uint8]:
    trace = lengths_of(logs.field("trace_id"))
    span = lengths_of(logs.field("span_id"))
    faults = np.zeros(len(logs), np.uint8)
    faults[(span != 0) & (span != 8)] = 3
    faults[(trace != 0) & (trace != 16)] = 1
    return faults
