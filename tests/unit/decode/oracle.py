"""What the decoder ought to say, worked out one record at a time from `google.protobuf` messages."""

from __future__ import annotations

import base64
import datetime
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sonde.decode import Signal

Row = dict[str, Any]
Tables = dict[str, list[Row]]

REQUEST: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}
LATEST = 9_223_372_036_000_000_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"]


def expected(signal: Signal, messages: Iterable[Any], received_at_ns: Iterable[int], segment: int) -> Tables:
    """All rows of these requests, by table; derived tables left out."""
    rows: Tables = {}
    ordinal = 0
    for message, received in zip(messages, received_at_ns, strict=True):
        for record, scope, resource in _records(signal, message):
            row = _WRITE[signal](record, scope, resource, received, segment, ordinal)
            ordinal += 1
            if row is not None:
                rows.setdefault(row.pop("table"), []).append(row)
    return rows


def summarised(spans: list[Row]) -> Tables:
    """The derived rows of these spans of one slice."""
    traces: dict[str, list[Row]] = {}
    for span in spans:
        traces.setdefault(span["TraceId"], []).append(span)
    tables: Tables = {"otel_traces_trace_id_ts": [], "trace_starts": []}
    for trace_id, members in traces.items():
        start = min(span["Timestamp"] for span in members)
        month = EPOCH + datetime.timedelta(seconds=min(start // 10**9, 2**32 - 1))
        tables["otel_traces_trace_id_ts"].append(
            {
                "TraceId": trace_id,
                "Start": min(start // 10**9, 2**32 - 1),
                "End": min(max(span["Timestamp"] for span in members) // 10**9, 2**32 - 1),
                "Segment": members[0]["Segment"],
                "Facts": facts(members),
                "SpanSketch": sketch(members),
                "partition": 0,
            }
        )
        tables["trace_starts"].append(
            {
                "Start": start,
                "TraceId": trace_id,
                "Services": sorted({span["ServiceName"] for span in members}, key=str.encode),
                "partition": month.year * 100 + month.month,
            }
        )
    return tables


def linked(records: list[Row], attributes: str, received: int) -> list[Row]:
    """The rows of `entity_links` of these spans or log records of one slice, all of which arrived then."""
    found: dict[tuple[str, ...], list[int]] = {}
    for record in records:
        at = record["Timestamp"]
        if "Duration" in record:
            at = min(at + record["Duration"], LATEST)
        at = received if at > received + 86_400_000_000_000 else at
        for key, value in record[attributes].items():
            entity_type = key.removeprefix("sonde.entity.")
            if entity_type == key or not entity_type or not (record["RunId"] or record["TraceId"]):
                continue
            for entity_id in filter(None, ids_of(value)):
                url = _first("sonde.run.url", record[attributes], record["ResourceAttributes"])
                row = (entity_type, entity_id[:1000], record["RunId"], record["TraceId"], url)
                found.setdefault(row, []).append(at)
    names = ("EntityType", "EntityId", "RunId", "TraceId", "RunUrl")
    rows: list[Row] = []
    for row, times in found.items():
        month = EPOCH + datetime.timedelta(seconds=max(times) // 10**9)
        times_and_place = {"FirstAt": min(times), "RecordedAt": max(times)}
        partition = month.year * 100 + month.month
        rows.append({**dict(zip(names, row, strict=True)), **times_and_place, "partition": partition})
    return rows


def ids_of(value: str) -> list[str]:
    """The ids in an attribute's text."""
    if not value.startswith("["):
        return [value]
    try:
        listed = orjson.loads(value)
    except ValueError:
        return [value]
    return [
        each if isinstance(each, str) else orjson.dumps(each).decode() for each in listed if each is not None
    ]


def facts(members: list[Row]) -> str:
    """What the spans of a trace in one slice say of it."""
    ids = [span["SpanId"] for span in members]
    roots = [span for span in members if not span["ParentSpanId"]]
    # The first of those that began together: `min` is stable.
    named = min(roots or members, key=lambda span: span["Timestamp"])
    start = min(span["Timestamp"] for span in members)
    ends = [(span["Timestamp"] + span["Duration"] + 2**63) % 2**64 - 2**63 for span in members]
    services = sorted({span["ServiceName"] for span in members}, key=str.encode)
    fields = [
        start - min(start // 10**9, 2**32 - 1) * 10**9,
        (max(ends) - start + 2**63) % 2**64 - 2**63,
        len(members),
        sum(span["Status"] == "error" or span["StatusCode"] == "Error" for span in members),
        int(any(span["IsOpen"] for span in members)),
        named["Timestamp"] - start if roots else "",
        *(named[column] for column in ("ServiceName", "SpanName", "Status")),
        *services,
    ]
    packed = "\x1f".join(map(str, fields))
    untold = len(set(ids)) < len(ids) or packed.count("\x1f") > len(fields) - 1
    return "" if untold else packed


def sketch(members: list[Row]) -> int:
    """A bit for each span of a trace."""
    bits = 0
    for span in members:
        product = int.from_bytes(bytes.fromhex(span["SpanId"]), "little") * 0x9E3779B97F4A7C15 % 2**64
        bits |= 1 << (product >> 58)
    return bits


def partition(nanoseconds: int, received: int) -> int:
    """The partition of a timestamp."""
    day = EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)
    arrival = EPOCH + datetime.timedelta(microseconds=received // 1000)
    near = abs((day.date() - arrival.date()).days) <= 400
    return day.year * 10000 + (day.month * 100 + day.day if near else 0)


def text_of(value: Any) -> str:
    """An AnyValue as text."""
    kind = value.WhichOneof("value")
    match kind:
        case "string_value":
            return value.string_value
        case "bool_value":
            return "true" if value.bool_value else "false"
        case "int_value":
            return str(value.int_value)
        case "double_value":
            return double_text(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value" | "kvlist_value":
            return orjson.dumps(_plain(value)).decode()
        case _:
            return ""


def double_text(value: float) -> str:
    """A double as ECMAScript's Number::toString writes it, but for the sign of zero."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign = "-" if value < 0 else ""
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:e([+-]\d+))?", repr(abs(value)))
    assert found is not None
    whole, fraction, exponent = found[1], found[2] or "", int(found[3] or 0)
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + exponent - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if point > 21 or point <= -6:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    match kind:
        case "array_value":
            return [_plain(element) for element in value.array_value.values]
        case "kvlist_value":
            return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
        case "bytes_value":
            return text_of(value)
        case "double_value":
            number = value.double_value
            if not math.isfinite(number):
                return text_of(value)
            return int(number) if number == math.trunc(number) and abs(number) < 2**53 else number
        case "string_value" | "bool_value" | "int_value":
            return getattr(value, kind)
        case _:
            return None


def _attributes(pairs: Any, **more: str) -> dict[str, str]:
    return {pair.key: text_of(pair.value) for pair in pairs} | more


def _records(signal: Signal, message: Any) -> Iterator[tuple[Any, Any, Any]]:
    match signal:
        case Signal.TRACES:
            for resource in message.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        yield span, scope, resource
        case Signal.LOGS:
            for resource in message.resource_logs:
                for scope in resource.scope_logs:
                    for record in scope.log_records:
                        yield record, scope, resource
        case Signal.METRICS:
            for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
                for resource in message.resource_metrics:
                    for scope in resource.scope_metrics:
                        for metric in scope.metrics:
                            for point in getattr(metric, kind).data_points:
                                yield (kind, metric, point), scope, resource


def _first(key: str, *choices: dict[str, str]) -> str:
    return next((found for choice in choices if (found := choice.get(key, ""))), "")


def _flags(**held: bool) -> dict[str, str]:
    names = [name for name, holds in held.items() if holds]
    return {"sonde.flags": ",".join(names)} if names else {}


def _service(resource: Any) -> str:
    return _attributes(resource.resource.attributes).get("service.name", "") or "unknown_service"


def _promoted(own: dict[str, str], resource: Any) -> Row:
    inherited = _attributes(resource.resource.attributes)
    return {
        "Component": _first("sonde.component", own, inherited) or _service(resource),
        "OrchestrationId": _first("sonde.orchestration.id", own, inherited),
        "RunId": _first("sonde.run.id", own, inherited),
        "CorrelationId": _first("correlation.id", own, inherited),
        "SessionId": _first("session.id", own, inherited),
        "TriggerEvent": _first("sonde.pipeline.trigger_event", own, inherited),
    }


def _shared(scope: Any, resource: Any, received: int, segment: int) -> Row:
    return {
        "ServiceName": _service(resource),
        "ResourceAttributes": _attributes(resource.resource.attributes),
        "ResourceSchemaUrl": resource.schema_url,
        "ResourceDroppedAttributesCount": resource.resource.dropped_attributes_count,
        "ScopeName": scope.scope.name,
        "ScopeVersion": scope.scope.version,
        "ScopeAttributes": _attributes(scope.scope.attributes),
        "ScopeSchemaUrl": scope.schema_url,
        "Segment": segment,
        "ReceivedAt": received // 1_000_000,
    }


def _or_none(identifier: bytes) -> str:
    return identifier.hex() if any(identifier) else ""


def _weight(trace_state: str) -> float:
    for member in trace_state.split(","):
        key, _, value = member.strip(" \t").partition("=")
        if key == "ot":
            for part in value.split(";"):
                name, _, digits = part.partition(":")
                if name == "th" and re.fullmatch("[0-9a-f]{1,14}", digits):
                    return 1 / (1 - int(digits.ljust(14, "0"), 16) / 2**56)
    return 1.0


def _span(span: Any, scope: Any, resource: Any, received: int, segment: int, ordinal: int) -> Row | None:
    ids_fit = len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8)
    if not ids_fit or not any(span.trace_id) or not any(span.span_id):
        return None
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    begins = start or end or received
    own = _attributes(
        span.attributes,
        **_flags(
            end_before_start=0 < end < begins,
            no_timestamp=start == 0,
            timestamp_out_of_range=max(begins, end) > LATEST,
        ),
        **({} if end else {"sonde.open": "true"}),
    )
    status = ["unset", "success", "error"][span.status.code if span.status.code in (1, 2) else 0]
    return {
        "table": "otel_traces",
        "partition": partition(min(begins, LATEST), received),
        "Timestamp": min(begins, LATEST),
        "TraceId": span.trace_id.hex(),
        "SpanId": span.span_id.hex(),
        "ParentSpanId": _or_none(span.parent_span_id),
        "TraceState": span.trace_state,
        "SpanName": span.name,
        "SpanKind": KINDS[span.kind] if 0 <= span.kind < len(KINDS) else "Unspecified",
        "SpanAttributes": own,
        "Duration": max(0, end - begins),
        "StatusCode": ["Unset", "Ok", "Error"][span.status.code if span.status.code in (1, 2) else 0],
        "StatusMessage": span.status.message,
        "Events.Timestamp": [min(event.time_unix_nano, LATEST) for event in span.events],
        "Events.Name": [event.name for event in span.events],
        "Events.Attributes": [_attributes(event.attributes) for event in span.events],
        "EventsDroppedAttributesCount": [event.dropped_attributes_count for event in span.events],
        "Links.TraceId": [link.trace_id.hex() for link in span.links],
        "Links.SpanId": [link.span_id.hex() for link in span.links],
        "Links.TraceState": [link.trace_state for link in span.links],
        "Links.Attributes": [_attributes(link.attributes) for link in span.links],
        "LinksDroppedAttributesCount": [link.dropped_attributes_count for link in span.links],
        "LinksFlags": [link.flags for link in span.links],
        "ScopeDroppedAttributesCount": scope.scope.dropped_attributes_count,
        "Flags": span.flags,
        "DroppedAttributesCount": span.dropped_attributes_count,
        "DroppedEventsCount": span.dropped_events_count,
        "DroppedLinksCount": span.dropped_links_count,
        "Version": (end != 0) << 63 | (segment >> 22 & 2**41 - 1) << 22 | ordinal % 2**22,
        "SampleWeight": _weight(span.trace_state),
        "Status": _first("sonde.status", own, _attributes(resource.resource.attributes)) or status,
        "IsOpen": end == 0,
        **_promoted(own, resource),
        **_shared(scope, resource, received, segment),
    }


def _log(record: Any, scope: Any, resource: Any, received: int, segment: int, ordinal: int) -> Row | None:
    if len(record.trace_id) not in (0, 16) or len(record.span_id) not in (0, 8):
        return None
    time = record.time_unix_nano or record.observed_time_unix_nano or received
    untimed = not record.time_unix_nano and not record.observed_time_unix_nano
    flags = _flags(no_timestamp=untimed, timestamp_out_of_range=time > LATEST)
    own = _attributes(record.attributes, **flags)
    severity = min(max(record.severity_number, 0), 255)
    status = "error" if severity >= 17 else "unset"
    return {
        "table": "otel_logs",
        "partition": partition(min(time, LATEST), received),
        "Timestamp": min(time, LATEST),
        "TraceId": _or_none(record.trace_id),
        "SpanId": _or_none(record.span_id),
        "TraceFlags": record.flags % 256,
        "SeverityText": record.severity_text,
        "SeverityNumber": severity,
        "Body": text_of(record.body),
        "LogAttributes": own,
        "EventName": record.event_name or own.get("event.name", ""),
        "ObservedTimestamp": min(record.observed_time_unix_nano or received, LATEST),
        "Flags": record.flags,
        "DroppedAttributesCount": record.dropped_attributes_count,
        "ScopeDroppedAttributesCount": scope.scope.dropped_attributes_count,
        "Ordinal": ordinal,
        "SampleWeight": 1.0,
        "Status": _first("sonde.status", own, _attributes(resource.resource.attributes)) or status,
        **_promoted(own, resource),
        **_shared(scope, resource, received, segment),
    }


def _point(record: Any, scope: Any, resource: Any, received: int, segment: int, ordinal: int) -> Row:
    kind, metric, point = record
    time = point.time_unix_nano or received
    flags = _flags(no_timestamp=not point.time_unix_nano, timestamp_out_of_range=time > LATEST)
    own = _attributes(point.attributes, **flags)
    data = getattr(metric, kind)
    table = "exp_histogram" if kind == "exponential_histogram" else kind
    row: Row = {
        "table": f"otel_metrics_{table}",
        "partition": partition(min(time, LATEST), received),
        "MetricName": metric.name,
        "MetricDescription": metric.description,
        "MetricUnit": metric.unit,
        "MetricMetadata": _attributes(metric.metadata),
        "Attributes": own,
        "StartTimeUnix": min(point.start_time_unix_nano, LATEST),
        "TimeUnix": min(time, LATEST),
        "Flags": point.flags,
        "ScopeDroppedAttrCount": scope.scope.dropped_attributes_count,
        "Component": _promoted(own, resource)["Component"],
        **_shared(scope, resource, received, segment),
    }
    match kind:
        case "gauge" | "sum":
            row |= {
                "Value": _number(point),
                "IsInt": point.WhichOneof("value") == "as_int",
                "IntValue": point.as_int,
            }
        case "summary":
            row |= {
                "Count": point.count,
                "Sum": point.sum,
                "ValueAtQuantiles.Quantile": [each.quantile for each in point.quantile_values],
                "ValueAtQuantiles.Value": [each.value for each in point.quantile_values],
            }
        case _:
            row |= {"Count": point.count}
            for field in ("sum", "min", "max"):
                row |= {
                    field.capitalize(): getattr(point, field),
                    f"Has{field.capitalize()}": point.HasField(field),
                }
    if kind == "histogram":
        row |= {
            "BucketCounts": list(point.bucket_counts),
            "ExplicitBounds": list(point.explicit_bounds),
        }
    if kind == "exponential_histogram":
        row |= {
            "Scale": point.scale,
            "ZeroCount": point.zero_count,
            "ZeroThreshold": point.zero_threshold,
            "PositiveOffset": point.positive.offset,
            "PositiveBucketCounts": list(point.positive.bucket_counts),
            "NegativeOffset": point.negative.offset,
            "NegativeBucketCounts": list(point.negative.bucket_counts),
        }
    if kind == "sum":
        row["IsMonotonic"] = data.is_monotonic
    if kind not in ("gauge", "summary"):
        row["AggregationTemporality"] = data.aggregation_temporality
    if kind != "summary":
        row |= {
            "Exemplars.FilteredAttributes": [
                _attributes(each.filtered_attributes) for each in point.exemplars
            ],
            "Exemplars.TimeUnix": [min(each.time_unix_nano, LATEST) for each in point.exemplars],
            "Exemplars.Value": [_number(each) for each in point.exemplars],
            "Exemplars.SpanId": [
                each.span_id.hex() if each.span_id != bytes(8) else "" for each in point.exemplars
            ],
            "Exemplars.TraceId": [
                each.trace_id.hex() if each.trace_id != bytes(16) else "" for each in point.exemplars
            ],
        }
    return row


def _number(point: Any) -> float:
    return float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double


_WRITE: dict[Signal, Callable[..., Row | None]] = {
    Signal.TRACES: _span,
    Signal.LOGS: _log,
    Signal.METRICS: _point,
}
