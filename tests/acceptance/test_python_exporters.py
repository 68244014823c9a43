"""OpenTelemetry's own Python exporters, over gRPC and HTTP, plain and compressed, read back by the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from bench.server_process import SondeServer
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc_logs
from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http import _log_exporter as http_logs
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Exporters:
    """One of each, and the service name its telemetry goes by."""

    service: str
    spans: SpanExporter
    logs: LogRecordExporter
    metrics: MetricExporter

    @property
    def resource(self) -> Resource:
        return Resource({"service.name": self.service, "service.version": "4.5.6", "host.cpus": 8})


@pytest.fixture(params=["grpc", "grpc-gzip", "http", "http-gzip", "http-deflate"])
def exporters(request: pytest.FixtureRequest, shared_server: SondeServer) -> Exporters:
    service = f"python-{request.param}"
    if request.param.startswith("grpc"):
        zipped = grpc.Compression.Gzip if request.param == "grpc-gzip" else grpc.Compression.NoCompression
        endpoint = f"http://127.0.0.1:{shared_server.grpc_port}"
        return Exporters(
            service,
            grpc_traces.OTLPSpanExporter(endpoint, insecure=True, compression=zipped),
            grpc_logs.OTLPLogExporter(endpoint, insecure=True, compression=zipped),
            grpc_metrics.OTLPMetricExporter(endpoint, insecure=True, compression=zipped),
        )
    compression = {"http": Compression.NoCompression, "http-gzip": Compression.Gzip}.get(
        request.param, Compression.Deflate
    )
    return Exporters(
        service,
        http_traces.OTLPSpanExporter(f"{shared_server.url}/v1/traces", compression=compression),
        http_logs.OTLPLogExporter(f"{shared_server.url}/v1/logs", compression=compression),
        http_metrics.OTLPMetricExporter(f"{shared_server.url}/v1/metrics", compression=compression),
    )


def test_spans_keep_every_value(exporters: Exporters, shared_server: SondeServer) -> None:
    provider = TracerProvider(resource=exporters.resource)
    provider.add_span_processor(SimpleSpanProcessor(exporters.spans))
    tracer = provider.get_tracer("shop.checkout", "1.0", attributes={"scope.kind": "manual"})
    linked = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState())
    with tracer.start_as_current_span(
        "order.place",
        kind=SpanKind.SERVER,
        attributes={
            "text": "päyment",
            "whole": 2**53,
            "real": 2.5,
            "yes": True,
            "list": ("a", "b"),
            "numbers": (1, 2),
        },
        links=[Link(linked, {"why": "batch"})],
    ) as parent:
        with tracer.start_as_current_span("card.charge", kind=SpanKind.CLIENT) as child:
            child.add_event("retry", {"attempt": 2}, timestamp=1_700_000_000_123_456_789)
            child.set_status(Status(StatusCode.ERROR, "declined"))
        parent.set_status(Status(StatusCode.OK))
    provider.shutdown()
    shared_server.flush()

    ids = parent.get_span_context()
    answer = shared_server.get(f"/api/v1/traces/{trace.format_trace_id(ids.trace_id)}")
    root, leaf = answer["spans"]
    assert answer["spanCount"] == 2
    assert (root["operation"], root["kind"], root["service"]) == ("order.place", "Server", exporters.service)
    assert (root["parentSpanId"], root["depth"], leaf["depth"]) == ("", 0, 1)
    assert (root["statusCode"], root["status"]) == ("Ok", "success")
    assert root["attributes"] == {
        "text": "päyment",
        "whole": "9007199254740992",
        "real": "2.5",
        "yes": "true",
        "list": '["a","b"]',
        "numbers": "[1,2]",
    }
    assert root["resource"]["service.version"] == "4.5.6"
    assert root["resource"]["host.cpus"] == "8"
    assert root["scope"] == {
        "name": "shop.checkout",
        "version": "1.0",
        "attributes": {"scope.kind": "manual"},
    }
    assert root["startUnixNs"] == str(getattr(parent, "start_time", None))
    assert root["durationNs"] == getattr(parent, "end_time", 0) - getattr(parent, "start_time", 0)
    (link,) = root["links"]
    assert (link["traceId"], link["spanId"]) == (f"{0xABC:032x}", f"{0xDEF:016x}")
    assert link["attributes"] == {"why": "batch"}
    assert leaf["parentSpanId"] == trace.format_span_id(ids.span_id)
    assert (leaf["statusCode"], leaf["statusMessage"], leaf["status"]) == ("Error", "declined", "error")
    (event,) = leaf["events"]
    assert (event["name"], event["attributes"]) == ("retry", {"attempt": "2"})
    assert event["at"].startswith("2023-11-14T22:13:20.123456789")


def test_logs_and_events_keep_every_value(exporters: Exporters, shared_server: SondeServer) -> None:
    provider = LoggerProvider(resource=exporters.resource)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporters.logs))
    logger = provider.get_logger("shop.log", "2.0")
    trace_id = int.from_bytes(exporters.service.encode()[-16:].rjust(16, b"x"), "big")
    common: dict[str, Any] = {
        "context": trace.set_span_in_context(
            trace.NonRecordingSpan(SpanContext(trace_id, 7, is_remote=False, trace_flags=TraceFlags(1)))
        ),
        "observed_timestamp": 1_795_000_000_000_000_009,
    }
    logger.emit(
        LogRecord(
            timestamp=1_795_000_000_000_000_001,
            severity_number=SeverityNumber.WARN,
            severity_text="WARNING",
            body="stock is low",
            attributes={"sku": "A-1", "left": 2},
            **common,
        )
    )
    logger.emit(
        LogRecord(
            timestamp=1_795_000_000_000_000_002,
            severity_number=SeverityNumber.INFO,
            body={"total": 12.5, "lines": [1, 2]},
            event_name="order.placed",
            **common,
        )
    )
    provider.shutdown()
    shared_server.flush()

    of_trace = {"traceId": f"{trace_id:032x}", "since": "2026-01-01T00:00:00Z"}
    event, log = shared_server.get("/api/v1/logs", **of_trace)["logs"]
    assert log["body"] == "stock is low"
    assert (log["severity"], log["severityNumber"], log["service"]) == ("WARNING", 13, exporters.service)
    assert (log["unixNs"], log["spanId"]) == ("1795000000000000001", f"{7:016x}")
    assert log["attributes"] == {"sku": "A-1", "left": "2"}
    assert log["scope"]["name"] == "shop.log"
    assert event["eventName"] == "order.placed"
    assert event["body"] in ('{"total":12.5,"lines":[1,2]}', '{"lines":[1,2],"total":12.5}')
    events = shared_server.get("/api/v1/events", **of_trace)
    assert [row["eventName"] for row in next(iter(events.values()))] == ["order.placed"]


def test_metrics_become_series(exporters: Exporters, shared_server: SondeServer) -> None:
    reader = PeriodicExportingMetricReader(exporters.metrics, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource=exporters.resource)
    meter = provider.get_meter("shop.metrics", "3.0")
    prefix = exporters.service.replace("-", ".")
    meter.create_counter(f"{prefix}.orders", unit="{order}", description="Orders placed").add(
        5, {"region": "eu"}
    )
    meter.create_up_down_counter(f"{prefix}.carts").add(-3)
    meter.create_gauge(f"{prefix}.depth").set(7.5, {"queue": "mail"})
    histogram = meter.create_histogram(f"{prefix}.duration", unit="ms")
    for value in (3, 40, 900):
        histogram.record(value, {"region": "eu"})
    provider.shutdown()
    shared_server.flush()

    names = {
        metric["name"]: metric
        for metric in shared_server.get("/api/v1/metrics", since="1h")["metrics"]
        if metric["name"].startswith(prefix)
    }
    assert set(names) == {f"{prefix}.{name}" for name in ("orders", "carts", "depth", "duration")}
    orders = names[f"{prefix}.orders"]
    assert (orders["unit"], orders["description"]) == ("{order}", "Orders placed")

    def last(name: str, by: str = "", aggregate: str = "last") -> tuple[dict[str, str], float]:
        params = {"since": "1h", "aggregate": aggregate} | ({"by": by} if by else {})
        (series,) = shared_server.get(f"/api/v1/metrics/{prefix}.{name}", **params)["series"]
        return series["attributes"], series["points"][-1][1]

    assert last("orders", "region") == ({"region": "eu"}, 5)
    assert last("carts")[1] == -3
    assert last("depth", "queue") == ({"queue": "mail"}, 7.5)
    assert last("duration", aggregate="max")[1] == pytest.approx(900)
