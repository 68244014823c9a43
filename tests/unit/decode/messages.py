"""Hypothesis makes OTLP requests: odd ids, times, values and nesting among ordinary ones."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from hypothesis import strategies as st
from opentelemetry.proto.common.v1 import common_pb2 as common
from opentelemetry.proto.logs.v1 import logs_pb2 as logs
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.resource.v1 import resource_pb2 as resources
from opentelemetry.proto.trace.v1 import trace_pb2 as traces
from tests.unit.decode.oracle import REQUEST

from sonde.decode import Signal

texts = st.one_of(st.just(""), st.sampled_from(["a", "Grüße", "x" * 40, '"<\x00\n']), st.text(max_size=6))
keys = st.one_of(
    st.sampled_from(
        [
            "service.name",
            "sonde.component",
            "sonde.run.id",
            "sonde.run.url",
            "sonde.entity.payment",
            "sonde.entity.",
            "sonde.orchestration.id",
            "correlation.id",
            "session.id",
            "sonde.status",
            "sonde.flags",
            "sonde.open",
            "sonde.pipeline.trigger_event",
            "event.name",
        ]
    ),
    texts,
)
times = st.one_of(
    st.integers(1_789_900_000_000_000_000, 1_790_100_000_000_000_000),
    st.sampled_from([0, 1, 10**15, 2**63 - 1, 2**63, 2**64 - 1, 9_223_372_036_000_000_000]),
    st.integers(0, 2**64 - 1),
)
counts = st.sampled_from([0, 0, 0, 1, 2**32 - 1])
doubles = st.one_of(st.floats(), st.sampled_from([0.0, 1.0, 1.5, 1e15, 1e21, 1e-7, 123456789012.5]))
int64s = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))
trace_states = st.sampled_from(
    [
        "",
        "",
        "ot=th:8",
        "a=b,ot=rv:123;th:c0",
        "ot=th:",
        "ot=th:zz",
        "xot=th:8",
        "ot=p:8,c=th:4",
        "ot=th:0;k:v",
    ]
)


def ids(size: int) -> st.SearchStrategy[bytes]:
    """Mostly proper ids."""
    proper = st.binary(min_size=size, max_size=size)
    return st.one_of(proper, proper, proper, st.sampled_from([b"", bytes(size), b"\x01" * (size - 1)]))


@st.composite
def any_values(draw: st.DrawFn, depth: int = 3) -> common.AnyValue:
    """A value, nested at the most `depth` times."""
    value = common.AnyValue()
    kind = draw(st.integers(0, 8 if depth else 5))
    match kind:
        case 0:
            pass
        case 1 | 6:
            value.string_value = draw(texts)
        case 2:
            value.bool_value = draw(st.booleans())
        case 3:
            value.int_value = draw(int64s)
        case 4:
            value.double_value = draw(doubles)
        case 5:
            value.bytes_value = draw(st.binary(max_size=5))
        case 7:
            value.array_value.values.extend(draw(st.lists(any_values(depth=depth - 1), max_size=3)))
            value.array_value.SetInParent()
        case _:
            value.kvlist_value.values.extend(draw(attributes(depth - 1)))
            value.kvlist_value.SetInParent()
    return value


@st.composite
def pairs(draw: st.DrawFn, depth: int = 2) -> common.KeyValue:
    """A key with a value, or without."""
    pair = common.KeyValue(key=draw(keys))
    if draw(st.integers(0, 9)):
        pair.value.CopyFrom(draw(any_values(depth)))
    return pair


def attributes(depth: int = 2) -> st.SearchStrategy[list[common.KeyValue]]:
    """Some attributes; keys may repeat."""
    return st.lists(pairs(depth), max_size=4)


@st.composite
def spans(draw: st.DrawFn) -> traces.Span:
    """A span."""
    span = traces.Span(
        trace_id=draw(ids(16)),
        span_id=draw(ids(8)),
        parent_span_id=draw(st.one_of(st.just(b""), ids(8))),
        trace_state=draw(trace_states),
        name=draw(texts),
        kind=draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, -1])),  # pyright: ignore[reportArgumentType] - an open enum
        start_time_unix_nano=draw(times),
        end_time_unix_nano=draw(times),
        attributes=draw(attributes()),
        dropped_attributes_count=draw(counts),
        dropped_events_count=draw(counts),
        dropped_links_count=draw(counts),
        flags=draw(counts),
    )
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        span.events.add(
            time_unix_nano=draw(times),
            name=draw(texts),
            attributes=draw(attributes(1)),
            dropped_attributes_count=draw(counts),
        )
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        span.links.add(
            trace_id=draw(ids(16)),
            span_id=draw(ids(8)),
            trace_state=draw(texts),
            attributes=draw(attributes(1)),
            dropped_attributes_count=draw(counts),
            flags=draw(counts),
        )
    if draw(st.booleans()):
        span.status.message = draw(texts)
        span.status.code = draw(st.sampled_from([0, 1, 2, 7]))  # pyright: ignore[reportAttributeAccessIssue]
    return span


@st.composite
def log_records(draw: st.DrawFn) -> logs.LogRecord:
    """A log record."""
    record = logs.LogRecord(
        time_unix_nano=draw(times),
        observed_time_unix_nano=draw(times),
        severity_number=draw(st.sampled_from([0, 9, 17, 24, -1, 300])),  # pyright: ignore[reportArgumentType]
        severity_text=draw(texts),
        attributes=draw(attributes()),
        dropped_attributes_count=draw(counts),
        flags=draw(st.sampled_from([0, 1, 257, 2**32 - 1])),
        trace_id=draw(st.one_of(st.just(b""), ids(16))),
        span_id=draw(st.one_of(st.just(b""), ids(8))),
        event_name=draw(texts),
    )
    if draw(st.booleans()):
        record.body.CopyFrom(draw(any_values()))
    return record


def _exemplars(draw: st.DrawFn, point: Any) -> None:
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        exemplar = point.exemplars.add(
            time_unix_nano=draw(times),
            trace_id=draw(ids(16)),
            span_id=draw(ids(8)),
            filtered_attributes=draw(attributes(1)),
        )
        _number(draw, exemplar)


def _number(draw: st.DrawFn, holder: Any) -> None:
    match draw(st.integers(0, 2)):
        case 0:
            pass
        case 1:
            holder.as_int = draw(int64s)
        case _:
            holder.as_double = draw(doubles)


def _optional(draw: st.DrawFn, point: Any) -> None:
    for field in ("sum", "min", "max"):
        if draw(st.booleans()):
            setattr(point, field, draw(doubles))


@st.composite
def metric_messages(draw: st.DrawFn) -> metrics.Metric:
    """A metric of any kind, or without data."""
    metric = metrics.Metric(name=draw(texts), description=draw(texts), unit=draw(texts))
    metric.metadata.extend(draw(attributes(1)))
    kind = draw(st.sampled_from(["gauge", "sum", "histogram", "exponential_histogram", "summary", None]))
    if kind is None:
        return metric
    data: Any = getattr(metric, kind)
    data.SetInParent()
    for _ in range(draw(st.integers(0, 3))):
        point = data.data_points.add(
            time_unix_nano=draw(times),
            start_time_unix_nano=draw(times),
            flags=draw(counts),
            attributes=draw(attributes(1)),
        )
        if kind in ("gauge", "sum"):
            _number(draw, point)
        else:
            point.count = draw(st.integers(0, 2**64 - 1))
        if kind == "histogram":
            point.bucket_counts.extend(draw(st.lists(st.integers(0, 2**64 - 1), max_size=4)))
            point.explicit_bounds.extend(draw(st.lists(doubles, max_size=3)))
            _optional(draw, point)
        if kind == "exponential_histogram":
            point.scale = draw(st.integers(-10, 20))
            point.zero_count = draw(st.integers(0, 9))
            point.zero_threshold = draw(doubles)
            if draw(st.booleans()):
                point.positive.offset = draw(st.integers(-(2**31), 2**31 - 1))
                point.positive.bucket_counts.extend(draw(st.lists(st.integers(0, 2**64 - 1), max_size=4)))
            if draw(st.booleans()):
                point.negative.bucket_counts.extend(draw(st.lists(st.integers(0, 9), max_size=4)))
            _optional(draw, point)
        if kind == "summary":
            point.sum = draw(doubles)
            for _ in range(draw(st.integers(0, 2))):
                point.quantile_values.add(quantile=draw(doubles), value=draw(doubles))
        else:
            _exemplars(draw, point)
    if kind not in ("gauge", "summary"):
        data.aggregation_temporality = draw(st.sampled_from([0, 1, 2]))
    if kind == "sum":
        data.is_monotonic = draw(st.booleans())
    return metric


_PARTS: dict[Signal, tuple[str, str, str, st.SearchStrategy[Any]]] = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans", spans()),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records", log_records()),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics", metric_messages()),
}


@st.composite
def requests(draw: st.DrawFn, signal: Signal) -> Message:
    """An export request."""
    resource_field, scope_field, record_field, records = _PARTS[signal]
    request: Any = REQUEST[signal]()
    for _ in range(draw(st.integers(0, 3))):
        around = getattr(request, resource_field).add(schema_url=draw(texts))
        if draw(st.booleans()):
            around.resource.CopyFrom(
                resources.Resource(attributes=draw(attributes()), dropped_attributes_count=draw(counts))
            )
        for _ in range(draw(st.integers(0, 2))):
            inside = getattr(around, scope_field).add(schema_url=draw(texts))
            if draw(st.booleans()):
                inside.scope.CopyFrom(
                    common.InstrumentationScope(
                        name=draw(texts),
                        version=draw(texts),
                        attributes=draw(attributes(1)),
                        dropped_attributes_count=draw(counts),
                    )
                )
            getattr(inside, record_field).extend(draw(st.lists(records, max_size=4)))
    return request
