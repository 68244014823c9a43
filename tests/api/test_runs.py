"""Runs over HTTP and on the command line, as the SDK's runs and a real server have them."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Generator
from io import StringIO
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import sonde

from sonde.query.run_answers import Run, RunPage

ODD = "jobs/2026 01/ü?#%2F&x=1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with three runs of billing and one with an odd id, all of the last minutes."""
    made = SondeServer(tmp_path_factory.mktemp("runs") / "data")
    try:
        made.start()
        body = {"resourceSpans": [of_service(*_spans())]}
        httpx.post(f"{made.url}/v1/traces", json=body, timeout=30).raise_for_status()
        made.flush()
        yield made
    finally:
        made.close()


def _spans() -> list[dict[str, Any]]:
    now = time.time_ns()
    return [
        span(1, "run_1", now - 300 * 10**9, 2_000, payment="pym_1"),
        span(2, "run_2", now - 200 * 10**9, 3_000, error="the bank is closed"),
        span(3, "run_2", now - 190 * 10**9, 4_000, attempt=2, error="the bank is closed"),
        span(4, ODD, now - 100 * 10**9, 1_000, job="restock"),
        span(5, "run_3", now - 50 * 10**9, None),
    ]


def span(
    number: int,
    run_id: str,
    start_ns: int,
    took_ms: int | None,
    *,
    job: str = "billing",
    attempt: int = 1,
    payment: str = "",
    error: str = "",
) -> dict[str, Any]:
    said = {"sonde.run.id": run_id, "sonde.run.job": job, "sonde.run.attempt": str(attempt)}
    if payment:
        said["sonde.entity.payment"] = payment
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": f"run.{job}",
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": "0" if took_ms is None else str(start_ns + took_ms * 10**6),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()],
        "status": {"code": 2, "message": error} if error else {},
    }


def of_service(*spans: dict[str, Any]) -> dict[str, Any]:
    named = [{"key": "service.name", "value": {"stringValue": "billing"}}]
    return {"resource": {"attributes": named}, "scopeSpans": [{"spans": list(spans)}]}


@pytest.fixture
def env(server: SondeServer) -> dict[str, str]:
    return {"SONDE_URL": server.url}


def ask(server: SondeServer, path: str, code: int = 200, /, **params: Any) -> Any:
    answer = httpx.get(f"{server.url}/api/v1{path}", params=params, timeout=30)
    assert answer.status_code == code, answer.text
    return answer.json()


def test_answers_have_the_shapes_that_are_described(server: SondeServer) -> None:
    page = ask(server, "/runs", since="1h")
    assert TypeAdapter(RunPage).validate_python(page) == page
    assert [run["runId"] for run in page["runs"]] == ["run_3", ODD, "run_2", "run_1"]
    run = ask(server, "/runs/run_2")
    assert TypeAdapter(Run).validate_python(run) == run
    assert (run["status"], run["message"], run["attempts"]) == ("error", "the bank is closed", 2)
    assert run["lastGood"]["runId"] == "run_1"
    paths = ask(server, "/openapi.json")["paths"]
    assert paths["/api/v1/runs/{runId}"]["get"]["description"]


def test_runs_are_filtered_and_paged(server: SondeServer) -> None:
    def ids(**params: Any) -> list[str]:
        return [run["runId"] for run in ask(server, "/runs", since="1h", **params)["runs"]]

    assert ids(job="billing", status="error,running") == ["run_3", "run_2"]
    assert ids(minDurationMs=5_000) == ["run_2"]
    assert ids(status="success", maxDurationMs=1_500) == [ODD]
    assert ids(q="sonde.entity.payment:pym_1") == ["run_1"]
    assert ask(server, "/runs", since="1h")["statuses"] == []
    nothing = ask(server, "/runs", since="1h", job="billing", status="blocked,odd")
    assert nothing == {"runs": [], "nextCursor": None, "statuses": ["error", "running", "success"]}
    assert ask(server, "/runs", since="1h", job="restock", status="error")["statuses"] == ["success"]
    assert ask(server, "/runs", since="1h", job="nobody", status="error")["statuses"] == []
    first = ask(server, "/runs", since="1h", limit=3, job="billing")
    assert first["nextCursor"] is None
    first = ask(server, "/runs", since="1h", limit=2, job="billing")
    then = ask(server, "/runs", since="1h", limit=2, job="billing", cursor=first["nextCursor"])
    assert [run["runId"] for run in then["runs"]] == ["run_1"]
    ask(server, "/runs", 400, since="1h", limit=2, cursor=first["nextCursor"])
    assert "minDurationMs" in ask(server, "/runs", 400, minDurationMs="fast")["error"]["message"]


