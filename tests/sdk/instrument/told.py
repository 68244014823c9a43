"""What arrived at a collector, in words that tests use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tests.sdk.collector import Collector, values

SERVER = Span.SPAN_KIND_SERVER
CLIENT = Span.SPAN_KIND_CLIENT
PRODUCER = Span.SPAN_KIND_PRODUCER
CONSUMER = Span.SPAN_KIND_CONSUMER
ERROR = Status.STATUS_CODE_ERROR


def spans(collector: Collector, name: str) -> list[Span]:
    """Every span of that name."""
    return [each.record for each in collector.spans if each.record.name == name]


def attributes(span: Span) -> dict[str, Any]:
    """The attributes of a span."""
    return values(span.attributes)


def path(collector: Collector, span: Span) -> list[str]:
    """Names from the root of a span's trace down to it, as far as its ancestors arrived."""
    by_id = {each.record.span_id: each.record for each in collector.spans}
    names = [span.name]
    parent = by_id.get(span.parent_span_id)
    while parent is not None:
        names.insert(0, parent.name)
        parent = by_id.get(parent.parent_span_id)
    return names


def trace(collector: Collector, span: Span) -> Sequence[Span]:
    """All spans of the trace of `span`."""
    return [each.record for each in collector.spans if each.record.trace_id == span.trace_id]
