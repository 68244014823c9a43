"""Spans as rows of `otel_traces`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sonde import semconv
from sonde.decode.ai_calls import ai_blocks
from sonde.decode.attributes import Attributes, first_of
from sonde.decode.blocks import Block, Stamp
from sonde.decode.columns import (
    Mask,
    bytes_of,
    coded,
    encoded,
    hex_of,
    lists,
    numbers,
    offsets_of,
    text,
    timestamps,
    unnest,
    without_zero_ids,
)
from sonde.decode.envelope import Envelope
from sonde.decode.kernels import kernels as pc
from sonde.decode.links import link_blocks
from sonde.decode.marks import with_flags
from sonde.decode.sampling import sample_weights
from sonde.decode.summaries import SpanFacts, trace_blocks
from sonde.decode.timestamps import clamped, day_partition, milliseconds

KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS_CODES: Final = ("Unset", "Ok", "Error")
STATUSES: Final = ("unset", "success", "error")
_ERROR: Final = 2


def span_blocks(spans: Any, envelope: Envelope, stamp: Stamp) -> list[Block]:
    """The blocks of these spans: themselves; where their traces lie in time and what is known of them; when
    these began; the entities that they touched."""
    received = stamp.received_at_ns
    start_u64, end_u64 = (numbers(spans.field(f"{edge}_time_unix_nano")) for edge in ("start", "end"))
    is_open = end_u64 == 0
    unstarted = start_u64 == 0
    if unstarted.any():
        start_u64 = np.where(unstarted, np.where(is_open, received.view(np.uint64), end_u64), start_u64)
    backwards = (end_u64 < start_u64) & ~is_open
    duration = np.where(end_u64 > start_u64, end_u64 - start_u64, np.uint64(0))
    start, start_beyond = clamped(start_u64)
    end, end_beyond = clamped(np.maximum(start_u64, end_u64))

    attributes = with_flags(
        Attributes.from_list(spans.field("attributes")),
        {
            semconv.FLAG_END_BEFORE_START: backwards,
            semconv.FLAG_NO_TIMESTAMP: unstarted,
            semconv.FLAG_TIMESTAMP_OUT_OF_RANGE: _either(start_beyond, end_beyond),
        },
    )
    if is_open.any():
        rows = np.flatnonzero(is_open)
        attributes = attributes.with_entries(rows, semconv.OPEN, ["true"] * len(rows))

    trace_ids = hex_of(spans.field("trace_id"))
    names = encoded(spans.field("name"))
    parents = without_zero_ids(spans.field("parent_span_id"), 8)
    status_codes = numbers(spans.field("status").field("code"))
    inherited = envelope.resource_attributes
    resource_of = envelope.resource_of

    def promoted(key: str, otherwise: Any = "") -> pa.Array:
        return first_of(key, attributes, inherited, resource_of, otherwise)

    columns: dict[str, pa.Array] = {
        "Timestamp": timestamps(start),
        "TraceId": trace_ids,
        "SpanId": hex_of(spans.field("span_id")),
        "ParentSpanId": hex_of(parents),
        "TraceState": text(spans.field("trace_state")),
        "SpanName": names,
        "SpanKind": coded(numbers(spans.field("kind")), KINDS),
        "ServiceName": envelope.service,
        "ResourceAttributes": envelope.resource_map(),
        "ScopeName": envelope.scope_text("name"),
        "ScopeVersion": envelope.scope_text("version"),
        "SpanAttributes": attributes.to_map(),
        "Duration": pa.array(duration),
        "StatusCode": coded(status_codes, STATUS_CODES),
        "StatusMessage": text(spans.field("status").field("message")),
        **_events(spans.field("events")),
        **_links(spans.field("links")),
        "ResourceSchemaUrl": envelope.resource_schema_url(),
        "ResourceDroppedAttributesCount": envelope.resource_dropped(),
        "ScopeSchemaUrl": envelope.scope_schema_url(),
        "ScopeAttributes": envelope.scope_map(),
        "ScopeDroppedAttributesCount": envelope.scope_dropped(),
        "Flags": spans.field("flags"),
        "DroppedAttributesCount": spans.field("dropped_attributes_count"),
        "DroppedEventsCount": spans.field("dropped_events_count"),
        "DroppedLinksCount": spans.field("dropped_links_count"),
        "EventsDroppedAttributesCount": _nested_counts(spans.field("events"), "dropped_attributes_count"),
        "LinksDroppedAttributesCount": _nested_counts(spans.field("links"), "dropped_attributes_count"),
        "LinksFlags": _nested_counts(spans.field("links"), "flags"),
        "Segment": pa.array(np.full(len(spans), stamp.segment, np.uint64)),
        "Version": pa.array(versions(stamp, is_open)),
        "ReceivedAt": milliseconds(received),
        "Component": promoted(semconv.COMPONENT, envelope.service),
        "SampleWeight": sample_weights(spans.field("trace_state")),
        "OrchestrationId": promoted(semconv.ORCHESTRATION_ID),
        "RunId": promoted(semconv.RUN_ID),
        "CorrelationId": promoted(semconv.CORRELATION_ID),
        "SessionId": promoted(semconv.SESSION_ID),
        "TriggerEvent": promoted(semconv.TRIGGER_EVENT),
        "Status": promoted(semconv.STATUS, coded(status_codes, STATUSES)),
        "IsOpen": pa.array(is_open),
    }
    statuses = encoded(columns["Status"])
    span_ids = bytes_of(spans.field("span_id")).view(np.uint64)
    is_error = numbers(pc.equal(statuses.dictionary, "error").take(statuses.indices)) | (
        status_codes == _ERROR
    )
    facts = SpanFacts(
        segment=stamp.segment,
        trace_ids=trace_ids,
        span_ids=span_ids,
        start_ns=start,
        # As the engine adds them, over the end of the type too.
        end_ns=start + duration.view(np.int64),
        is_root=numbers(pc.equal(pc.binary_length(parents), 0)),
        is_error=is_error,
        is_open=is_open,
        services=envelope.service,
        names=names,
        statuses=statuses,
    )
    partition = day_partition(start, received)
    ai = ai_blocks(
        attributes,
        columns,
        trace_ids=bytes_of(spans.field("trace_id")).view(np.uint64).reshape(-1, 2),
        span_ids=span_ids,
        parents=parents,
        is_open=is_open,
        is_error=is_error,
        partition=partition,
    )
    links = link_blocks(
        attributes,
        run_ids=columns["RunId"],
        run_urls=partial(promoted, semconv.RUN_URL),
        trace_ids=trace_ids,
        # An entity is touched somewhere in a span: what ended last has touched it last.
        at_ns=end,
        received_at_ns=received,
    )
    spans_block = Block("otel_traces", pa.table(columns), partition, derived=False)
    return [spans_block, *ai, *trace_blocks(facts), *links]


def versions(stamp: Stamp, is_open: Mask) -> Any:
    """Which of several rows of one span counts, the greatest (uint64): an ended one, then the newest.

    Ended bit << 63, then 41 bits of the segment's milliseconds, then 22 of the ordinal.
    """
    ended = np.where(is_open, np.uint64(0), np.uint64(1 << 63))
    age = np.uint64(((stamp.segment >> 22) & ((1 << 41) - 1)) << 22)
    return ended | age | (stamp.ordinals & ((1 << 22) - 1)).astype(np.uint64)


def _either(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return one if other is None else other
    return one | other


def _nested_counts(array: pa.ListArray, field: str) -> pa.ListArray:
    elements, _ = unnest(array)
    return lists(_own_offsets(array), elements.field(field))


def _own_offsets(array: pa.ListArray) -> Any:
    offsets = offsets_of(array)
    return offsets if offsets[0] == 0 else offsets - offsets[0]


def _events(array: pa.ListArray) -> dict[str, pa.Array]:
    events, _ = unnest(array)
    offsets = _own_offsets(array)
    times, _ = clamped(numbers(events.field("time_unix_nano")))
    return {
        "Events.Timestamp": lists(offsets, timestamps(times)),
        "Events.Name": lists(offsets, encoded(events.field("name"))),
        "Events.Attributes": lists(offsets, Attributes.from_list(events.field("attributes")).to_map()),
    }


def _links(array: pa.ListArray) -> dict[str, pa.Array]:
    links, _ = unnest(array)
    offsets = _own_offsets(array)
    return {
        "Links.TraceId": lists(offsets, hex_of(links.field("trace_id"))),
        "Links.SpanId": lists(offsets, hex_of(links.field("span_id"))),
        "Links.TraceState": lists(offsets, links.field("trace_state")),
        "Links.Attributes": lists(offsets, Attributes.from_list(links.field("attributes")).to_map()),
    }
