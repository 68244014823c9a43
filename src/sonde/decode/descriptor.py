"""Protobuf handlers: OTLP's messages in the shapes the decoder reads them in.

Every handler is built from a private copy of the descriptors that `opentelemetry-proto` ships, with parts
declared as bytes, which is wire-compatible. Three shapes of each request:

- flat: what the columns are made of; the recursive parts of `AnyValue` (arrays, key-value lists) stay bytes;
- outline: only what tells how many records there are and whether they can be stored;
- levels: one level each, the one below left as bytes: cheap enough to refuse a bomb before it is decoded.

The fields of the profiling signal (string table indices) and entity references are left out of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import ptars
import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError as ProtobufError
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from sonde.decode.signals import Signal
from sonde.errors import DecodeError

_TYPE_BYTES: Final = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES

_FILES: Final[dict[Signal, tuple[Any, ...]]] = {
    Signal.TRACES: (common_pb2, resource_pb2, trace_pb2, trace_service_pb2),
    Signal.LOGS: (common_pb2, resource_pb2, logs_pb2, logs_service_pb2),
    Signal.METRICS: (common_pb2, resource_pb2, metrics_pb2, metrics_service_pb2),
}
_REQUEST: Final[dict[Signal, str]] = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
}
_LEFT_OUT: Final = {
    "AnyValue": {"string_value_strindex"},
    "KeyValue": {"key_strindex"},
    "Resource": {"entity_refs"},
}


@dataclass(frozen=True)
class _Shape:
    """How a copy of the descriptors differs: fields declared as bytes, and messages of which few fields are
    kept."""

    as_bytes: Mapping[str, Collection[str]]
    only: Mapping[str, Collection[str]]
    as_many: bool = False
    """Whether the fields declared as bytes are repeated. A message that comes twice on the wire is merged,
    and the merge of two encodings is one after the other: so nothing is lost, while a single bytes field
    would keep the last only."""


_ENVELOPE: Final = {
    "ResourceSpans": {"resource"},
    "ResourceLogs": {"resource"},
    "ResourceMetrics": {"resource"},
    "ScopeSpans": {"scope"},
    "ScopeLogs": {"scope"},
    "ScopeMetrics": {"scope"},
}
_SCOPES: Final = ("ScopeSpans", "ScopeLogs", "ScopeMetrics")
_POINT: Final = {"time_unix_nano"}
_FLAT: Final = _Shape(as_bytes={"AnyValue": {"array_value", "kvlist_value"}}, only={}, as_many=True)
_OUTLINE: Final = _Shape(
    as_bytes=_ENVELOPE | {"Metric": {"metadata"}},
    only={
        "Span": {"trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano"},
        "LogRecord": {"time_unix_nano", "observed_time_unix_nano", "trace_id", "span_id"},
        "NumberDataPoint": _POINT,
        "HistogramDataPoint": _POINT,
        "ExponentialHistogramDataPoint": _POINT,
        "SummaryDataPoint": _POINT,
    },
)
_RECORDS: Final = {"spans", "log_records", "metrics"}
_ENTRIES: Final = {"attributes", "events", "links", "exemplars"}
_POINTS: Final = {
    kind: {"data_points"} for kind in ("Gauge", "Sum", "Histogram", "ExponentialHistogram", "Summary")
}
_METRIC_KINDS: Final = {"gauge", "sum", "histogram", "exponential_histogram", "summary"}
_POINT_TYPES: Final = (
    "NumberDataPoint",
    "HistogramDataPoint",
    "ExponentialHistogramDataPoint",
    "SummaryDataPoint",
)
_LEVELS: Final = {
    "resources": _Shape(
        as_bytes={
            "ExportTraceServiceRequest": {"resource_spans"},
            "ExportLogsServiceRequest": {"resource_logs"},
            "ExportMetricsServiceRequest": {"resource_metrics"},
        },
        only={},
    ),
    "scopes": _Shape(
        as_bytes={
            "ResourceSpans": {"scope_spans"},
            "ResourceLogs": {"scope_logs"},
            "ResourceMetrics": {"scope_metrics"},
        },
        only={
            "ResourceSpans": {"scope_spans"},
            "ResourceLogs": {"scope_logs"},
            "ResourceMetrics": {"scope_metrics"},
        },
    ),
    "records": _Shape(
        as_bytes=_ENVELOPE | {scope: {"scope", *_RECORDS} for scope in _SCOPES},
        only=dict.fromkeys(_SCOPES, _RECORDS),
    ),
    "points": _Shape(as_bytes=_ENVELOPE | _POINTS, only={"Metric": _METRIC_KINDS, **_POINTS}),
    "entries": _Shape(
        as_bytes=_ENVELOPE | dict.fromkeys(("Span", "LogRecord", *_POINT_TYPES), _ENTRIES),
        only={"Metric": _METRIC_KINDS} | dict.fromkeys(("Span", "LogRecord", *_POINT_TYPES), _ENTRIES),
    ),
}
_SHAPES: Final = {
    "flat": _FLAT,
    "outline": _OUTLINE,
    "whole": _Shape(as_bytes={}, only={}),
    **_LEVELS,
}


@cache
def _descriptor(signal: Signal, shape_name: str) -> Descriptor:
    shape = _SHAPES[shape_name]
    pool = descriptor_pool.DescriptorPool()
    for module in _FILES[signal]:
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        for message in file.message_type:
            _reshape(message, shape)
        pool.Add(file)  # pyright: ignore[reportAttributeAccessIssue] - the stubs of the pool lack it
    return pool.FindMessageTypeByName(_REQUEST[signal])


def _reshape(message: descriptor_pb2.DescriptorProto, shape: _Shape) -> None:
    left_out = _LEFT_OUT.get(message.name, ())
    only = shape.only.get(message.name)
    kept = [
        field
        for field in message.field
        if field.name not in left_out and (only is None or field.name in only)
    ]
    for field in kept:
        if field.name in shape.as_bytes.get(message.name, ()):
            field.type = _TYPE_BYTES
            field.ClearField("type_name")
            if shape.as_many:
                field.label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
                field.ClearField("oneof_index")
    del message.field[:]
    message.field.extend(kept)
    if not any(field.HasField("oneof_index") for field in kept):
        del message.oneof_decl[:]


@cache
def _handler(signal: Signal, shape_name: str) -> Callable[[list[bytes]], pa.RecordBatch]:
    descriptor = _descriptor(signal, shape_name)
    pool = ptars.HandlerPool([descriptor.file], config=ptars.PtarsConfig())
    handler: Any = pool.get_for_message(descriptor)
    return cast("Callable[[list[bytes]], pa.RecordBatch]", handler.list_to_record_batch)


def _decode(signal: Signal, shape_name: str, payloads: Sequence[bytes]) -> pa.RecordBatch:
    try:
        return _handler(signal, shape_name)(list(payloads))
    except ValueError as error:
        raise DecodeError(f"cannot decode {signal} request: {error}") from None
    except BaseException as error:
        # A Rust panic (an absurd length) derives from BaseException and cannot be imported by name.
        if type(error).__name__ != "PanicException":
            raise
        raise DecodeError(f"cannot decode {signal} request: length out of range") from None


def flat(signal: Signal, payloads: Sequence[bytes]) -> pa.RecordBatch:
    """All fields, one row a payload. Raises DecodeError."""
    return _decode(signal, "flat", payloads)


def outline(signal: Signal, payloads: Sequence[bytes]) -> pa.RecordBatch:
    """Ids and times of the records, sizes of resources and scopes, one row a payload. Raises DecodeError."""
    return _decode(signal, "outline", payloads)


def level(signal: Signal, name: str, payload: bytes) -> pa.RecordBatch:
    """One level of the request as undecoded bytes, in one row. Raises DecodeError.

    The levels are `resources`, `scopes`, `records`, `points` and `entries` (attributes of records and such).
    """
    return _decode(signal, name, [payload])


@cache
def message_class(signal: Signal) -> type[Message]:
    """The request as a `google.protobuf` class of a private pool."""
    return message_factory.GetMessageClass(_descriptor(signal, "whole"))


@cache
def nested_class(kind: str) -> type[Message]:
    """`ArrayValue` or `KeyValueList` as a `google.protobuf` class of the same private pool."""
    pool = _descriptor(Signal.TRACES, "whole").file.pool
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"opentelemetry.proto.common.v1.{kind}")
    )


def whole(signal: Signal, payload: bytes) -> Message:
    """The payload as `google.protobuf` reads it: the judge of what decodes. Raises DecodeError."""
    try:
        return message_class(signal).FromString(payload)
    except ProtobufError as error:
        reason = str(error).removeprefix(f"Error parsing message with type '{_REQUEST[signal]}': ")
        if "MaxDepth" in reason:
            reason = "nested deeper than 100 messages"
        raise DecodeError(f"cannot decode {signal} request: {reason}") from None


def canonical(signal: Signal, payload: bytes) -> bytes:
    """The payload as `google.protobuf` writes it: no unknown fields, and one member of every oneof."""
    message = whole(signal, payload)
    message.DiscardUnknownFields()
    return message.SerializeToString()
