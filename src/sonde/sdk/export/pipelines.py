"""What OpenTelemetry's providers hand spans and log records to.

Called on the program's threads: quick, and without locks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SynchronousMultiSpanProcessor
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import Span as ApiSpan
from opentelemetry.trace import TraceFlags

from sonde import semconv
from sonde.sdk.export.exporter import Exporter
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.inherited import inherited_attributes

# What a record takes beside its attributes, measured with tracemalloc on spans and log records without any.
_SPAN_BYTES: Final = 900
_LOG_BYTES: Final = 1500
_EVENT_BYTES: Final = 900
_VALUE_BYTES: Final = 100


class Keeper(Protocol):
    """Decides about whole traces when their spans end."""

    def started(self, span: ReadableSpan, parent_context: Context | None) -> None:
        """A span began."""
        ...

    def ended(self, span: ReadableSpan) -> Sequence[ReadableSpan]:
        """A span ended; answers what may go out now."""
        ...

    def expired(self) -> Sequence[ReadableSpan]:
        """What may go out because time passed."""
        ...

    def drain(self) -> Sequence[ReadableSpan]:
        """What may go out because the process ends."""
        ...


class SpanPipeline(SynchronousMultiSpanProcessor):
    """Puts spans that ended into the exporter's queue.

    It stands in the place of the provider's list of processors, which spares a call at start and end;
    processors that the program adds are called after it.
    """

    def __init__(self, exporter: Exporter, queue: BoundedQueue[ReadableSpan], *, enough: int) -> None:
        super().__init__()
        self._exporter = exporter
        self._queue = queue
        self.enough = enough
        self.keeper: Keeper | None = None
        self.observe: Callable[[ReadableSpan], None] | None = None
        """Told of every span that ended, also of one that is not kept. Quick, and never raises."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Give the span what it inherits."""
        inherited = inherited_attributes(parent_context)
        if inherited:
            own = span.attributes or {}
            span.set_attributes({name: value for name, value in inherited.items() if name not in own})
        if self.keeper is not None:
            self.keeper.started(span, parent_context)
        if self._span_processors:
            super().on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span, and what its end decides about."""
        _free_empty_lists(span)
        if self.observe is not None:
            self.observe(span)
        if self.keeper is not None:
            for kept in self.keeper.ended(span):
                self._put(kept)
        elif _is_sampled(span):
            self._put(span)
        if self._span_processors:
            super().on_end(span)

    def announce(self, span: ApiSpan) -> None:
        """Queue the span as it is now, open: end time 0 and `sonde.open`."""
        if not isinstance(span, ReadableSpan) or span.end_time is not None:
            return
        if _is_sampled(span):
            self._put(_Open(span))

    def collect(self, now: bool) -> None:
        """Called by the exporter's thread: queue what time decided about."""
        if self.keeper is not None:
            for kept in self.keeper.expired():
                self._put(kept)

    def drain(self) -> None:
        """Queue what is undecided."""
        if self.keeper is not None:
            for kept in self.keeper.drain():
                self._put(kept)

    def keep_by(self, keeper: Keeper | None) -> None:
        """Decide by another keeper from now on."""
        self.drain()
        self.keeper = keeper

    def shutdown(self) -> None:
        """Queue what is undecided; the exporter is ended by whoever made it."""
        self.drain()
        super().shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send everything."""
        return self._exporter.flush(timeout_millis / 1000) and super().force_flush(timeout_millis)

    def _put(self, span: ReadableSpan) -> None:
        waiting = self._queue.put(span)
        if not waiting:
            self._exporter.refused("traces")
        elif waiting >= self.enough or self._exporter.idle:
            self._exporter.wake()


class LogPipeline(LogRecordProcessor):
    """Puts log records into the exporter's queue."""

    def __init__(self, exporter: Exporter, queue: BoundedQueue[ReadableLogRecord], *, enough: int) -> None:
        self._exporter = exporter
        self._queue = queue
        self.enough = enough

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Give the record what it inherits, and queue it."""
        if threading.get_ident() == self._exporter.ident:
            # What sending logs is not sent: it would never end.
            return
        record = log_record.log_record
        inherited = inherited_attributes(record.context)
        if inherited:
            attributes = cast(dict[str, Any], record.attributes)
            for name, value in inherited.items():
                if name not in attributes:
                    attributes[name] = value
        readable = ReadableLogRecord(
            record,
            log_record.resource or Resource.get_empty(),
            log_record.instrumentation_scope,
            log_record.limits,
        )
        waiting = self._queue.put(readable)
        if not waiting:
            self._exporter.refused("logs")
        elif waiting >= self.enough or self._exporter.idle:
            self._exporter.wake()

    def shutdown(self) -> None:
        """Nothing to end: the exporter is ended by whoever made it."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send everything."""
        return self._exporter.flush(timeout_millis / 1000)


class _Open(ReadableSpan):
    """A span as it was when it was announced."""

    def __init__(self, span: ReadableSpan) -> None:
        super().__init__(
            name=span.name,
            context=span.get_span_context(),
            parent=span.parent,
            resource=span.resource,
            attributes={**(span.attributes or {}), semconv.OPEN: True},
            events=span.events,
            links=span.links,
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=0,
            instrumentation_scope=span.instrumentation_scope,
        )


def _is_sampled(span: ReadableSpan) -> bool:
    context = span.context
    return context is not None and bool(context.trace_flags & TraceFlags.SAMPLED)


def _free_empty_lists(span: ReadableSpan) -> None:
    """Let go of the lists for events and links where there are none: two thirds of what a span takes.

    What ends is a copy of the span for whoever exports it; the span itself keeps its lists.
    """
    known = span.__dict__
    for name in ("_events", "_links"):
        held = known.get(name)
        if isinstance(held, BoundedList) and not held and not held.dropped:
            known[name] = ()


def span_bytes(span: ReadableSpan) -> int:
    """Memory of a span, about."""
    # The span's own properties copy what they show; this runs for every span on the program's thread.
    try:
        attributes, events = span._attributes._dict, span._events  # pyright: ignore -- see above
    except AttributeError:
        attributes, events = span.attributes or {}, span.events
    size = _SPAN_BYTES + _text_bytes(attributes)
    if events:
        for event in events:
            size += _EVENT_BYTES + _text_bytes(event.attributes or {})
    return size


def log_bytes(record: ReadableLogRecord) -> int:
    """Memory of a log record, about."""
    log = record.log_record
    body, attributes = log.body, log.attributes
    size = _LOG_BYTES + _text_bytes(getattr(attributes, "_dict", attributes) or {})
    return size + (len(body) if isinstance(body, str) else 0 if body is None else len(repr(body)))


def _text_bytes(attributes: Mapping[str, Any]) -> int:
    size = _VALUE_BYTES * len(attributes)
    for value in attributes.values():
        kind = value.__class__
        if kind is str or kind is bytes:
            size += len(value)
        elif kind is tuple or kind is list:
            size += sum(_VALUE_BYTES + (len(each) if isinstance(each, str) else 0) for each in value)
        elif kind is dict:
            size += len(repr(value))
    return size
