"""Logs of the standard library's `logging`.

They are taken where a logger hands a record to its handlers. A handler on the root logger would be in
the way: with one, `basicConfig()` does nothing, warnings of unconfigured programs are no longer
printed, `dictConfig()` removes it, and loggers that do not propagate (uvicorn's) never reach it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final, cast

from opentelemetry.trace import get_current_span
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.logs import outlet
from sonde.sdk.logs.event_dicts import attributes_of, body_of
from sonde.sdk.logs.exceptions import exception_attributes
from sonde.sdk.logs.forwarding import comes_from_loguru, under_way
from sonde.sdk.logs.severity import severity_number, severity_text
from sonde.sdk.logs.trace_ids import Id, ids_of
from sonde.sdk.values import acceptable_attributes, text

STRUCTURE: Final = "_sonde_structure"
"""Field by which structlog's chain hands over the event dictionary and exception of a record it renders."""

_PLAIN: Final = tuple(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
_NOT_EXTRA: Final = frozenset(
    {
        *_PLAIN,
        "asctime",
        "message",
        "taskName",
        "otelTraceID",
        "otelSpanID",
        "otelTraceSampled",
        "otelServiceName",
        "_logger",
        "_name",
        STRUCTURE,
    }
)
_EVENT_NAMES: Final = ("otel.event.name", semconv.EVENT_NAME_ATTRIBUTE)

Handing = Callable[[logging.Logger, logging.LogRecord], None]
# What is in place of Logger.callHandlers, and what was there before.
_ours: tuple[Handing, Handing] | None = None
_active = False
_level = logging.NOTSET
_otel_fields = False
_service_name = ""


def start(level: int, service_name: str) -> None:
    """See every record that a logger hands on; those of `level` and above leave, while the outlet is open."""
    global _ours, _active, _level, _service_name
    _level, _service_name = level, service_name
    if not _active:
        before = cast(Handing, logging.Logger.callHandlers)
        _ours = _seeing(before), before
        cast(Any, logging.Logger).callHandlers = _ours[0]
    _active = True


def stop() -> None:
    """Undo `start()`. Where another library has come after, its way leads through here and on."""
    global _active
    _active = False
    if _ours is not None and logging.Logger.callHandlers is _ours[0]:
        cast(Any, logging.Logger).callHandlers = _ours[1]


def show_otel_fields() -> None:
    """From now on records also have the fields of OpenTelemetry's instrumentation (`otelTraceID` …)."""
    global _otel_fields
    _otel_fields = True


def _seeing(original: Handing) -> Handing:
    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        if not _active:
            return original(logger, record)
        try:
            _see(logger, record)
        except Exception as error:
            complain("logs of logging are not captured", error=error)
        outer, under_way.from_logging = under_way.from_logging, record
        try:
            return original(logger, record)
        finally:
            under_way.from_logging = outer

    return call_handlers


def _see(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Give the record the ids of the current span, and let a copy leave."""
    fields = record.__dict__
    structure = fields.pop(STRUCTURE, None)
    context = current.now()
    span_context = get_current_span(context).get_span_context()
    seen = "span_id" in fields and _seen_before(record)
    if not seen and outlet.is_open() and record.levelno >= _level:
        wanted = outlet.leaves(record.name, context) and _goes_somewhere(logger)
        if wanted and not comes_from_loguru(record):
            body, attributes, event_name = _contents(record, structure)
            outlet.emit(
                record.name,
                context,
                span_context,
                int(record.created * 1e9),
                severity_number(record.levelno),
                severity_text(record.levelname),
                body,
                attributes,
                event_name,
            )
    trace_id, span_id = ids_of(span_context)
    fields.setdefault("trace_id", trace_id)
    fields.setdefault("span_id", span_id)
    if _otel_fields:
        fields.setdefault("otelTraceID", str(trace_id) or "0")
        fields.setdefault("otelSpanID", str(span_id) or "0")
        fields.setdefault("otelTraceSampled", span_context.trace_flags.sampled)
        fields.setdefault("otelServiceName", _service_name)


def _seen_before(record: logging.LogRecord) -> bool:
    """Whether the record is handed on a second time: here, or in a process that got it from another."""
    fields = record.__dict__
    return type(fields["span_id"]) is Id or ("trace_id" in fields and record.process != os.getpid())


def _goes_somewhere(logger: logging.Logger) -> bool:
    """Whether the program wants the record: false where the logger is cut off (it neither propagates nor has
    handlers that write), and where a handler of OpenTelemetry brings it to the same provider."""
    here: logging.Logger | None = logger
    writes = False
    while here is not None:
        for handler in here.handlers:
            kind = type(handler)
            if kind.__name__ == "LoggingHandler" and outlet.is_open_to(
                getattr(handler, "_logger_provider", None)
            ):
                return False
            writes = writes or kind is not logging.NullHandler
        if not here.propagate:
            return writes
        here = here.parent
    return True


def _contents(
    record: logging.LogRecord, structure: object
) -> tuple[str, dict[str, AttributeValue], str | None]:
    """Body, attributes and event name of a record."""
    event_name = None
    if structure is not None:
        event_dict, error = cast(tuple[Mapping[str, object], BaseException | None], structure)
        body, attributes = body_of(event_dict), attributes_of(event_dict, error)
    else:
        body, attributes = _body(record), _extra(record)
        for name in _EVENT_NAMES:
            if name in attributes:
                event_name = text(attributes.pop(name))
    attributes[semconv.CODE_FILE_PATH] = record.pathname
    attributes[semconv.CODE_LINE_NUMBER] = record.lineno
    attributes[semconv.CODE_FUNCTION_NAME] = record.funcName or ""
    if record.exc_info and record.exc_info[1] is not None:
        attributes.update(exception_attributes(record.exc_info[1]))
    if record.stack_info:
        attributes[semconv.CODE_STACKTRACE] = text(record.stack_info)
    return body, attributes, event_name


def _body(record: logging.LogRecord) -> str:
    try:
        return text(record.getMessage())
    except Exception:  # arguments that do not fit, or a __str__ that fails: logging itself says which
        return text(record.msg)


def _extra(record: logging.LogRecord) -> dict[str, AttributeValue]:
    """What `extra=` brought, and the members of a message that is a mapping."""
    fields = record.__dict__
    found: dict[str, Any] = {}
    if type(record) is not logging.LogRecord:
        found = {name: value for name, value in fields.items() if name not in _NOT_EXTRA}
    elif len(fields) > len(_PLAIN):
        # What a record is made with comes first, in the same order each time.
        for name, value in islice(fields.items(), len(_PLAIN), None):
            if name not in _NOT_EXTRA:
                found[name] = value
    if type(record.msg) is not str and isinstance(record.msg, Mapping):
        found = {**cast(Mapping[str, Any], record.msg), **found}
    return dict(acceptable_attributes(found)) if found else {}
