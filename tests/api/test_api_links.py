"""Entities and their runs over HTTP: written and read at once, told apart where there is none, gone to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from tests.api.conftest import NewServer


@pytest.fixture(scope="module")
def http(shared_server: SondeServer) -> Generator[httpx.Client]:
    with httpx.Client(base_url=shared_server.url, timeout=30) as client:
        yield client


def store(
    http: httpx.Client, entity_id: str, run_id: str = "run_1", kind: str = "payment", **more: Any
) -> None:
    """Store one link."""
    answer = http.post("/api/v1/links", json={"type": kind, "id": entity_id, "runId": run_id, **more})
    assert (answer.status_code, answer.json()) == (200, {"stored": 1})


def get(http: httpx.Client, entity_id: str, kind: str = "payment") -> httpx.Response:
    """Ask for one link."""
    return http.get("/api/v1/links", params={"type": kind, "id": entity_id})


HOSTILE = [
    "a/b/../c",
    "Grüße 💶",
    "x" * 500,
    "'; DROP TABLE entity_links --",
    "<script>",
    "a\nb\x00",
    "[1]",
    "..",
    "%2F",
    " s ",
]


@pytest.mark.parametrize("entity_id", HOSTILE)
def test_a_link_is_read_at_once_and_after_it_is_stored(http: httpx.Client, entity_id: str) -> None:
    store(http, entity_id, "run/ü 1", traceId="1" * 32)
    at_once = get(http, entity_id).json()
    assert (at_once["runId"], at_once["id"], at_once["traceId"]) == ("run/ü 1", entity_id, "1" * 32)
    assert at_once["url"] == at_once["sondeUrl"]
    assert at_once["url"].endswith("/#/runs/run%2F%C3%BC%201")
    assert http.post("/api/v1/flush").status_code == 200
    assert get(http, entity_id).json() == at_once


def test_the_newest_write_wins_whatever_came_first(http: httpx.Client) -> None:
    now = datetime.now(UTC)
    store(http, "pym_order", "run_new", recordedAt=now.isoformat())
    store(http, "pym_order", "run_old", recordedAt=(now - timedelta(hours=1)).isoformat())
    assert get(http, "pym_order").json()["runId"] == "run_new"
    http.post("/api/v1/flush")
    assert get(http, "pym_order").json()["runId"] == "run_new"
    runs = http.get("/api/v1/links/history", params={"type": "payment", "id": "pym_order"}).json()["runs"]
    assert [run["runId"] for run in runs] == ["run_new", "run_old"]


def test_a_link_that_was_looked_at_gives_way_to_what_telemetry_tells(http: httpx.Client) -> None:
    assert get(http, "pym_seen").status_code == 404
    for run in ("run_1", "run_2"):
        http.post("/v1/logs", json=touching("pym_seen", run)).raise_for_status()
        http.post("/api/v1/flush")
        for _ in range(2):
            assert get(http, "pym_seen").json()["runId"] == run
            asked = {"entities": [{"type": "payment", "id": "pym_seen"}]}
            (found,) = http.post("/api/v1/links/query", json=asked).json()["links"]
            assert found["link"]["runId"] == run
    http.post("/v1/logs", json=touching("pym_seen", "run_0", at_ns=time.time_ns() - 3_600 * 10**9))
    http.post("/api/v1/flush")
    assert get(http, "pym_seen").json()["runId"] == "run_2"


def touching(entity_id: str, run_id: str, at_ns: int = 0) -> dict[str, Any]:
    """A request of logs that tells of a payment in a run."""
    said = {"sonde.entity.payment": entity_id, "sonde.run.id": run_id}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    record = {"timeUnixNano": str(at_ns or time.time_ns()), "attributes": attributes}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


def test_what_there_is_not_is_told_apart(http: httpx.Client) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=15)).isoformat()
    store(http, "pym_expired", recordedAt=long_ago)
    unknown, expired = get(http, "pym_unknown"), get(http, "pym_expired")
    for response, reason in ((unknown, "unknown"), (expired, "expired")):
        assert response.status_code == 404
        error = response.json()["error"]
        assert (error["code"], error["message"], error["reason"]) == ("no_link", "No link available", reason)
        assert error["hint"]
    store(http, "pym_there")
    asked = {
        "entities": [{"type": "payment", "id": name} for name in ("pym_there", "pym_expired", "pym_unknown")]
    }
    found = http.post("/api/v1/links/query", json=asked).json()["links"]
    assert [each["status"] for each in found] == ["found", "expired", "unknown"]
    assert [each["link"] and each["link"]["runId"] for each in found] == ["run_1", None, None]


def test_many_are_stored_and_read_in_one_call(http: httpx.Client) -> None:
    many = [{"entityType": "invoice", "entityId": f"inv_{n}", "runId": "run_many"} for n in range(2500)]
    assert http.post("/api/v1/links", json=many).json() == {"stored": 2500}
    asked = {"entities": [{"type": "invoice", "id": f"inv_{n}"} for n in range(0, 2500, 5)]}
    for _ in range(2):
        found = http.post("/api/v1/links/query", json=asked).json()["links"]
        assert {each["link"]["runId"] for each in found} == {"run_many"}
        assert len(found) == 500
        http.post("/api/v1/flush")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "payment", "id": "x"},
        {"type": " ", "id": "x", "runId": "r"},
        {"type": "payment", "id": "", "runId": "r"},
        {"type": "payment", "id": "x", "runId": "r", "traceId": "zz"},
        {"type": "payment", "id": "x", "runId": "r", "recordedAt": "soon"},
        {"type": "payment", "id": "x", "runId": "r", "runUrl": "javascript:alert(1)"},
        {"type": "payment", "id": "x", "runId": "r", "amount": 7},
    ],
)
def test_what_is_no_link_is_refused_with_a_reason(http: httpx.Client, body: dict[str, Any]) -> None:
    answer = http.post("/api/v1/links", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_redirect_leads_to_the_runs_own_page_else_to_that_of_sonde(http: httpx.Client) -> None:
    store(http, "pym_go", "run/1")
    store(http, "a/b c", "run_2", runUrl="https://jobs.example.com/run_2?x=1")
    own = http.get("/go/payment/pym_go")
    assert (own.status_code, own.headers["location"]) == (302, "/#/runs/run%2F1")
    theirs = http.get("/go/payment/" + quote("a/b c", safe=""))
    assert (theirs.status_code, theirs.headers["location"]) == (302, "https://jobs.example.com/run_2?x=1")
    assert (
        http.get("/go", params={"type": "payment", "id": "a/b c"})
        .headers["location"]
        .startswith("https://jobs")
    )


def test_a_redirect_never_leads_to_a_harmful_address(http: httpx.Client) -> None:
    for number, url in enumerate(
        ["javascript:alert(1)", "data:text/html,x", "//evil", "https://a@b/", "https:\\\\x"]
    ):
        record = {
            "timeUnixNano": str(time.time_ns()),
            "attributes": [
                {"key": key, "value": {"stringValue": value}}
                for key, value in (
                    ("sonde.entity.payment", f"pym_bad_{number}"),
                    ("sonde.run.id", "run_1"),
                    ("sonde.run.url", url),
                )
            ],
        }
        body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
        assert http.post("/v1/logs", json=body).status_code == 200
    http.post("/api/v1/flush")
    for number in range(5):
        assert http.get(f"/go/payment/pym_bad_{number}").headers["location"] == "/#/runs/run_1"


def test_somebody_in_a_browser_reads_that_there_is_no_link(http: httpx.Client) -> None:
    page = http.get("/go/payment/pym_nobody", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert page.text.startswith("No link available\n")


def test_a_template_makes_the_pages_of_runs(new_server: NewServer) -> None:
    server = new_server(links_provider="trigger.dev", links_org="acme", links_project="billing-x").start()
    with httpx.Client(base_url=server.url, timeout=30) as http:
        store(http, "pym_1", "run/1")
        url = "https://cloud.trigger.dev/orgs/acme/projects/billing-x/env/prod/runs/run%2F1"
        assert get(http, "pym_1").json()["url"] == url
        assert http.get("/go/payment/pym_1").headers["location"] == url


def test_keys_decide_who_reads_and_who_writes(new_server: NewServer) -> None:
    server = new_server()
    keys: dict[str, str] = {}
    for scope in ("ingest", "links", "jobs"):
        made = subprocess.run(
            [
                sys.executable,
                "-m",
                "sonde",
                "keys",
                "create",
                "--scope",
                scope,
                "--data-dir",
                str(server.data_dir),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        keys[scope] = made.stdout.strip().split()[-1]
    server.start()

    def status(method: str, path: str, scope: str, **more: Any) -> int:
        bearer = {"authorization": f"Bearer {keys[scope]}"} if scope else {}
        return httpx.request(method, server.url + path, headers=bearer, timeout=30, **more).status_code

    body = {"type": "payment", "id": "pym_1", "runId": "run_1"}
    assert [
        status("POST", "/api/v1/links", scope, json=body) for scope in ("", "links", "jobs", "ingest")
    ] == [
        401,
        403,
        403,
        200,
    ]
    paths = [
        "/api/v1/links?type=payment&id=pym_1",
        "/api/v1/links/history?type=payment&id=pym_1",
        "/go/payment/pym_1",
    ]
    for path in paths:
        good = 302 if path.startswith("/go") else 200
        assert [status("GET", path, scope) for scope in ("", "ingest", "jobs", "links")] == [
            401,
            403,
            403,
            good,
        ]
    assert status("GET", "/api/v1/traces", "links") == 403
