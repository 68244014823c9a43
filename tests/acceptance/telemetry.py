"""Small numbered OTLP requests, and a client that sends them until they are acknowledged.

Every record carries `batch` (its request) and `n` (unique over all requests), so that SQL can tell what is
missing from what is doubled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

PROTOBUF = {"content-type": "application/x-protobuf"}
NS_A_SECOND = 1_000_000_000
NS_A_DAY = 86_400 * NS_A_SECOND


@dataclass(frozen=True)
class Request:
    """One OTLP request: where it goes, its bytes, and what to look for in the store."""

    signal: str
    batch: int
    records: int
    payload: bytes

    @property
    def path(self) -> str:
        return f"/v1/{self.signal}"


def attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _numbered(batch: int, position: int) -> list[KeyValue]:
    return [attribute("batch", str(batch)), attribute("n", f"{batch}-{position}")]


def _resource() -> Resource:
    return Resource(attributes=[attribute("service.name", "numbered")])


def _times_ns(records: int, days: Sequence[int]) -> Iterator[int]:
    """Times of the records: spread over the days, each so many days before now."""
    now_ns = time.time_ns()
    for position in range(records):
        yield now_ns - days[position % len(days)] * NS_A_DAY - position * 1000


def trace_id(batch: int, position: int) -> bytes:
    return (batch + 1).to_bytes(8, "big") + (position // 5 + 1).to_bytes(8, "big")


def spans(batch: int, records: int = 20, days: Sequence[int] = (0,)) -> Request:
    """Five spans a trace, on the days given as days before today."""
    message = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=_resource(),
                scope_spans=[
                    ScopeSpans(
                        spans=[
                            Span(
                                trace_id=trace_id(batch, position),
                                span_id=(batch * 1_000_000 + position + 1).to_bytes(8, "big"),
                                name="numbered.work",
                                kind=Span.SPAN_KIND_INTERNAL,
                                start_time_unix_nano=at_ns,
                                end_time_unix_nano=at_ns + 500,
                                attributes=_numbered(batch, position),
                            )
                            for position, at_ns in enumerate(_times_ns(records, days))
                        ]
                    )
                ],
            )
        ]
    )
    return Request("traces", batch, records, message.SerializeToString())


def logs(batch: int, records: int = 20, days: Sequence[int] = (0,)) -> Request:
    """Log records on the days given as days before today."""
    message = ExportLogsServiceRequest(
        resource_logs=[
            ResourceLogs(
                resource=_resource(),
                scope_logs=[
                    ScopeLogs(
                        log_records=[
                            LogRecord(
                                time_unix_nano=at_ns,
                                severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
                                body=AnyValue(string_value=f"numbered {batch}-{position}"),
                                attributes=_numbered(batch, position),
                            )
                            for position, at_ns in enumerate(_times_ns(records, days))
                        ]
                    )
                ],
            )
        ]
    )
    return Request("logs", batch, records, message.SerializeToString())


def metrics(batch: int, records: int = 20, days: Sequence[int] = (0,)) -> Request:
    """Points of one gauge on the days given as days before today."""
    message = ExportMetricsServiceRequest(
        resource_metrics=[
            ResourceMetrics(
                resource=_resource(),
                scope_metrics=[
                    ScopeMetrics(
                        metrics=[
                            Metric(
                                name="numbered.depth",
                                gauge=Gauge(
                                    data_points=[
                                        NumberDataPoint(
                                            time_unix_nano=at_ns,
                                            as_double=position,
                                            attributes=_numbered(batch, position),
                                        )
                                        for position, at_ns in enumerate(_times_ns(records, days))
                                    ]
                                ),
                            )
                        ]
                    )
                ],
            )
        ]
    )
    return Request("metrics", batch, records, message.SerializeToString())


def of_each_signal(batch: int, records: int = 20, days: Sequence[int] = (0,)) -> list[Request]:
    """One request of spans, one of logs, one of metrics; batches are counted per signal."""
    return [spans(batch, records, days), logs(batch, records, days), metrics(batch, records, days)]


def post(url: str, request: Request, *, timeout_s: float = 30) -> httpx.Response:
    """One attempt over a connection of its own."""
    return httpx.post(f"{url}{request.path}", content=request.payload, headers=PROTOBUF, timeout=timeout_s)


class Sender:
    """Threads that send as a patient client does: the same bytes again after a refusal or a lost connection.

    `acknowledged` holds every request that was answered 200.
    """

    def __init__(self, url: str, streams: Sequence[Iterable[Request]]) -> None:
        self.acknowledged: list[Request] = []
        self.attempts = 0
        self.unexpected: list[str] = []
        self._url = url
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(stream,)) for stream in streams]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, timeout_s: float = 60) -> None:
        """No new request is begun; those under way are sent until acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=timeout_s)
            assert not thread.is_alive(), "a request was not acknowledged in time"

    def _send(self, stream: Iterable[Request]) -> None:
        with httpx.Client(timeout=30) as client:
            for request in stream:
                if self._stopping.is_set():
                    return
                self._until_acknowledged(client, request)

    def _until_acknowledged(self, client: httpx.Client, request: Request) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.attempts += 1
            try:
                answer = client.post(f"{self._url}{request.path}", content=request.payload, headers=PROTOBUF)
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if answer.status_code == 200:
                self.acknowledged.append(request)
                return
            if answer.status_code != 503:
                self.unexpected.append(f"{answer.status_code}: {answer.text}")
                return
            time.sleep(0.05)
