"""Telemetry of a web shop from a seed."""

from __future__ import annotations

import random

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from sonde.testing.clock import EPOCH_NS, MILLISECOND_NS, SECOND_NS

_ROUTES = ("/", "/cart", "/checkout", "/product/{id}", "/orders")


def attributes(values: dict[str, str | int | float | bool]) -> list[KeyValue]:
    """Attributes as OTLP has them."""
    return [KeyValue(key=key, value=_any_value(value)) for key, value in values.items()]


def example_traces(
    count: int = 10,
    *,
    seed: int = 0,
    start_ns: int = EPOCH_NS,
    spacing_ns: int = SECOND_NS,
    services: tuple[str, ...] = ("frontend", "checkout", "cart"),
) -> ExportTraceServiceRequest:
    """`count` traces of a web shop, one every `spacing_ns`; the same seed gives the same bytes.

    Each has a root of the first service and one client and server pair per further service. Every tenth
    trace fails at its last span.
    """
    rng = random.Random(seed)
    request = ExportTraceServiceRequest()
    scopes: list[ScopeSpans] = []
    for service in services:
        resource = request.resource_spans.add()
        resource.resource.attributes.extend(
            attributes({"service.name": service, "service.version": "1.4.2", "host.name": f"{service}-0"})
        )
        scopes.append(resource.scope_spans.add())
        scopes[-1].scope.name, scopes[-1].scope.version = "shop", "1.0"
    for number in range(count):
        failed = number % 10 == 9
        route = _ROUTES[number % len(_ROUTES)]
        begin_ns, length_ns = start_ns + number * spacing_ns, rng.randrange(20, 400) * MILLISECOND_NS
        trace_id, parent = rng.randbytes(16), b""
        for depth, scope in enumerate(scopes):
            if depth:
                call = _span(rng, trace_id, parent, f"call {services[depth]}", Span.SPAN_KIND_CLIENT)
                call.start_time_unix_nano, call.end_time_unix_nano = begin_ns, begin_ns + length_ns
                scopes[depth - 1].spans.append(call)
                parent = call.span_id
                begin_ns, length_ns = begin_ns + MILLISECOND_NS, length_ns - 2 * MILLISECOND_NS
            served = _span(rng, trace_id, parent, f"GET {route}", Span.SPAN_KIND_SERVER)
            served.start_time_unix_nano, served.end_time_unix_nano = begin_ns, begin_ns + length_ns
            user = f"user-{rng.randrange(50)}"
            code = 500 if failed else 200
            served.attributes.extend(
                attributes({"http.route": route, "user.id": user, "http.response.status_code": code})
            )
            if failed and scope is scopes[-1]:
                _fail(served)
            scope.spans.append(served)
            parent = served.span_id
    return request


def example_logs(
    count: int = 10, *, seed: int = 0, start_ns: int = EPOCH_NS, service: str = "checkout"
) -> ExportLogsServiceRequest:
    """`count` log records, one a second; every fifth is an event `order.placed`, every seventh an error."""
    rng = random.Random(seed)
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": service}))
    scope = resource.scope_logs.add()
    scope.scope.name = "shop"
    for number in range(count):
        failed = number % 7 == 6
        record = scope.log_records.add(
            time_unix_nano=start_ns + number * SECOND_NS,
            observed_time_unix_nano=start_ns + number * SECOND_NS + MILLISECOND_NS,
            severity_number=17 if failed else 9,  # ERROR, INFO
            severity_text="ERROR" if failed else "INFO",
            event_name="order.placed" if number % 5 == 0 else "",
        )
        record.body.string_value = f"order {number} {'refused: time out' if failed else 'placed'}"
        record.attributes.extend(attributes({"order.id": number, "user.id": f"user-{rng.randrange(50)}"}))
    return request


def example_metrics(
    count: int = 10, *, start_ns: int = EPOCH_NS, service: str = "checkout"
) -> ExportMetricsServiceRequest:
    """`count` points, one every ten seconds, of a counter `orders` and a gauge `queue.depth`."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.extend(attributes({"service.name": service}))
    scope = resource.scope_metrics.add()
    scope.scope.name = "shop"
    counter = scope.metrics.add(name="orders", unit="1", description="Orders placed")
    counter.sum.aggregation_temporality = AGGREGATION_TEMPORALITY_CUMULATIVE
    counter.sum.is_monotonic = True
    gauge = scope.metrics.add(name="queue.depth", unit="{job}", description="Jobs that wait")
    for number in range(count):
        at_ns = start_ns + number * 10 * SECOND_NS
        counter.sum.data_points.add(time_unix_nano=at_ns, start_time_unix_nano=start_ns, as_int=3 * number)
        gauge.gauge.data_points.add(time_unix_nano=at_ns, as_double=float(number % 4))
    return request


def _any_value(value: str | int | float | bool) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def _span(
    rng: random.Random, trace_id: bytes, parent: bytes, name: str, kind: Span.SpanKind.ValueType
) -> Span:
    return Span(trace_id=trace_id, span_id=rng.randbytes(8), parent_span_id=parent, name=name, kind=kind)


def _fail(span: Span) -> None:
    span.status.code = Status.STATUS_CODE_ERROR
    span.status.message = "time out"
    event = span.events.add(name="exception", time_unix_nano=span.end_time_unix_nano)
    event.attributes.extend(
        attributes({"exception.type": "TimeoutError", "exception.message": "no answer within 0.4 s"})
    )
