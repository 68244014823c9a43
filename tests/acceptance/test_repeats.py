"""The same thing sent more than once: whole requests, and a span at its start and at its end."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.server_process import SondeServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once, rows
from tests.acceptance.telemetry import Request, attribute, of_each_signal, post

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

START_NS = 1_795_000_000_000_000_000


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_request_sent_three_times_across_a_restart_is_stored_once(new_server: NewServer, end: str) -> None:
    server = new_server().start()
    requests = of_each_signal(1, days=(0, 1))
    for _ in range(2):
        assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    if end == "stopped":
        assert server.stop() == 0
    else:
        server.kill()
    server.start()
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, requests)


def test_a_request_repeated_after_its_segment_is_gone_and_a_restart_is_stored_once(
    new_server: NewServer,
) -> None:
    server = new_server().start()
    requests = of_each_signal(1)
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    server.flush()
    server.kill()
    server.start()
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, requests)


def _one_span(number: int, *, ended: bool) -> Request:
    span = Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name="long.job",
        start_time_unix_nano=START_NS,
        end_time_unix_nano=START_NS + 5_000_000_000 if ended else 0,
        attributes=[attribute("progress", "done" if ended else "begun")],
    )
    message = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])]
    )
    return Request("traces", number, 1, message.SerializeToString())


def _assert_ended(server: SondeServer, number: int) -> None:
    (span,) = server.get(f"/api/v1/traces/{number:032x}")["spans"]
    assert (span["isOpen"], span["durationNs"]) == (False, 5_000_000_000)
    assert span["attributes"]["progress"] == "done"


@pytest.mark.parametrize("first_ended", [False, True])
@pytest.mark.parametrize("between", ["nothing", "flush", "restart"])
def test_an_end_beats_an_open_span_in_either_order(
    new_server: NewServer, first_ended: bool, between: str
) -> None:
    server = new_server().start()
    assert post(server.url, _one_span(9, ended=first_ended)).status_code == 200
    if between != "nothing":
        server.flush()
    if not first_ended and between == "flush":
        (running,) = server.get(f"/api/v1/traces/{9:032x}")["spans"]
        assert (running["isOpen"], running["durationNs"]) == (True, 0)
    if between == "restart":
        server.kill()
        server.start()
    assert post(server.url, _one_span(9, ended=not first_ended)).status_code == 200
    server.flush()
    _assert_ended(server, 9)
    data_dir: Path = server.data_dir
    assert server.stop() == 0
    assert rows(data_dir, "SELECT IsOpen, Duration FROM otel_traces FINAL") == [[False, 5_000_000_000]]
