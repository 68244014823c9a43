"""OTLP in its binary form, written directly.

Building protobuf's messages and having them serialised takes three times as long, and loading protobuf takes
3 MB of every program. What is written here is what OpenTelemetry's own encoders write: a test compares them.
Source: github.com/open-telemetry/opentelemetry-proto, protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from sonde.sdk.export.otlp.logs import log_record
from sonde.sdk.export.otlp.metrics import metrics_request
from sonde.sdk.export.otlp.request import Request
from sonde.sdk.export.otlp.spans import span_message

__all__ = ["Request", "log_record", "metrics_request", "span_message"]
