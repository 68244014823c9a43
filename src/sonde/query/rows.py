"""Rows of `otel_traces` and `otel_logs` as the spans and log records of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sonde import semconv
from sonde.query.answers import Log, Span, SpanEvent, SpanLink
from sonde.query.time import iso

_MILLISECONDS = ("ReceivedAt",)
_NANOSECONDS = ("Timestamp", "ObservedTimestamp")


def _selected(fields: tuple[str, ...]) -> str:
    """What selects these fields: times as whole numbers."""
    expressions = {field: f"toUnixTimestamp64Nano({field})" for field in _NANOSECONDS}
    expressions |= {field: f"toUnixTimestamp64Milli({field})" for field in _MILLISECONDS}
    expressions["Events.Timestamp"] = "arrayMap(x -> toUnixTimestamp64Nano(x), Events.Timestamp)"
    return ", ".join(expressions.get(field, field) for field in fields)


SPAN_FIELDS = (
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName",
    "Duration", "IsOpen", "StatusCode", "StatusMessage", "SpanAttributes", "ResourceAttributes", "ScopeName",
    "ScopeVersion", "ScopeAttributes", "Events.Timestamp", "Events.Name", "Events.Attributes",
    "Links.TraceId", "Links.SpanId", "Links.TraceState", "Links.Attributes", "Flags", "SampleWeight",
    "ReceivedAt",
)  # fmt: skip
"""What `span` takes, in this order; further fields may follow. Times are in nanoseconds since 1970, but
ReceivedAt in milliseconds; maps are dicts.

Columns that repeat an attribute are not among them: each costs a tenth of a millisecond to read.
"""

LOG_FIELDS = (
    "Timestamp", "ObservedTimestamp", "TraceId", "SpanId", "SeverityText", "SeverityNumber", "ServiceName",
    "Component", "Body", "EventName", "LogAttributes", "ResourceAttributes", "ScopeName", "ScopeVersion",
    "ScopeAttributes", "Flags", "Status", "RunId", "OrchestrationId", "CorrelationId", "SessionId",
    "TriggerEvent", "ReceivedAt", "Segment", "Ordinal",
)  # fmt: skip
"""What `log` takes, as for spans."""

SPAN_COLUMNS = _selected(SPAN_FIELDS)
_BEFORE, _NESTED, _AFTER = SPAN_FIELDS[:17], SPAN_FIELDS[17:24], SPAN_FIELDS[24:]
BARE_SPAN_COLUMNS = (
    f"{_selected(_BEFORE)}, notEmpty(Events.Name) OR notEmpty(Links.TraceId), {_selected(_AFTER)}"
)
"""SPAN_COLUMNS, but whether there are events or links in place of these, which few spans have and which cost
a sixth of the whole. `with_nested` puts them in."""
NESTED_COLUMNS = _selected(("SpanId", *_NESTED))
"""What BARE_SPAN_COLUMNS leaves out, after the span's id."""
LOG_COLUMNS = _selected(LOG_FIELDS)
SPAN_WIDTH = len(SPAN_FIELDS)


_STATUSES = {"Error": "error", "Ok": "success"}


def span(row: Sequence[Any]) -> Span:
    """The span in a row of SPAN_FIELDS."""
    duration_ns, status_code, own, inherited = row[8], row[10], row[12], row[13]

    def promoted(key: str, otherwise: str = "") -> str:
        """As `decode` fills the column of that attribute."""
        return own.get(key) or inherited.get(key) or otherwise

    return {
        "traceId": row[1],
        "spanId": row[2],
        "parentSpanId": row[3],
        "traceState": row[4],
        "operation": row[5],
        "kind": row[6],
        "service": row[7],
        "component": promoted(semconv.COMPONENT, row[7]),
        "startedAt": iso(row[0]),
        "startUnixNs": str(row[0]),
        "durationNs": duration_ns,
        "durationMs": milliseconds(duration_ns),
        "isOpen": row[9],
        "status": promoted(semconv.STATUS, _STATUSES.get(status_code, "unset")),
        "statusCode": status_code,
        "statusMessage": row[11],
        "attributes": own,
        "resource": inherited,
        "scope": {"name": row[14], "version": row[15], "attributes": row[16]},
        "events": [_event(*each) for each in zip(*row[17:20], strict=True)] if row[17] else [],
        "links": [_link(*each) for each in zip(*row[20:24], strict=True)] if row[20] else [],
        "flags": row[24],
        "sampleWeight": row[25],
        "runId": promoted(semconv.RUN_ID),
        "orchestrationId": promoted(semconv.ORCHESTRATION_ID),
        "correlationId": promoted(semconv.CORRELATION_ID),
        "sessionId": promoted(semconv.SESSION_ID),
        "triggerEvent": promoted(semconv.TRIGGER_EVENT),
        "receivedAt": iso(row[26] * 10**6),
    }


def has_nested(bare: Sequence[Any]) -> bool:
    """Whether a row of BARE_SPAN_COLUMNS lacks events or links that the span has."""
    return bool(bare[len(_BEFORE)])


def with_nested(bare: Sequence[Any], nested: Sequence[Any]) -> tuple[Any, ...]:
    """The row of SPAN_COLUMNS (and what follows) of one of BARE_SPAN_COLUMNS and its events and links."""
    return (*bare[: len(_BEFORE)], *nested, *bare[len(_BEFORE) + 1 :])


NO_NESTED: tuple[list[Any], ...] = ([],) * len(_NESTED)
"""The events and links of a span that has none."""


def log(row: Sequence[Any]) -> Log:
    """The log record in a row of LOG_FIELDS."""
    return {
        "id": log_id(row[0], row[23], row[24]),
        "at": iso(row[0]),
        "unixNs": str(row[0]),
        "observedAt": iso(row[1]),
        "traceId": row[2],
        "spanId": row[3],
        "severity": row[4] or severity_name(row[5]),
        "severityNumber": row[5],
        "service": row[6],
        "component": row[7],
        "body": row[8],
        "eventName": row[9],
        "attributes": row[10],
        "resource": row[11],
        "scope": {"name": row[12], "version": row[13], "attributes": row[14]},
        "flags": row[15],
        "status": row[16],
        "runId": row[17],
        "orchestrationId": row[18],
        "correlationId": row[19],
        "sessionId": row[20],
        "triggerEvent": row[21],
        "receivedAt": iso(row[22] * 10**6),
    }


def log_id(at_ns: int, segment: int, ordinal: int) -> str:
    """The id of a log record; "" while it is in no segment."""
    return f"{at_ns:x}-{segment:x}-{ordinal:x}" if segment else ""


def milliseconds(duration_ns: int) -> float:
    """A duration in milliseconds."""
    return duration_ns / 10**6


def severity_name(number: int) -> str:
    """The short name of a severity number: INFO for 9, INFO2 for 10 (OpenTelemetry logs data model)."""
    if not 1 <= number <= 24:
        return ""
    level, step = divmod(number - 1, 4)
    name = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")[level]
    return f"{name}{step + 1}" if step else name


def _event(at_ns: int, name: str, attributes: dict[str, str]) -> SpanEvent:
    return {"name": name, "at": iso(at_ns), "unixNs": str(at_ns), "attributes": attributes}


def _link(trace_id: str, span_id: str, trace_state: str, attributes: dict[str, str]) -> SpanLink:
    return {"traceId": trace_id, "spanId": span_id, "traceState": trace_state, "attributes": attributes}
