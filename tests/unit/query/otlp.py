"""Spans, log records and metrics in few words, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sonde.testing import EPOCH_NS, attributes

MS = 1_000_000
SECOND = 1_000 * MS
HOUR = 3600 * SECOND


@dataclass(frozen=True)
class S:
    """A span: ids are small numbers, times in nanoseconds after EPOCH_NS; `length` None leaves it open."""

    trace: int
    id: int
    parent: int = 0
    at: int = 0
    length: int | None = 10 * MS
    name: str = "work"
    service: str = "shop"
    error: bool = False
    attributes: Mapping[str, str | int | float | bool] = field(
        default_factory=dict[str, str | int | float | bool]
    )
    state: str = ""


def trace_id(number: int) -> str:
    """The id of the trace with this number."""
    return f"{number:032x}"


def span_id(number: int) -> str:
    """The id of the span with this number."""
    return f"{number:016x}"


def request(spans: Iterable[S]) -> ExportTraceServiceRequest:
    """The spans as a request."""
    made = ExportTraceServiceRequest()
    for each in spans:
        resource = made.resource_spans.add()
        resource.resource.attributes.extend(attributes({"service.name": each.service}))
        start = EPOCH_NS + each.at
        span = Span(
            trace_id=each.trace.to_bytes(16),
            span_id=each.id.to_bytes(8),
            parent_span_id=each.parent.to_bytes(8) if each.parent else b"",
            name=each.name,
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=start,
            end_time_unix_nano=0 if each.length is None else start + each.length,
            trace_state=each.state,
        )
        span.attributes.extend(attributes(dict(each.attributes)))
        if each.error:
            span.status.code = 2  # pyright: ignore[reportAttributeAccessIssue] -- the enumeration's number
        resource.scope_spans.add().spans.append(span)
    return made
