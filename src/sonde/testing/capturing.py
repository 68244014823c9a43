"""`capture()`: spans, logs and metrics in memory, instead of where they would go."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from time import time_ns

from opentelemetry._logs import LogRecord
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, Metric, NumberDataPoint
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span as AnySpan
from opentelemetry.trace import StatusCode
from opentelemetry.util.types import AnyValue, AttributeValue

from sonde import semconv
from sonde.sdk import runtime
from sonde.sdk.inherited import inherited_attributes
from sonde.sdk.instrument.genai import normalise, with_cost
from sonde.sdk.instrument.genai_records import observe
from sonde.sdk.logs import CaptureOptions, outlet, start_capture, stop_capture
from sonde.testing.clock import told_by
from sonde.testing.diversion import diverted
from sonde.testing.ids import CountingIds
from sonde.testing.tree import tree_text

_STATUSES = {StatusCode.OK: "success", StatusCode.ERROR: "error", StatusCode.UNSET: "unset"}

_depth = 0


class Capture:
    """What was recorded. `spans` have ended and stand in the order in which they did; `announced` are
    those written at their start, as they were then."""

    def __init__(self, service_name: str, clock: Callable[[], int]) -> None:
        self.service_name = service_name
        self.clock = clock
        self.spans: list[ReadableSpan] = []
        self.announced: list[ReadableSpan] = []
        self.logs: list[LogRecord] = []
        self._running: dict[int, Span] = {}
        self._readers = (InMemoryMetricReader(), InMemoryMetricReader())
        self._metrics: dict[int, list[Metric]] = {}

    @property
    def running(self) -> list[ReadableSpan]:
        """Spans that have begun and not ended, in the order in which they began."""
        return list(self._running.values())

    @property
    def events(self) -> list[LogRecord]:
        """Logs with an event name."""
        return [record for record in self.logs if record.event_name]

    @property
    def metrics(self) -> list[Metric]:
        """Every metric with a measurement since the capture began."""
        for number, reader in enumerate(self._readers):
            data = reader.get_metrics_data()
            if data is not None:
                scopes = chain.from_iterable(each.scope_metrics for each in data.resource_metrics)
                self._metrics[number] = list(chain.from_iterable(scope.metrics for scope in scopes))
        return list(chain.from_iterable(self._metrics.values()))

    def names(self) -> list[str]:
        """Names of the spans, in the order in which they ended."""
        return [span.name for span in self.spans]

    def span(self, name: str) -> ReadableSpan:
        """The last span of this name that ended. Raises AssertionError, with the tree, without one."""
        for span in reversed(self.spans):
            if span.name == name:
                return span
        raise AssertionError(f"no span is named {name!r}\n\n{self.tree()}")

    def event(self, name: str) -> LogRecord:
        """The last event of this name. Raises AssertionError, with the tree, without one."""
        for record in reversed(self.logs):
            if record.event_name == name:
                return record
        raise AssertionError(f"no event is named {name!r}\n\n{self.tree()}")

    def value(self, metric: str, attributes: Mapping[str, AttributeValue] | None = None) -> float:
        """What a counter or gauge shows, or how often a histogram was measured; 0 without a point.

        With `attributes`, of the points that have these (and maybe others).
        """
        total = 0.0
        for each in self.metrics:
            for point in each.data.data_points if each.name == metric else ():
                if has(point.attributes, attributes):
                    total += point.value if isinstance(point, NumberDataPoint) else point.count
        return total

    def tree(self) -> str:
        """Everything as text: spans below their parents, with their events and logs."""
        return tree_text(self.spans, self.running, self.logs)

    def clear(self) -> None:
        """Forget the spans and logs so far; spans that run will be there when they end."""
        self.spans.clear()
        self.announced.clear()
        self.logs.clear()


def status_of(span: ReadableSpan) -> str:
    """`success`, `blocked`, `error`, `skipped` or `unset`, as the server tells it."""
    told = (span.attributes or {}).get(semconv.STATUS)
    return str(told) if told else _STATUSES[span.status.status_code]


def has(
    attributes: Mapping[str, AttributeValue] | Mapping[str, AnyValue] | None,
    wanted: Mapping[str, AttributeValue] | None,
) -> bool:
    """Whether attributes hold the wanted ones; a list equals a tuple."""
    held = attributes or {}
    return all(name in held and _plain(held[name]) == _plain(value) for name, value in (wanted or {}).items())


def _plain(value: object) -> object:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else value


@contextmanager
def capture(
    *, clock: Callable[[], int] | None = None, resource: Mapping[str, AttributeValue] | None = None
) -> Generator[Capture]:
    """Keep in memory what the whole process records, through Sonde, OpenTelemetry or a logger, until the
    block ends.

    It takes the place of what `sonde.configure()` set up, before the block or in it, and needs no
    configuring: every span is sampled, ids count from 1, no span or log is sent. A capture within a
    capture has what is recorded within it alone.

    Args:
        clock: tells the time in Unix nanoseconds, e.g. a `FakeClock`; by default the real one does.
        resource: attributes of the resource; by default `service.name` is `test`.
    """
    global _depth
    made = Resource(dict(resource or {semconv.SERVICE_NAME: "test"}))
    captured = Capture(str(made.attributes.get(semconv.SERVICE_NAME, "")), clock or time_ns)
    ids = CountingIds(_depth)
    spans, logs = _Spans(captured), _Logs(captured)
    own_reader, global_reader = captured._readers  # pyright: ignore[reportPrivateUsage] -- two halves of one thing
    tracers = TracerProvider(sampler=ALWAYS_ON, resource=made, id_generator=ids, shutdown_on_exit=False)
    tracers.add_span_processor(spans)
    loggers = LoggerProvider(resource=made, shutdown_on_exit=False)
    loggers.add_log_record_processor(logs)
    meters = MeterProvider([own_reader], resource=made, shutdown_on_exit=False)
    with ExitStack() as stack:
        _depth += 1
        stack.callback(_rise)
        if clock is not None:
            stack.enter_context(told_by(clock))
        stack.enter_context(diverted(spans, logs, global_reader, ids, made))
        stack.enter_context(_logging_to(loggers))
        before = runtime.override(
            runtime.Runtime(
                tracer=tracers.get_tracer(runtime.SCOPE),
                logger=loggers.get_logger(runtime.SCOPE),
                meter=meters.get_meter(runtime.SCOPE),
                announce=spans.announce,
            )
        )
        stack.callback(runtime.override, before)
        yield captured


@contextmanager
def _logging_to(provider: LoggerProvider) -> Generator[None]:
    """Let the program's loggers log to the provider as well."""
    before = outlet.opened_to()
    if before is None:
        start_capture(provider, CaptureOptions(ids_in_text=False))
    else:
        outlet.open_to(provider)
    try:
        yield
    finally:
        # Whatever else was opened in the meantime stays so.
        if outlet.is_open_to(provider):
            stop_capture() if before is None else outlet.open_to(before)


