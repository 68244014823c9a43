"""Flask and Django: a request through each becomes the spans people expect."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import PROGRAMS, free_port, sonde_run, started, stop, wait_for_port
from tests.sdk.instrument.told import CLIENT, ERROR, SERVER, attributes, path, spans, trace

CORRELATION = {"X-Correlation-ID": "corr_wsgi", "X-Forwarded-For": "203.0.113.7"}


@pytest.mark.parametrize("way", ["run", "configured"])
def test_flask(way: str, collector: Collector, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    url = f"http://127.0.0.1:{port}"
    module = f"{PROGRAMS}.flask_{'app' if way == 'run' else 'configured'}"
    flask = [sys.executable, "-m", "flask", "--app", module, "run", "--port", str(port)]
    line = sonde_run("--service-name", "shop", *flask) if way == "run" else flask
    with started(line, collector, log, OTHER=f"{url}/orders/2") as process:
        wait_for_port(port, process, log)
        with httpx.Client(base_url=url, headers=CORRELATION) as client:
            assert client.get("/orders/1").json()["number"] == 1
            assert client.get("/calls").json() == {"status": 200}
            assert client.get("/stream").text == "012"
            assert client.get("/orders/3?token=wrong").status_code == 401
            assert client.get("/fails").status_code == 500
            assert client.get("/nowhere").status_code == 404
        collector.wait_for(lambda seen: spans(seen, "GET /fails") and spans(seen, "GET /stream"))
        stop(process, log)
    assert "detach" not in log.read_text()

    orders = spans(collector, "GET /orders/<int:number>")
    assert [attributes(span)["http.response.status_code"] for span in orders] == [200, 200, 401]
    assert {span.kind for span in orders} == {SERVER}
    assert {attributes(span)["client.address"] for span in orders} >= {"203.0.113.7"}
    select = spans(collector, "SELECT orders")[0]
    assert path(collector, select) == ["GET /orders/<int:number>", "SELECT orders"]
    assert attributes(select)["db.query.text"] == "SELECT * FROM orders WHERE owner = ?"
    assert attributes(select)["db.collection.name"] == "orders"
    assert spans(collector, "CREATE orders")

    (first,) = spans(collector, "GET /calls")
    called = [path(collector, span) for span in trace(collector, first)]
    assert ["GET /calls", "GET", "GET /orders/<int:number>", "SELECT orders"] in called
    assert len([span for span in trace(collector, first) if span.kind == CLIENT and span.name == "GET"]) == 1

    (streamed,) = spans(collector, "GET /stream")
    pieces = [span for span in trace(collector, streamed) if span is not streamed]
    assert [path(collector, span) for span in pieces] == [["GET /stream", "SELECT"]] * 3

    (failed,) = spans(collector, "GET /fails")
    assert failed.status.code == ERROR
    ours = [each.record for each in collector.spans if each.record.name != "shop.open"]
    assert {attributes(span).get("correlation.id") for span in ours} == {"corr_wsgi"}
    assert {each.resource["service.name"] for each in collector.spans} == {"shop"}


def test_django_with_its_development_server(collector: Collector, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    line = sonde_run("-m", f"{PROGRAMS}.django_site", "runserver", "--noreload", str(port))
    with started(line, collector, log) as process:
        wait_for_port(port, process, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=CORRELATION) as client:
            assert client.get("/orders/1").json()["number"] == 1
            assert client.get("/stream").text == "012"
            assert client.get("/fails").status_code == 500
        collector.wait_for(lambda seen: spans(seen, "GET fails"))
        stop(process, log)

    (order,) = spans(collector, "GET orders/<int:number>")
    told = attributes(order)
    assert order.kind == SERVER
    assert (told["http.route"], told["http.response.status_code"]) == ("orders/<int:number>", 200)
    assert told["client.address"] == "203.0.113.7"
    (query,) = [span for span in trace(collector, order) if span.name == "SELECT sqlite_master"]
    assert "secret" not in attributes(query)["db.query.text"]
    (streamed,) = spans(collector, "GET stream")
    pieces = [span for span in trace(collector, streamed) if span is not streamed]
    assert [path(collector, span) for span in pieces] == [["GET stream", "SELECT"]] * 3
    (failed,) = spans(collector, "GET fails")
    assert failed.status.code == ERROR
    assert {attributes(span)["correlation.id"] for span in (order, query, failed)} == {"corr_wsgi"}
