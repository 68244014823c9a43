"""A trace as an OTLP/JSON request (opentelemetry-proto, "JSON Protobuf Encoding": ids in hexadecimal, 64-bit
numbers as text), to be kept, compared or sent to any OTLP endpoint.

Attributes are text, for so they are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from sonde.query.collector import paused
from sonde.query.skeleton import span_id_text
from sonde.query.statements import statement
from sonde.query.trace_cache import CachedTrace

if TYPE_CHECKING:
    from sonde.store import Database

SPANS_PER_READ = 1000

_KINDS = {"Unspecified": 0, "Internal": 1, "Server": 2, "Client": 3, "Producer": 4, "Consumer": 5}
_STATUS_CODES = {"Unset": 0, "Ok": 1, "Error": 2}
_COLUMNS = (
    "SpanId, Version, ParentSpanId, TraceState, SpanName, SpanKind, toUnixTimestamp64Nano(Timestamp), "
    "Duration, IsOpen, StatusCode, StatusMessage, SpanAttributes, Flags, DroppedAttributesCount, "
    "DroppedEventsCount, DroppedLinksCount, "
    "arrayMap(x -> toUnixTimestamp64Nano(x), Events.Timestamp), Events.Name, Events.Attributes, "
    "EventsDroppedAttributesCount, Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes, "
    "LinksDroppedAttributesCount, LinksFlags, "
    "ResourceAttributes, ResourceSchemaUrl, ResourceDroppedAttributesCount, "
    "ScopeName, ScopeVersion, ScopeAttributes, ScopeSchemaUrl, ScopeDroppedAttributesCount"
)
_START_AT, _RESOURCE_AT, _SCOPE_AT = 6, 26, 29


def parts(database: Database, entry: CachedTrace) -> Iterator[bytes]:
    """The request, a part after the other; each of some spans, so that none is long."""
    trace = entry.skeleton
    ids: list[int] = trace.ids[trace.by_id].tolist()
    versions: list[int] = trace.versions[trace.by_id].tolist()
    yield b'{"resourceSpans":['
    separator = b""
    for start in range(0, len(ids), SPANS_PER_READ):
        some = ids[start : start + SPANS_PER_READ]
        newest = dict(zip(map(span_id_text, some), versions[start : start + SPANS_PER_READ], strict=True))
        with paused():
            rows = database.query(
                statement("trace_otlp", columns=_COLUMNS),
                {**entry.params, "first": span_id_text(some[0]), "last": span_id_text(some[-1])},
            ).rows
            part = b",\n".join(map(orjson.dumps, _grouped(trace.trace_id, _current(rows, newest))))
        if part:
            yield separator + part
            separator = b",\n"
    yield b"]}\n"


def _current(rows: Sequence[Sequence[Any]], newest: dict[str, int]) -> list[Sequence[Any]]:
    """One row of each span, of its newest version, by start. Rows that the Collector wrote have no version:
    of such a span any does."""
    current: list[Sequence[Any]] = []
    for row in rows:
        if newest.get(row[0]) == row[1]:
            del newest[row[0]]
            current.append(row)
    return sorted(current, key=lambda row: (row[_START_AT], row[0]))


def _grouped(trace_id: str, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows by resource and scope."""
    resources: dict[bytes, dict[str, Any]] = {}
    scopes: dict[bytes, dict[str, Any]] = {}
    for row in rows:
        key = orjson.dumps(row[_RESOURCE_AT:_SCOPE_AT])
        scope_key = key + orjson.dumps(row[_SCOPE_AT:])
        if scope_key not in scopes:
            if key not in resources:
                resources[key] = _resource(*row[_RESOURCE_AT:_SCOPE_AT])
            scopes[scope_key] = _scope(*row[_SCOPE_AT:])
            resources[key]["scopeSpans"].append(scopes[scope_key])
        scopes[scope_key]["spans"].append(_span(trace_id, row))
    return list(resources.values())


def _resource(attributes: Mapping[str, str], schema_url: str, dropped: int) -> dict[str, Any]:
    return {
        "resource": {"attributes": _attributes(attributes), "droppedAttributesCount": dropped},
        "schemaUrl": schema_url,
        "scopeSpans": [],
    }


def _scope(
    name: str, version: str, attributes: Mapping[str, str], schema_url: str, dropped: int
) -> dict[str, Any]:
    return {
        "scope": {
            "name": name,
            "version": version,
            "attributes": _attributes(attributes),
            "droppedAttributesCount": dropped,
        },
        "schemaUrl": schema_url,
        "spans": [],
    }


def _span(trace_id: str, row: Sequence[Any]) -> dict[str, Any]:
    span_id, _, parent_id, state, name, kind, start_ns, duration_ns, is_open, status_code, message = row[:11]
    attributes, flags, dropped_attributes, dropped_events, dropped_links = row[11:16]
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent_id,
        "traceState": state,
        "name": name,
        "kind": _KINDS.get(kind, 0),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": "0" if is_open else str(start_ns + duration_ns),
        "attributes": _attributes(attributes),
        "status": {"code": _STATUS_CODES.get(status_code, 0), "message": message},
        "flags": flags,
        "droppedAttributesCount": dropped_attributes,
        "droppedEventsCount": dropped_events,
        "droppedLinksCount": dropped_links,
        "events": [
            {
                "timeUnixNano": str(at_ns),
                "name": event,
                "attributes": _attributes(of_event),
                "droppedAttributesCount": dropped,
            }
            for at_ns, event, of_event, dropped in zip(*row[16:19], _counts(row[19], row[16]), strict=True)
        ],
        "links": [
            {
                "traceId": linked_trace,
                "spanId": linked_span,
                "traceState": linked_state,
                "attributes": _attributes(of_link),
                "droppedAttributesCount": dropped,
                "flags": link_flags,
            }
            for linked_trace, linked_span, linked_state, of_link, dropped, link_flags in zip(
                *row[20:24], _counts(row[24], row[20]), _counts(row[25], row[20]), strict=True
            )
        ],
    }


def _counts(counts: Sequence[int], beside: Sequence[object]) -> Sequence[int]:
    """The counts of events or links; rows that the Collector wrote have none."""
    return counts if len(counts) == len(beside) else [0] * len(beside)


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
