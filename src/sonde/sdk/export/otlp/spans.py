"""Spans: the message `Span` with its events and links."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceState

from sonde.sdk.export.otlp.values import add_attributes
from sonde.sdk.export.otlp.wire import delimited, text, varint

_START: Final = struct.Struct("<BQ")
_START_TAG: Final = 0x39
_TIMES: Final = struct.Struct("<BQBQ")
_END_TAG: Final = 0x41
_EVENT_TIME: Final = struct.Struct("<BQ")
_EVENT_TIME_TAG: Final = 0x09

_INTERNAL: Final = b"\x30\x01"
_KINDS: Final = {
    SpanKind.SERVER: b"\x30\x02",
    SpanKind.CLIENT: b"\x30\x03",
    SpanKind.PRODUCER: b"\x30\x04",
    SpanKind.CONSUMER: b"\x30\x05",
}
_STATUSES: Final = {StatusCode.OK: b"\x18\x01", StatusCode.ERROR: b"\x18\x02"}
_UNSET: Final = b"\x7a\x00"

# Whether the parent (of a link: where it leads to) is in another process is known; it is not, or it is.
_LOCAL: Final = struct.pack("<I", 0x100)
_REMOTE: Final = struct.pack("<I", 0x300)
_FLAGS: Final = b"\x85\x01"


def span_message(span: ReadableSpan) -> bytes:
    """The body of a `Span`. Raises where it has no context."""
    context, parent, status = cast(SpanContext, span.context), span.parent, span.status
    parts = [
        b"\x0a\x10",
        context.trace_id.to_bytes(16, "big"),
        b"\x12\x08",
        context.span_id.to_bytes(8, "big"),
    ]
    if context.trace_state:
        parts += (b"\x1a", text(_listed(context.trace_state)))
    if parent is not None:
        parts += (b"\x22\x08", parent.span_id.to_bytes(8, "big"))
    if span.name:
        parts += (b"\x2a", text(span.name))
    kind = span.kind
    parts.append(_INTERNAL if kind is SpanKind.INTERNAL else _KINDS[kind])
    start, end = span.start_time, span.end_time
    if end:
        parts.append(_TIMES.pack(_START_TAG, start or 0, _END_TAG, end))
    else:
        parts.append(_START.pack(_START_TAG, start or 0))
    attributes = span.attributes
    if attributes:
        # Many times faster to go through than OpenTelemetry's own mapping.
        add_attributes(parts, b"\x4a", cast(Mapping[str, Any], attributes.copy()))  # pyright: ignore -- see above
    if span.dropped_attributes:
        parts += (b"\x50", varint(span.dropped_attributes))
    if getattr(span, "_events", True):
        for event in span.events:
            parts += (b"\x5a", delimited(_event(event)))
    if span.dropped_events:
        parts += (b"\x60", varint(span.dropped_events))
    if getattr(span, "_links", True):
        for link in span.links:
            parts += (b"\x6a", delimited(_link(link)))
    if span.dropped_links:
        parts += (b"\x70", varint(span.dropped_links))
    if status.status_code is StatusCode.UNSET and not status.description:
        parts.append(_UNSET)
    else:
        message = b"\x12" + text(status.description) if status.description else b""
        parts += (b"\x7a", delimited(message + _STATUSES.get(status.status_code, b"")))
    parts += (_FLAGS, _REMOTE if parent is not None and parent.is_remote else _LOCAL)
    return b"".join(parts)


def _event(event: Event) -> bytes:
    parts = [_EVENT_TIME.pack(_EVENT_TIME_TAG, event.timestamp), b"\x12", text(event.name)]
    add_attributes(parts, b"\x1a", event.attributes or {})
    if event.dropped_attributes:
        parts += (b"\x20", varint(event.dropped_attributes))
    return b"".join(parts)


def _link(link: Link) -> bytes:
    context = link.context
    parts = [
        b"\x0a\x10",
        context.trace_id.to_bytes(16, "big"),
        b"\x12\x08",
        context.span_id.to_bytes(8, "big"),
    ]
    add_attributes(parts, b"\x22", link.attributes or {})
    if link.dropped_attributes:
        parts += (b"\x28", varint(link.dropped_attributes))
    parts += (b"\x35", _REMOTE if context.is_remote else _LOCAL)
    return b"".join(parts)


def _listed(state: TraceState) -> str:
    return ",".join(f"{name}={value}" for name, value in state.items())
