"""FastAPI under `sonde run uvicorn`: each kind of endpoint becomes the spans people expect."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from tests.sdk.collector import Collector, running_collector
from tests.sdk.instrument.processes import PROGRAMS, free_port, sonde_run, started, stop, wait_for_port
from tests.sdk.instrument.told import CLIENT, ERROR, SERVER, attributes, path, spans, trace
from websockets.sync.client import connect


class Served:
    """The application, and what it sent."""

    def __init__(self, url: str, collector: Collector, log: Path) -> None:
        self.url, self.collector, self.log = url, collector, log

    def get(self, address: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + address, headers=headers, timeout=10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    log = tmp_path_factory.mktemp("fastapi") / "log"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    line = sonde_run("--service-name", "shop", "uvicorn", f"{PROGRAMS}.fastapi_app:app", "--port", str(port))
    with running_collector() as collector, started(line, collector, log, OTHER=f"{url}/sync/9") as process:
        wait_for_port(port, process, log)
        yield Served(url, collector, log)
        stop(process, log)
        assert "detach" not in log.read_text()


@pytest.mark.parametrize(("kind", "table"), [("sync", "threaded"), ("async", "looped")])
def test_a_request_is_a_span_with_its_queries_below(served: Served, kind: str, table: str) -> None:
    served.get(f"/{kind}/1", **{"X-Correlation-ID": f"corr_{kind}", "X-Forwarded-For": "203.0.113.7"})
    name = f"GET /{kind}/{{number}}"
    served.collector.wait_for(lambda seen: spans(seen, name))
    request = served.collector.span(name)
    told = attributes(request)
    assert request.kind == SERVER
    assert told["http.request.method"] == "GET"
    assert told["http.route"] == f"/{kind}/{{number}}"
    assert told["http.response.status_code"] == 200
    assert told["client.address"] == "203.0.113.7"
    below = [span for span in trace(served.collector, request) if span is not request]
    assert [span.name for span in below] == ["SELECT"]
    assert table in attributes(below[0])["db.query.text"]
    assert {attributes(span)["correlation.id"] for span in (request, *below)} == {f"corr_{kind}"}


def test_the_next_process_takes_trace_and_correlation_id_from_the_call(served: Served) -> None:
    served.get("/calls", **{"X-Request-ID": "req_calls"})
    served.collector.wait_for(lambda seen: spans(seen, "GET /calls"))
    (first,) = spans(served.collector, "GET /calls")
    names = ["GET /calls", "GET", "GET /sync/{number}", "SELECT"]
    assert names in [path(served.collector, span) for span in trace(served.collector, first)]
    assert {attributes(span)["correlation.id"] for span in trace(served.collector, first)} == {"req_calls"}
    (call,) = [span for span in trace(served.collector, first) if span.kind == CLIENT and span.name == "GET"]
    assert attributes(call)["http.response.status_code"] == 200


def test_a_background_task_belongs_to_its_request(served: Served) -> None:
    served.get("/background")
    served.collector.wait_for(lambda seen: spans(seen, "BackgroundTask send_mail"))
    task = served.collector.span("BackgroundTask send_mail")
    assert path(served.collector, task) == ["GET /background", "BackgroundTask send_mail"]
    (query,) = spans(served.collector, "DELETE sqlite_master")
    assert path(served.collector, query)[:2] == ["GET /background", "BackgroundTask send_mail"]


def test_a_streamed_response_is_one_span_until_its_last_piece(served: Served) -> None:
    assert served.get("/stream").text == "012"
    served.collector.wait_for(lambda seen: spans(seen, "GET /stream"))
    (request,) = spans(served.collector, "GET /stream")
    below = [span for span in trace(served.collector, request) if span is not request]
    assert [span.name for span in below] == ["SELECT"] * 3
    assert all(span.end_time_unix_nano <= request.end_time_unix_nano for span in below)


def test_a_failure_is_told_with_its_exception(served: Served) -> None:
    assert served.get("/fails").status_code == 500
    served.collector.wait_for(lambda seen: spans(seen, "GET /fails"))
    (request,) = spans(served.collector, "GET /fails")
    assert request.status.code == ERROR
    assert "LookupError" in {each.value.string_value for event in request.events for each in event.attributes}


def test_a_websocket_is_a_span_with_what_it_does_below(served: Served) -> None:
    url = served.url.replace("http://", "ws://") + "/talk"
    with connect(url, additional_headers={"X-Correlation-ID": "corr_talk"}) as socket:
        socket.send("hello")
        assert socket.recv() == "hello"
    served.collector.wait_for(lambda seen: spans(seen, "WEBSOCKET /talk"))
    talk = served.collector.span("WEBSOCKET /talk")
    below = [span for span in trace(served.collector, talk) if span is not talk]
    assert [span.name for span in below] == ["SELECT"]
    assert {attributes(span)["correlation.id"] for span in (talk, *below)} == {"corr_talk"}


def test_sending_telemetry_is_not_traced(served: Served) -> None:
    served.get("/sync/2")
    served.collector.wait_for(lambda seen: len(spans(seen, "GET /sync/{number}")) >= 1)
    assert not [name for name in served.collector.names() if "v1/" in name or name == "POST"]
