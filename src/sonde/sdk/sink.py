"""The sink: what tools, commands, fragments, chats and anything else report, kept as events and counted.

A record is an event (a log record with a name), so it is queued, sent and stored like one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from opentelemetry.context import Context
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk import configuration, current, events, runtime
from sonde.sdk.complaints import complain
from sonde.sdk.configure import configured
from sonde.sdk.sink_records import SinkRecord, taken_apart
from sonde.sdk.values import text

# Source: OpenTelemetry semantic conventions, the advised boundaries of durations in seconds.
BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
SYNCHRONOUS_S: Final = 5.0
"""Longest time `record` waits in synchronous mode."""


def record(
    kind: str | Mapping[str, object],
    *,
    name: str | None = None,
    duration_ms: float | None = None,
    ok: bool | None = None,
    correlation_id: str | None = None,
    component: str | None = None,
    timestamp: datetime | str | float | None = None,
    **fields: object,
) -> None:
    """Report that a tool ran, a command ended, a fragment was made, a chat was answered, or anything else.

        sonde.record("tool", name="grep", duration_ms=12, ok=True, correlation_id="corr_1", files=3)
        sonde.record({"tool_name": "grep", "duration_ms": 12, "success": True, "data": {"files": 3}})

    `kind` is `tool`, `command`, `fragment`, `chat` or any other word, or a dictionary as the program has it
    already: usual fields are known by several names, all others become attributes, nested ones with dots.
    `duration_ms` is in milliseconds; `timestamp` is a datetime, ISO text, or Unix seconds, milliseconds,
    microseconds or nanoseconds, by default now. `ok=False` makes it an error, `level=` sets another severity.

    Returns at once; in synchronous mode (setting `sink.synchronous`) when the backend has the record, after
    5 seconds at the latest. Never raises.
    """
    if not configuration.current().enabled:
        return
    try:
        named = {
            "name": name,
            "duration_ms": duration_ms,
            "ok": ok,
            "correlation_id": correlation_id,
            "component": component,
            "timestamp": timestamp,
        }
        given = {**fields, **{key: value for key, value in named.items() if value is not None}}
        if isinstance(kind, Mapping):
            made = taken_apart("", {**kind, **given})
        else:
            made = taken_apart(text(kind) or "record", given)
        write(made)
    except Exception as error:  # a mapping of the program's that cannot be read
        complain("cannot make a record of the sink", error=error)


def write(made: SinkRecord, context: Context | None = None) -> None:
    """Send a record on its way and count it; `context` (default: the current one) is what it belongs to."""
    if made.problems:
        complain("records of the sink: %s cannot be read and is an attribute alone", ", ".join(made.problems))
    context = _context(made) if context is None else context
    events.emit(
        made.kind,
        made.body(),
        made.severity,
        made.all_attributes(),
        context=context,
        timestamp_ns=made.timestamp_ns,
        error=made.error,
    )
    _count_once_free(made)
    _send_on()


def _context(made: SinkRecord) -> Context:
    """The current context, or that of the span whose ids the record bears."""
    context = current.now()
    if not made.trace_id:
        return context
    span_context = SpanContext(
        int(made.trace_id, 16),
        int(made.span_id or "0", 16),
        is_remote=True,
        trace_flags=TraceFlags.get_default(),
    )
    return set_span_in_context(NonRecordingSpan(span_context), context)


class _Thread(threading.local):
    counting: deque[SinkRecord] | None = None


_thread: Final = _Thread()


def _count_once_free(made: SinkRecord) -> None:
    """Count the record; one of a signal handler's that interrupts this waits, as metrics have locks."""
    if _thread.counting is not None:
        _thread.counting.append(made)
        return
    _thread.counting = deque([made])
    try:
        while _thread.counting:
            _count(_thread.counting.popleft())
    except Exception as error:  # a metric reader of the program's
        complain("cannot count records of the sink", error=error)
    finally:
        _thread.counting = None


_instruments: tuple[Meter, Counter, Histogram] | None = None


def _count(made: SinkRecord) -> None:
    global _instruments
    meter = runtime.meter()
    if _instruments is None or _instruments[0] is not meter:
        _instruments = (
            meter,
            meter.create_counter(semconv.RECORD_COUNT_METRIC, "{record}", "Records of the sink."),
            meter.create_histogram(
                semconv.RECORD_DURATION_METRIC,
                "s",
                "How long what records of the sink report took.",
                explicit_bucket_boundaries_advisory=BOUNDS_S,
            ),
        )
    labels: dict[str, AttributeValue] = {semconv.RECORD_KIND: made.kind}
    if made.component:
        labels[semconv.COMPONENT] = made.component
    if made.status:
        labels[semconv.STATUS] = made.status
    _instruments[1].add(1, labels)
    if made.duration_ms is not None:
        _instruments[2].record(made.duration_ms / 1000, labels)


# Records since sending was last asked for, and until when it is; threads that race make a batch larger.
_waiting = 0
_asked_until = 0.0


def _send_on() -> None:
    """Have the record sent: now and waited for, with its batch, or when its interval is over."""
    global _waiting, _asked_until
    settings = configuration.current()
    telemetry = configured()
    if settings.sink_synchronous:
        flush = _flush_of_program if telemetry is None else telemetry.exporter.flush
        if not flush(SYNCHRONOUS_S):
            complain("a record of the sink is not at the backend after %g s", SYNCHRONOUS_S)
        return
    if telemetry is None:
        return
    _waiting += 1
    if _waiting >= settings.sink_batch_size:
        _waiting = 0
        telemetry.exporter.wake()
    elif settings.sink_flush_interval_s < settings.export_interval_s and time.monotonic() >= _asked_until:
        _asked_until = time.monotonic() + settings.sink_flush_interval_s
        telemetry.exporter.wake_within(settings.sink_flush_interval_s)


def _flush_of_program(timeout_s: float) -> bool:
    from opentelemetry._logs import get_logger_provider

    force_flush = getattr(get_logger_provider(), "force_flush", None)
    return force_flush is None or bool(force_flush(int(timeout_s * 1000)))
