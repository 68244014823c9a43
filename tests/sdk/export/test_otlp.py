"""What is written is what OpenTelemetry's own encoders write."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common import metrics_encoder
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.metrics.view import (
    ExponentialBucketHistogramAggregation,
    View,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from sonde.sdk.export.encoding import log_encoder, span_encoder
from sonde.sdk.export.encoding import metrics_encoder as own_metrics_encoder

_encode_spans: Final = span_encoder(None)
_encode_logs: Final = log_encoder(None)

_TEXTS: Final = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
_SCALARS: Final = st.one_of(
    _TEXTS,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=200),
)
_VALUES: Final = st.recursive(
    st.one_of(_SCALARS, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple), st.dictionaries(_TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)
_ATTRIBUTES: Final = st.dictionaries(_TEXTS.filter(bool), _VALUES, max_size=6)
_NANOSECONDS: Final = st.integers(0, 2**64 - 1)
_RESOURCES: Final = st.builds(Resource, _ATTRIBUTES, st.sampled_from(["", "https://schema/1.9"]))
_SCOPES: Final = st.one_of(
    st.none(),
    st.builds(InstrumentationScope, _TEXTS, st.none() | _TEXTS, st.none() | _TEXTS, st.none() | _ATTRIBUTES),
)
_CONTEXTS: Final = st.builds(
    SpanContext,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    st.sampled_from([TraceState(), TraceState([("ot", "th:8"), ("v", "1")])]),
)
_STATUSES: Final = st.one_of(
    st.sampled_from([Status(StatusCode.UNSET), Status(StatusCode.OK)]),
    _TEXTS.map(lambda text: Status(StatusCode.ERROR, text)),
)
_SPANS: Final = st.builds(
    ReadableSpan,
    name=_TEXTS,
    context=_CONTEXTS,
    parent=st.none() | _CONTEXTS,
    resource=_RESOURCES,
    attributes=_ATTRIBUTES,
    events=st.lists(st.builds(Event, _TEXTS, _ATTRIBUTES, _NANOSECONDS), max_size=3),
    links=st.lists(st.builds(Link, _CONTEXTS, _ATTRIBUTES), max_size=3),
    kind=st.sampled_from(list(SpanKind)),
    status=_STATUSES,
    start_time=_NANOSECONDS,
    end_time=_NANOSECONDS,
    instrumentation_scope=_SCOPES,
)


def _as_text(message: Any) -> str:
    """Texts of messages are compared, as a number that is none does not equal itself."""
    return str(message)


@settings(deadline=None)
@given(st.lists(_SPANS, min_size=1, max_size=5))
def test_spans_are_encoded_as_opentelemetry_does(spans: list[ReadableSpan]) -> None:
    made = ExportTraceServiceRequest.FromString(_encode_spans(spans))
    assert _as_text(made) == _as_text(encode_spans(spans))


def test_what_was_over_the_limits_is_counted() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(span_limits=SpanLimits(max_attributes=2, max_events=2, max_links=2))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    context = SpanContext(1, 2, is_remote=True)
    with provider.get_tracer("tests", "1").start_as_current_span(
        "much", attributes={str(number): number for number in range(300)}, links=[Link(context)] * 5
    ) as span:
        for number in range(200):
            span.add_event(str(number), {str(each): each for each in range(200)})
    spans = exporter.get_finished_spans()
    made = ExportTraceServiceRequest.FromString(_encode_spans(spans))
    assert made == encode_spans(spans)
    (found,) = made.resource_spans[0].scope_spans[0].spans
    assert (found.dropped_attributes_count, found.dropped_events_count, found.dropped_links_count) == (
        298,
        198,
        3,
    )


def test_what_has_no_form_leaves_the_rest() -> None:
    unusual: Any = {"lone": "a\ud800b", "long": 2**70, "object": object(), "plain": 1, "\ud800": "name"}
    span = ReadableSpan(
        "a\ud800b", SpanContext(1, 2, is_remote=False), resource=Resource({}), attributes=unusual
    )
    request = ExportTraceServiceRequest.FromString(_encode_spans([span]))
    (found,) = request.resource_spans[0].scope_spans[0].spans
    assert found.name == "a?b"
    assert [(each.key, each.value.string_value or each.value.int_value) for each in found.attributes] == [
        ("lone", "a?b"),
        ("long", str(2**70)),
        ("plain", 1),
        ("?", "name"),
    ]


def _log_records(
    body: Any, attributes: dict[str, Any], event_name: str, resource: Resource
) -> list[ReadableLogRecord]:
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(resource)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    tracer = TracerProvider().get_tracer("tests")
    logger = provider.get_logger("tests", "1", attributes={"a": "b"})
    logger.emit(body=body, attributes=attributes, event_name=event_name)
    with tracer.start_as_current_span("around"):
        logger.emit(timestamp=7, observed_timestamp=8, severity_text="INFO", body=body, attributes=attributes)
    return list(exporter.get_finished_logs())


@settings(deadline=None, max_examples=50)
@given(_VALUES, _ATTRIBUTES, _TEXTS, _RESOURCES)
def test_log_records_are_encoded_as_opentelemetry_does(
    body: Any, attributes: dict[str, Any], event_name: str, resource: Resource
) -> None:
    records = _log_records(body, attributes, event_name, resource)
    made = ExportLogsServiceRequest.FromString(_encode_logs(records))
    assert _as_text(made) == _as_text(encode_logs(records))


@pytest.mark.parametrize("temporality", list(AggregationTemporality)[1:])
def test_metrics_are_encoded_as_opentelemetry_does(temporality: AggregationTemporality) -> None:
    from opentelemetry.sdk.metrics import Counter, Histogram

    reader = InMemoryMetricReader(preferred_temporality={Counter: temporality, Histogram: temporality})
    exponential = View(instrument_name="wide", aggregation=ExponentialBucketHistogramAggregation())
    provider = MeterProvider([reader], Resource({"service.name": "a"}), views=[exponential])
    meter = provider.get_meter("tests", "1", "https://schema/1.9", {"a": "b"})
    counter = meter.create_counter("requests", "1", "How many")
    balance = meter.create_up_down_counter("balance")
    level = meter.create_gauge("level")
    narrow, wide = meter.create_histogram("narrow", "ms"), meter.create_histogram("wide", "s")
    with TracerProvider().get_tracer("tests").start_as_current_span("around"):
        for value in (0, 1, 300, -5.5, 7.25, 1e9, -1):
            attributes = {"value": value, "name": str(value)}
            counter.add(abs(value), attributes)
            balance.add(-3, attributes)
            level.set(value, attributes)
            narrow.record(value, attributes)
            wide.record(value, {"name": "all"})
    wide.record(-3)
    collected = reader.get_metrics_data()
    assert collected is not None
    made = ExportMetricsServiceRequest.FromString(own_metrics_encoder(None)([collected]))
    assert made == metrics_encoder.encode_metrics(collected)
    names = {metric.name for metric in made.resource_metrics[0].scope_metrics[0].metrics}
    assert names == {"requests", "balance", "level", "narrow", "wide"}