def test_an_id_with_slashes_and_signs_is_found_and_an_unknown_one_is_not(server: SondeServer) -> None:
    assert ask(server, f"/runs/{quote(ODD, safe='')}")["runId"] == ODD
    error = ask(server, "/runs/nothing/here", 404)["error"]
    assert (error["code"], error["message"]) == ("not_found", "no run nothing/here is stored")


def test_the_command_lists_runs_in_every_format(env: dict[str, str]) -> None:
    table = sonde("runs", env=env)
    assert table.code == 0, table
    assert len(table.out.splitlines()) == 5
    assert "running" in table.out
    as_json = json.loads(sonde("runs", "--job", "billing", "--format", "json", env=env).out)
    as_csv = list(csv.DictReader(StringIO(sonde("runs", "--job", "billing", "--format", "csv", env=env).out)))
    assert [row["runId"] for row in as_csv] == [row["runId"] for row in as_json["runs"]]
    failed = sonde("runs", "--status", "error", "--min-duration", "5s", "--all", "--format", "json", env=env)
    assert [run["runId"] for run in json.loads(failed.out)["runs"]] == ["run_2"]


def test_the_command_shows_one_run(env: dict[str, str]) -> None:
    shown = sonde("runs", "show", "run_2", env=env)
    assert shown.code == 0, shown
    for part in (
        "billing",
        "run_2",
        "error",
        "the bank is closed",
        "sonde runs show run_1  (took 2",
        "LAST GOOD",
    ):
        assert part in shown.out
    assert "[" not in shown.out
    assert "sonde entities show payment pym_1\n" in sonde("runs", "show", "run_1", env=env).out
    assert json.loads(sonde("runs", "show", ODD, "--format", "json", env=env).out)["runId"] == ODD


def test_the_command_says_what_is_wrong(env: dict[str, str]) -> None:
    unknown = sonde("runs", "show", "run_9", env=env)
    assert unknown.code == 1
    assert "no run run_9 is stored" in unknown.err
    none = sonde("runs", "--job", "nobody", env=env)
    assert (none.code, none.out) == (1, "")
    assert "no runs in the last 24h with --job nobody" in none.err
    assert "hint" not in none.err
    blocked = sonde("runs", "--job", "restock", "--status", "blocked", env=env)
    assert "no runs in the last 24h with --job restock, --status blocked" in blocked.err
    assert "hint: there are such with --status success\n" in blocked.err
    assert "cannot use 'fast' for --min-duration" in sonde("runs", "--min-duration", "fast", env=env).err


def test_a_run_that_only_a_link_names_is_told_with_what_is_known(
    server: SondeServer, env: dict[str, str]
) -> None:
    assert sonde("link", "set", "payment", "pym_7", "run_7", env=env).code == 0
    server.flush()
    run = ask(server, "/runs/run_7")
    assert TypeAdapter(Run).validate_python(run) == run
    assert (run["status"], run["spanCount"], run["entityCounts"]) == ("unknown", 0, {"payment": 1})
    assert [(each["type"], each["id"]) for each in run["entities"]] == [("payment", "pym_7")]
    shown = sonde("runs", "show", "run_7", env=env)
    assert shown.code == 0, shown
    assert "sonde entities show payment pym_7\n" in shown.out
    assert "no span of this run is stored" in shown.err
