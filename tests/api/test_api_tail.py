"""Following telemetry live, through a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from google.protobuf.message import Message

from sonde.testing import example_logs, example_traces


def send(server: SondeServer, signal: str, request: Message) -> None:
    httpx.post(
        f"{server.url}/v1/{signal}",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    ).raise_for_status()


def messages(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
            if len(found) == count:
                break
    return found


def followed(server: SondeServer, count: int, act: Callable[[], None], **params: str) -> list[dict[str, Any]]:
    """The first `count` messages of a tail, once it follows and `act` has been called."""
    url = f"{server.url}/api/v1/tail"
    with httpx.stream("GET", url, params=params, timeout=20) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines) == ": following"
        sender = threading.Thread(target=act)
        sender.start()
        try:
            return messages(lines, count)
        finally:
            sender.join()


def test_spans_that_match_are_shown_as_they_are_stored(shared_server: SondeServer) -> None:
    server = shared_server
    traces = example_traces(20, seed=7)
    live = followed(server, 2, lambda: send(server, "traces", traces), q="status:error service:cart")
    assert [span["statusMessage"] for span in live] == ["time out", "time out"]
    httpx.post(f"{server.url}/api/v1/flush").raise_for_status()
    params = {"q": f"span:{live[0]['spanId']}", "since": "2026-01-01"}
    [stored] = httpx.get(f"{server.url}/api/v1/spans", params=params).json()["spans"]
    assert stored == live[0]


def test_logs_and_events_are_followed_apart(shared_server: SondeServer) -> None:
    server = shared_server
    logs = example_logs(10, seed=3)
    bodies = [each["body"] for each in followed(server, 3, lambda: send(server, "logs", logs), signal="logs")]
    assert bodies == ["order 0 placed", "order 1 placed", "order 2 placed"]
    later = example_logs(10, seed=4)
    events = followed(server, 2, lambda: send(server, "logs", later), signal="events")
    assert [each["eventName"] for each in events] == ["order.placed", "order.placed"]
    assert [each["attributes"]["order.id"] for each in events] == ["0", "5"]


@pytest.mark.parametrize("params", [{"q": "status:"}, {"q": "severity:error"}, {"signal": "metrics"}])
def test_a_mistake_is_answered_before_anything_is_followed(
    shared_server: SondeServer, params: dict[str, str]
) -> None:
    answer = httpx.get(f"{shared_server.url}/api/v1/tail", params=params)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_flush_makes_what_was_accepted_queryable_at_once(shared_server: SondeServer) -> None:
    server = shared_server
    traces = example_traces(3, seed=11)
    send(server, "traces", traces)
    assert httpx.post(f"{server.url}/api/v1/flush", params={"timeoutS": 20}).json() == {"flushed": True}
    trace_id = traces.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    assert httpx.get(f"{server.url}/api/v1/traces/{trace_id}").json()["spanCount"] == 5
    status = httpx.get(f"{server.url}/api/v1/status").json()
    assert status["accepted"]["traces"] >= 15
    assert status["journal"]["writeError"] == status["journal"]["storeError"] == ""
