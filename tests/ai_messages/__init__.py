"""Messages that instrumentations of others sent; `record.py` says which and how."""

from __future__ import annotations

import json
import time
from pathlib import Path

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

EMITTERS = sorted(path.stem for path in Path(__file__).parent.glob("*.json"))
"""Their names."""


def requests_of(emitter: str) -> tuple[ExportTraceServiceRequest, ExportLogsServiceRequest]:
    """What an emitter sent, as if it had been some minutes ago, one emitter after the other."""
    read = json.loads((Path(__file__).parent / f"{emitter}.json").read_text())
    traces = ParseDict({"resourceSpans": read["resourceSpans"]}, ExportTraceServiceRequest())
    logs = ParseDict({"resourceLogs": read["resourceLogs"]}, ExportLogsServiceRequest())
    spans = [span for r in traces.resource_spans for scope in r.scope_spans for span in scope.spans]
    then = time.time_ns() - (600 - 10 * EMITTERS.index(emitter)) * 10**9
    later = then - min(span.start_time_unix_nano for span in spans)
    for span in spans:
        span.start_time_unix_nano += later
        span.end_time_unix_nano += later
        for event in span.events:
            event.time_unix_nano += later
    for record in (each for r in logs.resource_logs for scope in r.scope_logs for each in scope.log_records):
        record.observed_time_unix_nano += later
        record.time_unix_nano += later if record.time_unix_nano else 0
    return traces, logs
