"""Records as OTLP/JSON: there is one way into the server.

The same record makes the same bytes, so that one sent twice is known again.
Source: OpenTelemetry Protocol specification 1.11, "JSON Protobuf encoding".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sonde import semconv
from sonde.records import EventRecord, SpanRecord
from sonde.sdk.values import acceptable_attributes

_SCOPE: Final = {"name": "sonde.client"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INTERNAL: Final = 1
_CODES: Final = {"success": 1, "blocked": 1, "skipped": 1, "error": 2}
# Which of them OpenTelemetry's own status says already.
_SAID_BY_CODE: Final = frozenset({"success", "error", "unset", ""})
_SEVERITIES: Final = {
    "trace": 1,
    "debug": 5,
    "info": 9,
    "warn": 13,
    "warning": 13,
    "error": 17,
    "fatal": 21,
    "critical": 21,
}


def span_request(record: SpanRecord, service_name: str) -> bytes:
    """The export request of one span."""
    attributes = {
        **record.attrs,
        **_carried(record.orchestration_id, record.component, record.status, service_name),
        **_set({semconv.ERROR_TYPE: record.error_code, semconv.ERROR_DETAIL: record.error_detail}),
    }
    code = _CODES.get(record.status, 0)
    span: dict[str, Any] = {
        "traceId": record.trace_id,
        "spanId": record.span_id,
        "parentSpanId": record.parent_span_id,
        "name": record.operation,
        "kind": _INTERNAL,
        "startTimeUnixNano": _unix_ns(record.started_at),
        "endTimeUnixNano": "0" if record.ended_at is None else _unix_ns(record.ended_at),
        "attributes": _key_values(attributes),
        "status": {"code": code, "message": record.error_detail if record.status == "error" else ""},
    }
    resource = _resource(service_name or record.component)
    return _bytes(
        {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": _SCOPE, "spans": [span]}]}]}
    )


def event_request(record: EventRecord, service_name: str) -> bytes:
    """The export request of one event. Raises ValueError for a severity that there is not."""
    number = _SEVERITIES.get(record.severity.lower())
    if number is None:
        raise ValueError(f"no severity is called {record.severity!r}: use one of {', '.join(_SEVERITIES)}")
    attributes = {
        **record.attrs,
        **_carried(record.orchestration_id, record.component, record.status, service_name),
        semconv.RECORD_UID: record.event_id,
    }
    if record.status == "error":
        attributes[semconv.STATUS] = record.status
    event: dict[str, Any] = {
        "timeUnixNano": _unix_ns(record.recorded_at),
        "observedTimeUnixNano": _unix_ns(record.recorded_at),
        "severityNumber": number,
        "severityText": record.severity.upper(),
        "eventName": record.event_type,
        "body": {"stringValue": record.message},
        "attributes": _key_values(attributes),
        "traceId": record.trace_id,
        "spanId": record.span_id,
    }
    resource = _resource(service_name or record.component)
    return _bytes(
        {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": _SCOPE, "logRecords": [event]}]}]}
    )


def _carried(orchestration_id: str, component: str, status: str, service_name: str) -> dict[str, str]:
    return _set(
        {
            semconv.ORCHESTRATION_ID: orchestration_id,
            semconv.COMPONENT: component if component != service_name else "",
            semconv.STATUS: status if status not in _SAID_BY_CODE else "",
        }
    )


def _set(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}


def _resource(service_name: str) -> dict[str, Any]:
    return {"attributes": _key_values({semconv.SERVICE_NAME: service_name or semconv.UNKNOWN_SERVICE})}


def _key_values(attributes: Mapping[str, object]) -> list[dict[str, Any]]:
    accepted = acceptable_attributes(attributes)
    return [{"key": name, "value": _any_value(value)} for name, value in accepted.items()]


def _any_value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _not_finite(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {"arrayValue": {"values": [_any_value(each) for each in value]}}
    return {"stringValue": str(value)}


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _unix_ns(time: datetime) -> str:
    return str((time - _EPOCH) // timedelta(microseconds=1) * 1000)


def _bytes(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode()
