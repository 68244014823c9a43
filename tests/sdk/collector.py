"""An OTLP/HTTP endpoint on a free port that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Received(Generic[Record]):
    """A record as it came, with its resource's attributes and its scope's name."""

    record: Record
    resource: Mapping[str, Any]
    scope: str


@dataclass
class Collector:
    """`spans`, `logs` and `metrics` hold what was answered 200, in order of arrival.

    `answered` are the statuses; what is larger than `largest` bytes is answered 413. A program under test can
    itself make it answer another status from now on: it posts to `/answer-503`.
    """

    url: str = ""
    spans: list[Received[Span]] = field(default_factory=list)
    logs: list[Received[LogRecord]] = field(default_factory=list)
    metrics: list[Received[Metric]] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str], int]] = field(default_factory=list)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    largest: int | None = None
    answered: list[int] = field(default_factory=list)

    def answer(
        self, status: int = 200, *, delay_s: float = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        """From now on answer with `status`, after `delay_s`."""
        self.status, self.delay_s, self.headers = status, delay_s, headers or {}

    def names(self) -> list[str]:
        """Names of the spans that arrived."""
        return [each.record.name for each in self.spans]

    def span(self, name: str) -> Span:
        """The last span of this name."""
        return [each.record for each in self.spans if each.record.name == name][-1]

    def wait_for(self, condition: Callable[[Collector], object], timeout_s: float = 30) -> None:
        """Wait until `condition` holds; AssertionError, with what arrived, after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while not condition(self):
            if time.monotonic() > end:
                raise AssertionError(
                    f"not within {timeout_s} s; spans {self.names()}, {len(self.logs)} logs, "
                    f"metrics {sorted({each.record.name for each in self.metrics})}"
                )
            time.sleep(0.01)

    def take(self, path: str, body: bytes) -> None:
        """Keep the records of one request."""
        if path == "/v1/traces":
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = values(part.resource.attributes)
                for scope in part.scope_spans:
                    self.spans += [Received(each, resource, scope.scope.name) for each in scope.spans]
        elif path == "/v1/logs":
            for part in ExportLogsServiceRequest.FromString(body).resource_logs:
                resource = values(part.resource.attributes)
                for scope in part.scope_logs:
                    self.logs += [Received(each, resource, scope.scope.name) for each in scope.log_records]
        elif path == "/v1/metrics":
            for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                resource = values(part.resource.attributes)
                for scope in part.scope_metrics:
                    self.metrics += [Received(each, resource, scope.scope.name) for each in scope.metrics]


def values(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as Python values."""
    return {each.key: value(each.value) for each in attributes}


def value(any_value: AnyValue) -> Any:
    """One attribute value as a Python value."""
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(each) for each in any_value.array_value.values]
    if kind == "kvlist_value":
        return values(any_value.kvlist_value.values)
    return getattr(any_value, kind) if kind else None


@contextmanager
def running_collector(port: int = 0) -> Generator[Collector]:
    """A collector on 127.0.0.1 until the block ends."""
    collector = Collector()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/answer-"):
                collector.answer(int(self.path.removeprefix("/answer-")))
            status, headers = collector.status, dict(collector.headers)
            if collector.delay_s:
                time.sleep(collector.delay_s)
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if collector.largest is not None and len(body) > collector.largest:
                status = 413
            with lock:
                collector.answered.append(status)
                collector.requests.append((self.path, dict(self.headers), len(body)))
                if status == 200:
                    collector.take(self.path, body)
            try:
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
