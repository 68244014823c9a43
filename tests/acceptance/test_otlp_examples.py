"""The example messages of opentelemetry-proto, sent as JSON and read back through the API."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer

EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "otlp"
TRACE_ID = "5b8efff798038103d269b633813fc60c"
AT_NS = "1544712660300000000"
# The examples were made in December 2018.
WHEN = {"since": "2018-12-01T00:00:00Z", "until": "2018-12-31T00:00:00Z"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples of opentelemetry-proto are not here"),
]


def send(server: SondeServer, example: str, signal: str) -> None:
    answer = httpx.post(
        f"{server.url}/v1/{signal}",
        content=(EXAMPLES / example).read_bytes(),
        headers={"content-type": "application/json"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()) == (200, {})
    server.flush()


def test_the_trace_example(shared_server: SondeServer) -> None:
    send(shared_server, "trace.json", "traces")
    trace = shared_server.get(f"/api/v1/traces/{TRACE_ID}")
    (span,) = trace["spans"]
    assert trace["missingRoot"]
    assert (span["spanId"], span["parentSpanId"]) == ("eee19b7ec3c1b174", "eee19b7ec3c1b173")
    assert (span["operation"], span["kind"], span["service"]) == ("I'm a server span", "Server", "my.service")
    assert (span["startUnixNs"], span["durationNs"]) == ("1544712660000000000", 1_000_000_000)
    assert span["startedAt"] == "2018-12-13T14:51:00.000000000Z"
    assert span["attributes"] == {"my.span.attr": "some value"}
    assert span["scope"] == {
        "name": "my.library",
        "version": "1.0.0",
        "attributes": {"my.scope.attribute": "some scope attribute"},
    }


def test_the_log_example(shared_server: SondeServer) -> None:
    send(shared_server, "logs.json", "logs")
    (log,) = shared_server.get("/api/v1/logs", traceId=TRACE_ID, **WHEN)["logs"]
    assert (log["body"], log["spanId"]) == ("Example log record", "eee19b7ec3c1b174")
    assert (log["severity"], log["severityNumber"], log["unixNs"]) == ("Information", 10, AT_NS)
    assert log["attributes"] == {
        "string.attribute": "some string",
        "boolean.attribute": "true",
        "int.attribute": "10",
        "double.attribute": "637.704",
        "array.attribute": '["many","values"]',
        "map.attribute": '{"some.map.key":"some value"}',
    }


def test_the_event_example(shared_server: SondeServer) -> None:
    send(shared_server, "events.json", "logs")
    (event,) = shared_server.get("/api/v1/logs", q="event:browser.page_view", **WHEN)["logs"]
    assert event["eventName"] == "browser.page_view"
    assert event["attributes"] == {"event.attribute": "some event attribute"}
    assert event["body"].startswith('{"type":0,"url":"https://www.guidgenerator.com/')


def test_the_metric_examples(shared_server: SondeServer) -> None:
    send(shared_server, "metrics.json", "metrics")
    names = {metric["name"]: metric for metric in shared_server.get("/api/v1/metrics", **WHEN)["metrics"]}
    assert {"my.counter", "my.gauge", "my.histogram", "my.exponential.histogram"} <= set(names)
    assert names["my.counter"]["description"] == "I am a Counter"
    for name, attribute, aggregate, value in (
        ("my.counter", "my.counter.attr", "last", 5),
        ("my.gauge", "my.gauge.attr", "last", 10),
        ("my.histogram", "my.histogram.attr", "max", 2),
        ("my.exponential.histogram", "my.exponential.histogram.attr", "max", 5),
    ):
        answer = shared_server.get(f"/api/v1/metrics/{name}", by=attribute, aggregate=aggregate, **WHEN)
        (series,) = answer["series"]
        assert series["attributes"] == {attribute: "some value"}
        assert [point[1] for point in series["points"]] == [value], name
