"""Where captured logs leave: OpenTelemetry log records, one scope for each name of a logger.

Reached from any thread, signal handler and `__del__`, also while a log of the same thread is on its
way: such a log waits for the first to be out, so no lock of the pipeline is asked for twice. What logging
leads to inside the pipeline itself ends there.
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


class _Thread(threading.local):
    busy = False
    waiting: deque[tuple[Logger, LogRecord]] | None = None


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


def logger_of(scope: str, context: Context) -> Logger | None:
    """What to emit logs named `scope` with; None when such logs, or logs in `context`, do not leave."""
    try:
        found = _loggers[scope]
    except KeyError:
        found = _new_logger(scope)
    if found is None or context.get(_SUPPRESS):
        return None
    return found


def _new_logger(scope: str) -> Logger | None:
    if _provider is None:
        return None
    made = None
    if scope.partition(".")[0] not in _OWN:
        made = _provider.get_logger(scope)
        made = None if isinstance(made, NoOpLogger) else made
    if len(_loggers) < _MAX_SCOPES:
        _loggers[scope] = made
    return made


def emit(
    logger: Logger,
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
    if _thread.busy:
        waiting = _thread.waiting
        if waiting is not None and len(waiting) < _MAX_WAITING:
            waiting.append((logger, record))
        return
    _thread.busy = True
    try:
        # Only what comes up while the first is on its way: a pipeline that logs would go on for ever.
        _thread.waiting = waiting = deque()
        _hand_over(logger, record)
        _thread.waiting = None
        for each in waiting:
            _hand_over(*each)
    finally:
        _thread.busy = False
        _thread.waiting = None


def _hand_over(logger: Logger, record: LogRecord) -> None:
    try:
        if isinstance(logger, SdkLogger):
            logger.emit(cast(LogRecord, _bounded(logger, record)))
        else:
            logger.emit(record)
    except Exception as error:
        complain("logs do not reach OpenTelemetry", error=error)


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
