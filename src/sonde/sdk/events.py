"""Events: log records with a name, written where they happen, with the ids of the span that is under way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.util.types import AttributeValue

from sonde.sdk import current, runtime
from sonde.sdk.complaints import complain
from sonde.sdk.inherited import inherited_attributes
from sonde.sdk.values import MAX_NAME_CHARS, acceptable_attributes, merged, text

SEVERITIES: Final[Mapping[str, SeverityNumber]] = {
    "trace": SeverityNumber.TRACE,
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warn": SeverityNumber.WARN,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "fatal": SeverityNumber.FATAL,
    "critical": SeverityNumber.FATAL,
}


def event(
    name: str,
    message: str | None = None,
    /,
    *,
    severity: str = "info",
    attributes: Mapping[str, object] | None = None,
    **attrs: object,
) -> None:
    """Say that something happened: `sonde.event("order.placed", "Order 7 placed", total=12.5)`.

    `severity`: trace, debug, info, warn, error or fatal. Attributes may have any value. Belongs to the span
    that is under way, and is written at once, whatever becomes of that span.
    """
    emit(name, message, severity, merged(attributes, attrs))


def emit(
    name: str,
    message: object,
    severity: str,
    attributes: Mapping[str, object],
    *,
    context: Context | None = None,
    timestamp_ns: int | None = None,
    error: BaseException | None = None,
) -> None:
    """Write one event; `context` (default: the current one) says which span it belongs to. Never raises."""
    try:
        number = SEVERITIES.get(severity if type(severity) is str else "") or SEVERITIES.get(
            text(severity).lower()
        )
        if number is None:
            complain("no severity is called %r (known: %s); taken as info", severity, ", ".join(SEVERITIES))
            number = SeverityNumber.INFO
        context = current.now() if context is None else context
        accepted: Mapping[str, AttributeValue] = acceptable_attributes(attributes)
        if runtime.in_use() is None:
            accepted = {**inherited_attributes(context), **accepted}
        now = time.time_ns()
        runtime.logger().emit(
            LogRecord(
                timestamp=now if timestamp_ns is None else timestamp_ns,
                observed_timestamp=now,
                context=context,
                severity_number=number,
                severity_text=number.name,
                body=None if message is None else text(message),
                attributes=accepted,
                event_name=text(name, MAX_NAME_CHARS),
                exception=error,
            )
        )
    except Exception as trouble:  # a log processor of the program's
        complain("cannot write an event", error=trouble)
