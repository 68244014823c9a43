"""Sends made-up traffic with the OpenTelemetry exporters, as any program would send its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

from sonde import __version__
from sonde.cli.traffic import Log, Span, Trace
from sonde.cli.traffic_metrics import Totals
from sonde.errors import ServerRefused

_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_SEVERITIES = {
    "DEBUG": SeverityNumber.DEBUG,
    "INFO": SeverityNumber.INFO,
    "WARN": SeverityNumber.WARN,
    "ERROR": SeverityNumber.ERROR,
}
SCOPE = InstrumentationScope("sonde.generate", __version__)
TIMEOUT_S = 30


class Sender:
    """Exporters for one server. Raises ServerRefused when something is not taken."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._spans = OTLPSpanExporter(
            f"{url}/v1/traces", headers=headers, timeout=TIMEOUT_S, compression=Compression.Gzip
        )
        self._logs = OTLPLogExporter(
            f"{url}/v1/logs", headers=headers, timeout=TIMEOUT_S, compression=Compression.Gzip
        )
        self._metrics = OTLPMetricExporter(
            f"{url}/v1/metrics", headers=headers, timeout=TIMEOUT_S, compression=Compression.Gzip
        )
        # The exporters say why something failed only in their log.
        self._reasons = _Reasons()
        logger = logging.getLogger("opentelemetry.exporter.otlp.proto.http")
        logger.addHandler(self._reasons)
        logger.propagate = False
        self._resources: dict[str, Resource] = {}

    def send(self, traces: Sequence[Trace]) -> None:
        """Send the spans and logs of some traces."""
        spans = [self._span(span) for trace in traces for span in trace.spans]
        if spans and self._spans.export(spans) is not SpanExportResult.SUCCESS:
            raise self._refused(f"{len(spans)} spans")
        logs = [self._log(log) for trace in traces for log in trace.logs]
        if logs and self._logs.export(logs) is not LogRecordExportResult.SUCCESS:
            raise self._refused(f"{len(logs)} log records")

    def send_metrics(self, totals: Totals, at_ns: int) -> None:
        """Send what has been counted so far, as points at this time."""
        data = totals.as_metrics(at_ns, self._resource, SCOPE)
        if self._metrics.export(data) is not MetricExportResult.SUCCESS:
            raise self._refused("metrics")

    def close(self) -> None:
        """Close the connections."""
        for exporter in (self._spans, self._logs, self._metrics):
            exporter.shutdown()

    def _refused(self, what: str) -> ServerRefused:
        return ServerRefused(
            f"cannot send {what} to {self._url}: {self._reasons.last or 'not taken'}",
            hint="the key needs the scope ingest; `sonde doctor` looks for the cause",
        )

    def _resource(self, service: str) -> Resource:
        if service not in self._resources:
            self._resources[service] = Resource(
                {
                    "service.name": service,
                    "service.version": "1.0.0",
                    "deployment.environment.name": "sample",
                    "telemetry.sdk.name": "opentelemetry",
                    "telemetry.sdk.language": "python",
                }
            )
        return self._resources[service]

    def _span(self, span: Span) -> ReadableSpan:
        attributes = {**span.attributes, **({"sonde.component": span.component} if span.component else {})}
        events: list[Event] = []
        status = Status(StatusCode.UNSET)
        if span.error:
            kind, _, message = span.error.partition(": ")
            attributes["error.type"] = kind
            status = Status(StatusCode.ERROR, message)
            source = f'Traceback (most recent call last):\n  File "{span.service}.py"\n'
            details = {
                "exception.type": kind,
                "exception.message": message,
                "exception.stacktrace": source + span.error,
            }
            events.append(Event("exception", details, timestamp=span.end_ns))
        return ReadableSpan(
            span.name,
            context=_context(span.trace_id, span.span_id),
            parent=_context(span.trace_id, span.parent_id) if span.parent_id else None,
            resource=self._resource(span.service),
            attributes=attributes,
            events=events,
            kind=_KINDS[span.kind],
            status=status,
            start_time=span.start_ns,
            end_time=span.end_ns,
            instrumentation_scope=SCOPE,
        )

    def _log(self, log: Log) -> ReadableLogRecord:
        attributes = {**log.attributes, **({"sonde.component": log.component} if log.component else {})}
        context = set_span_in_context(NonRecordingSpan(_context(log.trace_id, log.span_id)))
        record = LogRecord(
            timestamp=log.at_ns,
            observed_timestamp=log.at_ns,
            context=context,
            severity_text=log.severity,
            severity_number=_SEVERITIES[log.severity],
            body=log.body,
            attributes=attributes,
            event_name=log.event_name or None,
        )
        return ReadableLogRecord(record, self._resource(log.service), SCOPE)


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


class _Reasons(logging.Handler):
    """Keeps the last complaint of the exporters."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()
