"""Log records and events: the message `LogRecord`."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.sdk._logs import ReadableLogRecord

from sonde.sdk.export.otlp.values import add_attributes, any_value
from sonde.sdk.export.otlp.wire import delimited, text, varint

_TIME: Final = struct.Struct("<BQ")
_TIME_TAG: Final = 0x09
_OBSERVED_TAG: Final = 0x59
_FLAGS: Final = struct.Struct("<BI")
_FLAGS_TAG: Final = 0x45


def log_record(readable: ReadableLogRecord) -> bytes:
    """The body of a `LogRecord`. Raises TypeError for a body that has no form in OTLP."""
    record = readable.log_record
    parts: list[bytes] = []
    if record.timestamp:
        parts.append(_TIME.pack(_TIME_TAG, record.timestamp))
    severity: int | None = getattr(record.severity_number, "value", None)
    if severity:
        parts += (b"\x10", varint(severity))
    if record.severity_text:
        parts += (b"\x1a", text(record.severity_text))
    parts += (b"\x2a", delimited(any_value(record.body)))
    if record.attributes:
        attributes: Mapping[str, Any] = record.attributes
        # A dict is many times faster to go through than OpenTelemetry's own mapping.
        add_attributes(parts, b"\x32", getattr(attributes, "copy", lambda: attributes)())
    if readable.dropped_attributes:
        parts += (b"\x38", varint(readable.dropped_attributes))
    if record.trace_flags:
        parts.append(_FLAGS.pack(_FLAGS_TAG, record.trace_flags))
    if record.trace_id:
        parts += (b"\x4a\x10", record.trace_id.to_bytes(16, "big"))
    if record.span_id:
        parts += (b"\x52\x08", record.span_id.to_bytes(8, "big"))
    if record.observed_timestamp:
        parts.append(_TIME.pack(_OBSERVED_TAG, record.observed_timestamp))
    if record.event_name:
        parts += (b"\x62", text(record.event_name))
    return b"".join(parts)
