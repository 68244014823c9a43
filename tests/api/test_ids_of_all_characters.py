"""Ids with a line break in them, or at their end, lead to what they name by every path."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import sonde

ODD = ["a\nb", "a\r\nb/c\n", "\na"]


@pytest.fixture(scope="module")
def http(shared_server: SondeServer) -> Generator[httpx.Client]:
    """The server, which was told a run, an orchestration and a conversation of each id."""
    spans = [_span(number, each) for number, each in enumerate(ODD, start=1)]
    resource = {"attributes": [_attribute("service.name", "odd")]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    with httpx.Client(base_url=shared_server.url, timeout=30) as client:
        client.post("/v1/traces", json=body).raise_for_status()
        client.post("/api/v1/flush").raise_for_status()
        yield client


def _span(number: int, odd: str) -> dict[str, Any]:
    now = time.time_ns()
    said = {
        "sonde.run.id": odd,
        "sonde.orchestration.id": odd,
        "sonde.entity.payment": odd,
        "gen_ai.conversation.id": odd,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
    }
    return {
        "traceId": f"{number + 0xABC:032x}",
        "spanId": f"{number + 0xABC:016x}",
        "name": "work",
        "startTimeUnixNano": str(now - 10**9),
        "endTimeUnixNano": str(now),
        "attributes": [_attribute(key, value) for key, value in said.items()],
    }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_an_id_with_a_line_break_is_found_by_its_path(http: httpx.Client, odd: str) -> None:
    path = quote(odd, safe="")
    assert http.get(f"/api/v1/runs/{path}").json()["runId"] == odd
    assert http.get(f"/api/v1/orchestrations/{path}").json()["orchestrationId"] == odd
    assert http.get(f"/api/v1/ai/sessions/{path}").json()["sessionId"] == odd
    assert http.get(f"/api/v1/entities/payment/{path}").json()["id"] == odd
    redirect = http.get(f"/go/payment/{path}")
    assert redirect.status_code == 302
    assert redirect.headers["location"].endswith(f"/#/runs/{path}")
    history = http.get("/api/v1/links/history", params={"type": "payment", "id": odd})
    assert [each["runId"] for each in history.json()["runs"]] == [odd]


def test_a_path_that_leads_to_no_id_says_what_it_looked_for(http: httpx.Client) -> None:
    for path in ("runs", "orchestrations", "ai/sessions", "entities/payment", "pipelines", "metrics"):
        answer = http.get(f"/api/v1/{path}/no%0Asuch")
        assert answer.status_code in (400, 404), path
        assert "nothing is at" not in answer.json()["error"]["message"], path


def test_commands_find_an_id_with_a_line_break(http: httpx.Client, shared_server: SondeServer) -> None:
    for command in (
        ("runs", "show", "a\nb"),
        ("entities", "show", "payment", "a\nb"),
        ("orchestrations", "show", "a\nb"),
        ("ai", "show", "a\nb"),
        ("link", "history", "payment", "a\nb"),
    ):
        done = sonde(*command, "--url", shared_server.url)
        assert done.code == 0, (command, done.err)
