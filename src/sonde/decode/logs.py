"""Log records, events among them, as rows of `otel_logs`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sonde import semconv
from sonde.decode.anyvalue import rendered
from sonde.decode.attributes import Attributes, first_of
from sonde.decode.blocks import Block, Stamp
from sonde.decode.columns import (
    coded,
    encoded,
    hex_of,
    is_blank,
    numbers,
    text,
    timestamps,
    without_zero_ids,
)
from sonde.decode.envelope import Envelope
from sonde.decode.kernels import kernels as pc
from sonde.decode.links import link_blocks
from sonde.decode.marks import with_flags
from sonde.decode.timestamps import clamped, day_partition, milliseconds

_ERROR_SEVERITY: Final = 17


def log_blocks(logs: Any, envelope: Envelope, stamp: Stamp) -> list[Block]:
    """The blocks of these log records: themselves, and the entities that they speak of."""
    received = stamp.received_at_ns
    time_u64 = numbers(logs.field("time_unix_nano"))
    observed_u64 = numbers(logs.field("observed_time_unix_nano"))
    untimed = (time_u64 == 0) & (observed_u64 == 0)
    arrival = received.view(np.uint64)
    time, time_beyond = clamped(
        np.where(time_u64 != 0, time_u64, np.where(observed_u64 != 0, observed_u64, arrival))
    )
    observed, _ = clamped(np.where(observed_u64 != 0, observed_u64, arrival))
    attributes = with_flags(
        Attributes.from_list(logs.field("attributes")),
        {semconv.FLAG_NO_TIMESTAMP: untimed, semconv.FLAG_TIMESTAMP_OUT_OF_RANGE: time_beyond},
    )
    severity = np.clip(numbers(logs.field("severity_number")), 0, 255).astype(np.uint8)
    flags = numbers(logs.field("flags"))
    inherited = envelope.resource_attributes
    resource_of = envelope.resource_of

    def promoted(key: str, otherwise: Any = "") -> pa.Array:
        return first_of(key, attributes, inherited, resource_of, otherwise)

    columns: dict[str, pa.Array] = {
        "Timestamp": timestamps(time),
        "TraceId": hex_of(without_zero_ids(logs.field("trace_id"), 16)),
        "SpanId": hex_of(without_zero_ids(logs.field("span_id"), 8)),
        "TraceFlags": pa.array((flags & 0xFF).astype(np.uint8)),
        "SeverityText": encoded(logs.field("severity_text")),
        "SeverityNumber": pa.array(severity),
        "ServiceName": envelope.service,
        "Body": text(rendered(logs.field("body"))),
        "ResourceSchemaUrl": envelope.resource_schema_url(),
        "ResourceAttributes": envelope.resource_map(),
        "ScopeSchemaUrl": envelope.scope_schema_url(),
        "ScopeName": envelope.scope_text("name"),
        "ScopeVersion": envelope.scope_text("version"),
        "ScopeAttributes": envelope.scope_map(),
        "LogAttributes": attributes.to_map(),
        "EventName": _event_names(logs.field("event_name"), attributes),
        "ObservedTimestamp": timestamps(observed),
        "Flags": logs.field("flags"),
        "DroppedAttributesCount": logs.field("dropped_attributes_count"),
        "ResourceDroppedAttributesCount": envelope.resource_dropped(),
        "ScopeDroppedAttributesCount": envelope.scope_dropped(),
        "Segment": pa.array(np.full(len(logs), stamp.segment, np.uint64)),
        "Ordinal": pa.array(stamp.ordinals.astype(np.uint32)),
        "ReceivedAt": milliseconds(received),
        "Component": promoted(semconv.COMPONENT, envelope.service),
        "SampleWeight": pa.array(np.ones(len(logs))),
        "OrchestrationId": promoted(semconv.ORCHESTRATION_ID),
        "RunId": promoted(semconv.RUN_ID),
        "CorrelationId": promoted(semconv.CORRELATION_ID),
        "SessionId": promoted(semconv.SESSION_ID),
        "TriggerEvent": promoted(semconv.TRIGGER_EVENT),
        "Status": promoted(
            semconv.STATUS, coded((severity >= _ERROR_SEVERITY).astype(np.int8), ("unset", "error"))
        ),
    }
    links = link_blocks(
        attributes,
        run_ids=columns["RunId"],
        run_urls=partial(promoted, semconv.RUN_URL),
        trace_ids=columns["TraceId"],
        at_ns=time,
        received_at_ns=received,
    )
    return [Block("otel_logs", pa.table(columns), day_partition(time, received), derived=False), *links]


def _event_names(names: pa.StringArray, attributes: Attributes) -> pa.Array:
    """The record's event name, else its attribute `event.name`, which older senders use."""
    attribute = attributes.column(semconv.EVENT_NAME_ATTRIBUTE)
    if attribute is None:
        return text(names)
    if is_blank(names):
        return pc.fill_null(attribute, "")
    return pc.if_else(pc.equal(names, ""), pc.fill_null(attribute, ""), names)