def _rise() -> None:
    global _depth
    _depth -= 1


class _Spans(SpanProcessor):
    """Keeps spans as they would be exported: with what they inherit, those of AI calls with their cost."""

    def __init__(self, captured: Capture) -> None:
        self._captured = captured
        self._running = captured._running  # pyright: ignore[reportPrivateUsage] -- two halves of one thing

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        held = span.attributes or {}
        for name, value in inherited_attributes(parent_context).items():
            if name not in held:
                span.set_attribute(name, value)
        self._running[id(span.context)] = span

    def on_end(self, span: ReadableSpan) -> None:
        self._running.pop(id(span.context), None)
        self._captured.spans.append(normalise(span))
        observe(span)

    def announce(self, span: AnySpan) -> None:
        if isinstance(span, Span):
            self._captured.announced.append(span._readable_span())  # pyright: ignore[reportPrivateUsage] -- as the SDK does for its processors


class _Logs(LogRecordProcessor):
    """Keeps logs as they would be exported: with what they inherit, chats with their cost."""

    def __init__(self, captured: Capture) -> None:
        self._captured = captured

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        record = log_record.log_record
        held = dict(record.attributes or {})
        record.attributes = with_cost({**inherited_attributes(record.context), **held}, record.timestamp)
        self._captured.logs.append(record)

    def shutdown(self) -> None:
        """Nothing to end."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits."""
        return True
