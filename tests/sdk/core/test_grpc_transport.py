from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.sdk.conftest import RunProgram

from sonde.sdk.export.answer import Verdict
from sonde.sdk.export.grpc import GrpcTransport


@dataclass
class Backend:
    """`requests` are the names of the services called, `metadata` that of the last call."""

    address: str = ""
    requests: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    refuse: Callable[[Any], None] | None = None

    def take(self, service: str, request: Any, context: Any) -> Any:
        self.metadata = dict(context.invocation_metadata())
        if self.refuse is not None:
            self.refuse(context)
        self.requests.append(service)
        if service == "traces":
            self.spans += [
                span.name
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
        return ExportTraceServiceResponse()


@pytest.fixture
def backend() -> Generator[Backend]:
    """An OTLP/gRPC endpoint of this test's."""
    running = Backend()
    server = grpc.server(ThreadPoolExecutor(2))
    for service, module, base in (
        ("traces", trace_service_pb2_grpc, "TraceServiceServicer"),
        ("logs", logs_service_pb2_grpc, "LogsServiceServicer"),
        ("metrics", metrics_service_pb2_grpc, "MetricsServiceServicer"),
    ):

        def export(_self: Any, request: Any, context: Any, service: str = service) -> Any:
            return running.take(service, request, context)

        servicer = type(service, (getattr(module, base),), {"Export": export})()
        getattr(module, f"add_{base}_to_server")(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    running.address = f"http://127.0.0.1:{port}"
    yield running
    server.stop(None).wait()


def aborted(
    code: grpc.StatusCode, details: str = "no", retry_after_s: int | None = None
) -> Callable[[Any], None]:
    def abort(context: Any) -> None:
        if retry_after_s is not None:
            status = Status(code=code.value[0])
            status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=retry_after_s)))
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(code, details)

    return abort


def test_a_program_sends_by_grpc(backend: Backend, run_program: RunProgram) -> None:
    run_program(
        """
import logging
import sonde
sonde.configure(protocol="grpc", api_key="k_1", instrument=False)
with sonde.span("order"):
    logging.getLogger("shop").warning("no stock")
""",
        {"SONDE_ENDPOINT": backend.address},
    )
    assert backend.spans == ["order"]
    assert set(backend.requests) == {"traces", "logs", "metrics"}
    assert backend.metadata["authorization"] == "Bearer k_1"


@pytest.mark.parametrize(
    ("refuse", "verdict", "retry_after_s"),
    [
        (aborted(grpc.StatusCode.UNAVAILABLE), Verdict.LATER, None),
        (aborted(grpc.StatusCode.UNAVAILABLE, retry_after_s=7), Verdict.LATER, 7),
        (aborted(grpc.StatusCode.RESOURCE_EXHAUSTED, retry_after_s=3), Verdict.LATER, 3),
        (aborted(grpc.StatusCode.RESOURCE_EXHAUSTED), Verdict.REFUSED, None),
        (aborted(grpc.StatusCode.RESOURCE_EXHAUSTED, "message larger than max"), Verdict.TOO_LARGE, None),
        (aborted(grpc.StatusCode.UNAUTHENTICATED), Verdict.REFUSED, None),
    ],
)
def test_statuses_are_understood(
    backend: Backend, refuse: Callable[[Any], None], verdict: Verdict, retry_after_s: float | None
) -> None:
    backend.refuse = refuse
    transport = GrpcTransport(backend.address, "traces", {}, compress=True)
    answer = transport.send(b"", 5)
    transport.close()
    assert (answer.verdict, answer.retry_after_s) == (verdict, retry_after_s)


def test_nobody_there_is_not_reached() -> None:
    transport = GrpcTransport("http://127.0.0.1:9", "logs", {}, compress=False)
    answer = transport.send(b"", 2)
    transport.close()
    assert (answer.verdict, answer.reached) == (Verdict.LATER, False)
