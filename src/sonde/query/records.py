"""Spans and events as the records of `sonde.records`, for clients that think in these."""

from __future__ import annotations

from collections.abc import Mapping

from sonde import semconv
from sonde.errors import BadRequest
from sonde.query.answers import EventRecord, Log, Span, SpanRecord
from sonde.query.search import Node
from sonde.query.search.tree import And, Compare, Comparison, Equals, Exists, Term
from sonde.query.time import iso

_OF_SPAN = frozenset(
    {
        semconv.COMPONENT,
        semconv.ORCHESTRATION_ID,
        semconv.STATUS,
        semconv.ERROR_TYPE,
        semconv.ERROR_DETAIL,
        semconv.OPEN,
    }
)
_OF_EVENT = frozenset({semconv.COMPONENT, semconv.ORCHESTRATION_ID, semconv.STATUS, semconv.RECORD_UID})
"""Attributes that are fields of the record, not among its `attrs`."""

_STATUSES = ("success", "blocked", "skipped", "error", "unset")
_SEVERITIES = ("trace", "debug", "info", "warn", "error", "fatal")
_OPERATORS: tuple[Comparison, ...] = ("<=", ">=", "<", ">")


def narrowed(
    node: Node,
    *,
    trace: str = "",
    span: str = "",
    orchestration: str = "",
    component: str = "",
    operation: str = "",
    status: str = "",
    event: str | None = None,
    severity: str = "",
) -> Node:
    """The search, narrowed to records that have these values; an `event` of `""` is any event.

    `severity` may have an operator in front: `>=warn`. Raises BadRequest for a status that no record has.
    """
    if status and status not in _STATUSES:
        raise BadRequest(
            f"cannot look for the status {status!r}: no record has it",
            hint=f"known: {', '.join(_STATUSES)}; attributes of your own are found by the search `q`",
        )
    wanted = {
        "trace": trace,
        "span": span,
        "orchestration": orchestration,
        "component": component,
        "operation": operation,
        "status": status,
        "event": event,
    }
    terms = [Term(key, Equals(value), 0) for key, value in wanted.items() if value]
    if event == "":
        terms.append(Term("event", Exists(), 0))
    if severity:
        operator: Comparison | None = next((each for each in _OPERATORS if severity.startswith(each)), None)
        match = Compare(operator, severity[len(operator) :].strip()) if operator else Equals(severity)
        terms.append(Term("severity", match, 0))
    return And((*terms, node)) if terms else node


def of_span(span: Span) -> SpanRecord:
    """The span as a record. An open one has no end yet, and no duration."""
    attributes = span["attributes"]
    is_open = span["isOpen"]
    return {
        "traceId": span["traceId"],
        "spanId": span["spanId"],
        "parentSpanId": span["parentSpanId"],
        "orchestrationId": span["orchestrationId"],
        "component": span["component"],
        "operation": span["operation"],
        "startedAt": span["startedAt"],
        "endedAt": None if is_open else iso(int(span["startUnixNs"]) + span["durationNs"]),
        "durationMs": None if is_open else span["durationMs"],
        "status": span["status"],
        "errorCode": attributes.get(semconv.ERROR_TYPE, ""),
        "errorDetail": attributes.get(semconv.ERROR_DETAIL, "") or span["statusMessage"],
        "attrs": _other(attributes, _OF_SPAN),
    }


def of_event(record: Log) -> EventRecord:
    """The event as a record."""
    return {
        "traceId": record["traceId"],
        "spanId": record["spanId"],
        "orchestrationId": record["orchestrationId"],
        "component": record["component"],
        "recordedAt": record["at"],
        "eventType": record["eventName"],
        "severity": _severity(record["severityNumber"], record["severity"]),
        "message": record["body"],
        "status": record["status"],
        "attrs": _other(record["attributes"], _OF_EVENT),
        "eventId": record["attributes"].get(semconv.RECORD_UID, ""),
    }


def _other(attributes: Mapping[str, str], fields: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in fields}


def _severity(number: int, text: str) -> str:
    """The word for a severity number from 1 to 24 (OpenTelemetry logs data model), else the sender's own."""
    return _SEVERITIES[(number - 1) // 4] if 1 <= number <= 24 else text.lower()
