"""Traces of any size: a batch job that calls services below one another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from bench.payload import SERVICES

SPANS_A_REQUEST = 2_000
_CHILDREN = 7
_OPERATIONS = ("GET /items", "SELECT items", "price item", "publish", "POST /reserve", "cache.get")


@dataclass(frozen=True)
class LargeTrace:
    """One trace: its id, and its spans by service in the order they began."""

    trace_id: str
    spans: list[tuple[str, Span]]

    def requests(self) -> Iterator[bytes]:
        """Encoded ExportTraceServiceRequests of at most 2 000 spans."""
        for first in range(0, len(self.spans), SPANS_A_REQUEST):
            by_service: dict[str, list[Span]] = {}
            for service, span in self.spans[first : first + SPANS_A_REQUEST]:
                by_service.setdefault(service, []).append(span)
            yield ExportTraceServiceRequest(
                resource_spans=[
                    ResourceSpans(
                        resource=Resource(attributes=[_attribute("service.name", service)]),
                        scope_spans=[ScopeSpans(spans=spans)],
                    )
                    for service, spans in by_service.items()
                ]
            ).SerializeToString()


def large_trace(size: int, end_ns: int, *, seed: int) -> LargeTrace:
    """A trace of `size` spans that ended before `end_ns`; seven calls below each, some failed."""
    rng = random.Random(seed)
    trace_id = rng.randbytes(16)
    length_ns = 20 * 10**9
    spans: list[tuple[str, Span]] = []
    bounds: list[tuple[int, int]] = []
    for number in range(size):
        parent = (number - 1) // _CHILDREN
        if number == 0:
            start_ns, stop_ns = end_ns - length_ns, end_ns
        else:
            above_start, above_stop = bounds[parent]
            share = (above_stop - above_start) // (_CHILDREN + 1)
            start_ns = above_start + share * ((number - 1) % _CHILDREN) + rng.randrange(share // 4 + 1)
            stop_ns = start_ns + int(share * rng.uniform(0.3, 1.1))
        bounds.append((start_ns, stop_ns))
        spans.append(
            (
                SERVICES[number % len(SERVICES)],
                Span(
                    trace_id=trace_id,
                    span_id=(number + 1).to_bytes(8),
                    parent_span_id=(parent + 1).to_bytes(8) if number else b"",
                    name=_OPERATIONS[number % len(_OPERATIONS)] if number else "nightly batch",
                    kind=Span.SPAN_KIND_INTERNAL,
                    start_time_unix_nano=start_ns,
                    end_time_unix_nano=stop_ns,
                    attributes=[_attribute("item.id", f"item_{number}"), _attribute("http.route", "/items")],
                    status=Status(code=Status.STATUS_CODE_ERROR) if rng.random() < 0.002 else None,
                ),
            )
        )
    return LargeTrace(trace_id.hex(), spans)


def _attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
