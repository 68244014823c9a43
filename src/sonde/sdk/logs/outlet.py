"""Where captured logs leave: OpenTelemetry log records, one scope for each name of a logger.

Reached from any thread, signal handler and `__del__`, also while a log of the same thread is on its
way: such a log waits for the first to be out, so no lock of the pipeline is asked for twice.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final, cast

from opentelemetry._logs import Logger, LoggerProvider, LogRecord, NoOpLogger, SeverityNumber
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY as _SUPPRESS  # pyright: ignore[reportPrivateUsage] -- the key every instrumentation reads, without a public name
from opentelemetry.context import Context
from opentelemetry.sdk._logs import Logger as SdkLogger
from opentelemetry.sdk._logs import LogRecordLimits, ReadWriteLogRecord
from opentelemetry.trace import SpanContext
from opentelemetry.util.types import AttributeValue

from sonde.sdk.complaints import complain
from sonde.sdk.values import MAX_ATTRIBUTES

# What carries the logs away: a log of theirs for each log sent would never end.
_OWN: Final = ("sonde", "opentelemetry")
_MAX_SCOPES: Final = 4_096
_MAX_WAITING: Final = 64
_MOST_GENERATIONS: Final = 3


class _Thread(threading.local):
    generation = 0
    waiting: deque[tuple[int, str, LogRecord]] | None = None


_thread: Final = _Thread()
_provider: LoggerProvider | None = None
_loggers: dict[str, Logger | None] = {}
# The attributes that a log record of the installed OpenTelemetry has, whichever version that is.
_BLANK: Final = dict(vars(LogRecord(context=Context())))


def open_to(provider: LoggerProvider | None) -> None:
    """Let logs leave through `provider`; None closes."""
    global _provider, _loggers
    _provider, _loggers = provider, {}


def opened_to() -> LoggerProvider | None:
    """What logs leave through; None where they do not."""
    return _provider


def is_open() -> bool:
    """Whether anything leaves."""
    return _provider is not None


def is_open_to(provider: object) -> bool:
    """Whether what leaves goes to this provider."""
    return provider is not None and provider is _provider


def leaves(scope: str, context: Context) -> bool:
    """Whether a log named `scope`, made in `context`, is to be sent."""
    try:
        found = _loggers[scope]
    except KeyError:
        return _provider is not None and not _is_own(scope) and not context.get(_SUPPRESS)
    return found is not None and not context.get(_SUPPRESS)


def _is_own(scope: str) -> bool:
    return scope.partition(".")[0] in _OWN


def emit(
    scope: str,
    context: Context,
    span_context: SpanContext,
    timestamp_ns: int,
    severity: SeverityNumber,
    severity_text: str,
    body: str,
    attributes: dict[str, AttributeValue],
    event_name: str | None = None,
) -> None:
    """Send one log on its way. `attributes` are acceptable ones, and no longer the caller's. Never raises."""
    # Half of what LogRecord() takes goes into finding the span once more.
    record = LogRecord.__new__(LogRecord)
    fields = {
        **_BLANK,
        "timestamp": timestamp_ns,
        "observed_timestamp": time.time_ns(),
        "context": context,
        "trace_id": span_context.trace_id,
        "span_id": span_context.span_id,
        "trace_flags": span_context.trace_flags,
        "severity_text": severity_text,
        "severity_number": severity,
        "body": body,
        "attributes": attributes,
        "event_name": event_name,
    }
    object.__setattr__(record, "__dict__", fields)
    waiting = _thread.waiting
    if waiting is not None:
        # A signal handler, a finalizer, or what the pipeline itself logs, which would go on for ever.
        if _thread.generation < _MOST_GENERATIONS and len(waiting) < _MAX_WAITING:
            waiting.append((_thread.generation + 1, scope, record))
        return
    _thread.waiting = waiting = deque([(0, scope, record)])
    try:
        while waiting:
            _thread.generation, scope, record = waiting.popleft()
            _hand_over(scope, record)
    finally:
        _thread.waiting = None


def _hand_over(scope: str, record: LogRecord) -> None:
    try:
        logger = _loggers.get(scope) or _new_logger(scope)
        if isinstance(logger, SdkLogger):
            logger.emit(cast(LogRecord, _bounded(logger, record)))
        elif logger is not None:
            logger.emit(record)
    except Exception as error:
        complain("logs do not reach OpenTelemetry", error=error)


def _new_logger(scope: str) -> Logger | None:
    if _provider is None:
        return None
    made = _provider.get_logger(scope)
    found = None if isinstance(made, NoOpLogger) else made
    if len(_loggers) < _MAX_SCOPES:
        _loggers[scope] = found
    return found


def _bounded(logger: SdkLogger, record: LogRecord) -> LogRecord | ReadWriteLogRecord:
    """The record as processors get it, without a second look at attributes that are bounded already."""
    limits: LogRecordLimits | None = getattr(logger, "_log_record_limits", None)
    resource = getattr(logger, "_resource", None)
    if (
        limits is None
        or resource is None
        or limits.max_log_record_attribute_length is not None
        or (limits.max_log_record_attributes or 0) < MAX_ATTRIBUTES
    ):
        return record
    made = ReadWriteLogRecord.__new__(ReadWriteLogRecord)
    made.__dict__ = {
        "log_record": record,
        "resource": resource,
        "instrumentation_scope": getattr(logger, "_instrumentation_scope", None),
        "limits": limits,
    }
    return made
