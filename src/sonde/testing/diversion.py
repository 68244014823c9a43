"""Turns what a program records through OpenTelemetry's global providers into a capture, for a while.

Where the program has set no provider yet, one of ours is set and stays, with nothing behind it between
captures: a tracer that a module took at its import goes on through it from test to test. What the
program set is used as it is (its sampler, its resource); only where its records go is changed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider, set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator


@contextmanager
def diverted(
    spans: SpanProcessor, logs: LogRecordProcessor, reader: MetricReader, ids: IdGenerator, resource: Resource
) -> Generator[None]:
    """Until the block ends the global providers give to these and to nothing else."""
    with ExitStack() as stack:
        tracers = _tracer_provider(resource)
        if tracers is not None:
            stack.enter_context(
                _processors(getattr(tracers, "_active_span_processor", None), "_span_processors", spans)
            )
            stack.enter_context(_ids(tracers.id_generator, ids))
        loggers = _logger_provider(resource)
        if loggers is not None:
            multiple = getattr(loggers, "_multi_log_record_processor", None)
            stack.enter_context(_processors(multiple, "_log_record_processors", logs))
        meters = _meter_provider(resource)
        if meters is not None:
            meters.add_metric_reader(reader)
            stack.callback(meters.remove_metric_reader, reader)
        yield


def _tracer_provider(resource: Resource) -> TracerProvider | None:
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        trace.set_tracer_provider(TracerProvider(resource=resource, shutdown_on_exit=False))
    provider = trace.get_tracer_provider()
    return provider if isinstance(provider, TracerProvider) else None


def _logger_provider(resource: Resource) -> LoggerProvider | None:
    if type(get_logger_provider()).__name__ == "ProxyLoggerProvider":
        set_logger_provider(LoggerProvider(resource=resource, shutdown_on_exit=False))
    provider = get_logger_provider()
    return provider if isinstance(provider, LoggerProvider) else None


def _meter_provider(resource: Resource) -> MeterProvider | None:
    if type(metrics.get_meter_provider()).__name__ == "_ProxyMeterProvider":
        metrics.set_meter_provider(MeterProvider(resource=resource, shutdown_on_exit=False))
    provider = metrics.get_meter_provider()
    return provider if isinstance(provider, MeterProvider) else None


# OpenTelemetry has no public way to take a processor away again; its own tests reach in as well.
@contextmanager
def _processors(multiple: object, name: str, ours: Any) -> Generator[None]:
    before: tuple[Any, ...] | None = getattr(multiple, name, None)
    if before is None:
        yield
        return
    setattr(multiple, name, (ours,))
    try:
        yield
    finally:
        added = tuple(each for each in getattr(multiple, name) if each is not ours)
        setattr(multiple, name, before + added)


@contextmanager
def _ids(used: IdGenerator, ours: IdGenerator) -> Generator[None]:
    before = {name: value for name, value in vars(used).items() if name in _GENERATES}
    for name in _GENERATES:
        setattr(used, name, getattr(ours, name))
    try:
        yield
    finally:
        for name in _GENERATES:
            delattr(used, name)
        vars(used).update(before)


_GENERATES = ("generate_trace_id", "generate_span_id", "is_trace_id_random")
