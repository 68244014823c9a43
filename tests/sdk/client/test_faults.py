"""Servers that are away, busy, slow or none of ours: how often a client tries, how long, and what it says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from bench.server_process import free_port
from opentelemetry import trace
from tests.sdk.client.conftest import NewClient

from sonde import errors
from sonde.records import EventRecord, SpanRecord
from sonde.sdk.client import Client
from sonde.testing import capture

Script = list[tuple[int, str, dict[str, str], float]]
"""Answers in their order: status, body, headers, delay in seconds; the last one goes on."""

OVERLOADED = json.dumps({"error": {"code": "overloaded", "message": "cannot take more", "hint": "later"}})
NO_SPANS = json.dumps({"spans": [], "nextCursor": None})


@pytest.fixture
def scripted() -> Generator[Callable[[Script], tuple[str, list[bytes]]]]:
    """Starts servers that answer as they are told; their address, and the bodies that they were sent."""
    servers: list[ThreadingHTTPServer] = []

    def start(script: Script) -> tuple[str, list[bytes]]:
        bodies: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                status, body, headers, delay_s = script[min(len(bodies), len(script)) - 1]
                time.sleep(delay_s)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body.encode())))
                    self.end_headers()
                    self.wfile.write(body.encode())
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", bodies

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


Scripted = Callable[[Script], tuple[str, list[bytes]]]


def test_an_overloaded_server_is_asked_again_with_the_same_bytes(
    scripted: Scripted, new_client: NewClient
) -> None:
    url, bodies = scripted([(503, OVERLOADED, {"Retry-After": "0"}, 0), (502, "", {}, 0), (200, "{}", {}, 0)])
    with new_client(url) as client:
        client.record_span(SpanRecord(operation="x"))
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


def test_retries_are_bounded_and_the_last_refusal_is_told(scripted: Scripted, new_client: NewClient) -> None:
    url, bodies = scripted([(503, OVERLOADED, {}, 0)])
    with new_client(url, retries=1) as client, pytest.raises(errors.Overloaded, match="cannot take more"):
        client.record_event(EventRecord(event_type="x"))
    assert len(bodies) == 2


def test_the_pause_that_a_server_asks_for_is_made(scripted: Scripted) -> None:
    url, _ = scripted([(503, OVERLOADED, {"Retry-After": "1"}, 0), (200, NO_SPANS, {}, 0)])
    begun = time.monotonic()
    with Client(url) as client:
        assert client.list_spans() == []
    assert time.monotonic() - begun >= 1


def test_a_refusal_that_would_come_again_is_not_asked_for_again(scripted: Scripted) -> None:
    url, bodies = scripted([(504, '{"error": {"code": "query_timeout", "message": "too long"}}', {}, 0)])
    with Client(url) as client, pytest.raises(errors.QueryTimeout, match="too long"):
        client.list_spans()
    assert len(bodies) == 1


def test_a_server_that_does_not_answer_in_time_is_given_up(scripted: Scripted, new_client: NewClient) -> None:
    url, bodies = scripted([(200, NO_SPANS, {}, 1)])
    with new_client(url, timeout_s=0.1) as client, pytest.raises(errors.ServerUnreachable, match="in time"):
        client.list_spans()
    assert len(bodies) == 1


def test_a_server_that_is_away_is_said_so(new_client: NewClient) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with new_client(url, retries=1) as client, pytest.raises(errors.ServerUnreachable, match=url):
        client.list_spans()


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (404, "<html>no such page", errors.ServerRefused, "answered 404: <html>no such page"),
        (200, "<html>welcome", errors.ServerRefused, "answered 200: <html>welcome"),
        (200, '{"spans": [{}], "nextCursor": null}', errors.ServerRefused, "answered 200"),
        (418, '{"error": {"code": "teapot", "message": "short"}}', errors.ServerRefused, "short"),
        (413, '{"code": 8, "message": "too much"}', errors.TooLarge, "too much"),
        (403, "[]", errors.ServerRefused, "answered 403"),
    ],
)
def test_answers_that_are_no_answers_are_told_as_they_are(
    scripted: Scripted, status: int, body: str, kind: type[errors.SondeError], message: str
) -> None:
    url, _ = scripted([(status, body, {}, 0)])
    with Client(url) as client, pytest.raises(kind, match=message) as raised:
        client.list_spans()
    assert type(raised.value) is kind


def test_records_that_were_left_out_are_an_error(scripted: Scripted) -> None:
    partial = {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "span id has 3 digits"}}
    url, _ = scripted([(200, json.dumps(partial), {}, 0)])
    with Client(url) as client, pytest.raises(errors.BadRequest, match="span id has 3 digits"):
        client.record_span(SpanRecord(operation="x"))


def test_a_client_does_not_trace_itself(scripted: Scripted) -> None:
    instrumentor = pytest.importorskip("opentelemetry.instrumentation.httpx").HTTPXClientInstrumentor()
    url, _ = scripted([(200, NO_SPANS, {}, 0)])
    with capture() as captured:
        instrumentor.instrument(tracer_provider=trace.get_tracer_provider())
        try:
            with Client(url) as client:
                client.list_spans()
        finally:
            instrumentor.uninstrument()
    assert captured.spans == []
