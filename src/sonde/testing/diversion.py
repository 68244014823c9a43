"""Turns what a program records through OpenTelemetry's global providers into a capture, for a while.

Where the program has set no provider yet, one of ours is set and stays, with nothing behind it between
captures: a tracer that a module took at its import goes on through it from test to test.

OpenTelemetry has no public way to take a processor away again, so this reaches into its providers, as its
own tests do.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider, set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs._internal import SynchronousMultiLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, SynchronousMultiSpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON


@contextmanager
def diverted(
    spans: SpanProcessor, logs: LogRecordProcessor, reader: MetricReader, ids: IdGenerator, resource: Resource
) -> Generator[None]:
    """Until the block ends the global providers sample everything, and give to these and to nothing else.

    Only metrics go where they went as well: measurements cannot be kept from a reader.
    """
    with ExitStack() as stack:
        tracers = _tracer_provider(resource)
        if isinstance(tracers, TracerProvider):
            stack.enter_context(_diverted_tracers(tracers, spans, ids))
        loggers = _logger_provider(resource)
        if isinstance(loggers, LoggerProvider):
            stack.enter_context(_diverted_loggers(loggers, logs))
        meters = _meter_provider(resource)
        if isinstance(meters, MeterProvider) and hasattr(meters, "add_metric_reader"):
            meters.add_metric_reader(reader)
            stack.callback(meters.remove_metric_reader, reader)
        yield


def _is_unset(provider: object) -> bool:
    return type(provider).__name__.lstrip("_").startswith("Proxy")


def _tracer_provider(resource: Resource) -> object:
    if _is_unset(trace.get_tracer_provider()):
        trace.set_tracer_provider(TracerProvider(resource=resource, shutdown_on_exit=False))
    return trace.get_tracer_provider()


def _logger_provider(resource: Resource) -> object:
    if _is_unset(get_logger_provider()):
        set_logger_provider(LoggerProvider(resource=resource, shutdown_on_exit=False))
    return get_logger_provider()


def _meter_provider(resource: Resource) -> object:
    if _is_unset(metrics.get_meter_provider()):
        metrics.set_meter_provider(MeterProvider(resource=resource, shutdown_on_exit=False))
    return metrics.get_meter_provider()


@contextmanager
def _diverted_tracers(provider: Any, spans: SpanProcessor, ids: IdGenerator) -> Generator[None]:
    before = provider._active_span_processor
    sampling = {"sampler": provider.sampler, "id_generator": provider.id_generator}
    during = {"sampler": ALWAYS_ON, "id_generator": ids}
    ours = _Spans(before, spans)
    _set([provider], {"_active_span_processor": ours, **during})
    _set(_tracers(provider), {"span_processor": ours, **during})
    try:
        yield
    finally:
        _set([provider], {"_active_span_processor": before, **sampling})
        _set(_tracers(provider), {"span_processor": before, **sampling})


@contextmanager
def _diverted_loggers(provider: Any, logs: LogRecordProcessor) -> Generator[None]:
    name = "_multi_log_record_processor"
    before = getattr(provider, name)
    ours = _Logs(before, logs)
    _set([provider, *_loggers(provider)], {name: ours})
    try:
        yield
    finally:
        _set([provider, *_loggers(provider)], {name: before})


def _set(objects: Iterable[object], values: Mapping[str, object]) -> None:
    for each in objects:
        for name, value in values.items():
            setattr(each, name, value)


def _tracers(provider: Any) -> list[object]:
    """Every tracer that the provider has made: each remembers what the provider was like then."""
    return list(getattr(provider, "_tracers", {}).values())


def _loggers(provider: Any) -> list[object]:
    return [*getattr(provider, "_logger_cache", {}).values(), *getattr(provider, "_active_loggers", ())]


class _Spans(SynchronousMultiSpanProcessor):
    """Stands in the place of a provider's processors; one that is added is for afterwards."""

    def __init__(self, before: Any, spans: SpanProcessor) -> None:
        super().__init__()
        super().add_span_processor(spans)
        self._before = before

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        self._before.add_span_processor(span_processor)


class _Logs(SynchronousMultiLogRecordProcessor):
    """As `_Spans`."""

    def __init__(self, before: Any, logs: LogRecordProcessor) -> None:
        super().__init__()
        super().add_log_record_processor(logs)
        self._before = before

    def add_log_record_processor(self, log_record_processor: LogRecordProcessor) -> None:
        self._before.add_log_record_processor(log_record_processor)
