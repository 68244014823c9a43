"""Orchestrations over HTTP and on the command line, as the SDK's and a real server have them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Generator
from io import StringIO
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import environment, sonde

from sonde.query.orchestration_answers import Orchestration, OrchestrationPage

ODD = "jobs/2026 01/ü?#%2F&x=1"

TOLD = f"""
import sonde

sonde.configure(service_name="builder")
with sonde.orchestration("orc_1", source="orchestrator", phase="plan") as o:
    with sonde.span("orchestrate.next"):
        o.transition("todo", "doing", subject="task_1")
    o.phase("build")
    with sonde.orchestration("orc_1", source="daemon"), sonde.span("sync_all") as outer:
        o.write("task_1")
        o.skip("task_2", "unch\\x1b[31manged")
    sonde.violation("copies are the board", ["1" * 32, outer.trace_id], "task_1 differs")
try:
    with sonde.orchestration("orc_2", source="orchestrator"):
        raise LookupError("no plan")
except LookupError:
    pass
with sonde.orchestration({ODD!r}, source="other"):
    pass
sonde.flush()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server that three orchestrations were told to."""
    made = SondeServer(tmp_path_factory.mktemp("orchestrations") / "data")
    try:
        made.start()
        subprocess.run(
            [sys.executable, "-c", TOLD], env=environment(SONDE_URL=made.url), check=True, timeout=60
        )
        made.flush()
        yield made
    finally:
        made.close()


@pytest.fixture
def env(server: SondeServer) -> dict[str, str]:
    return {"SONDE_URL": server.url}


def ask(server: SondeServer, path: str, code: int = 200, /, **params: Any) -> Any:
    answer = httpx.get(f"{server.url}/api/v1{path}", params=params, timeout=30)
    assert answer.status_code == code, answer.text
    return answer.json()


def test_answers_have_the_shapes_that_are_described(server: SondeServer) -> None:
    page = ask(server, "/orchestrations")
    assert TypeAdapter(OrchestrationPage).validate_python(page) == page
    assert [each["orchestrationId"] for each in page["orchestrations"]] == [ODD, "orc_2", "orc_1"]
    found = ask(server, "/orchestrations/orc_1")
    assert TypeAdapter(Orchestration).validate_python(found) == found
    assert (found["status"], found["phases"]) == ("violated", ["plan", "build"])
    assert [lane["component"] for lane in found["lanes"]] == ["orchestrator", "daemon"]
    [skip] = [
        event
        for band in found["bands"]
        for event in band["events"]
        if event["eventType"] == "projection.skip"
    ]
    assert (skip["subject"], skip["reason"], skip["status"]) == ("task_2", "unch\x1b[31manged", "skipped")
    [violation] = found["violations"]
    assert len(violation["violation"]["traceIds"]) == 2
    assert ask(server, "/openapi.json")["paths"]["/api/v1/orchestrations/{orchestrationId}"]["get"][
        "description"
    ]


def test_they_are_filtered_and_paged(server: SondeServer) -> None:
    def ids(**params: Any) -> list[str]:
        return [
            each["orchestrationId"] for each in ask(server, "/orchestrations", **params)["orchestrations"]
        ]

    assert ids(status="error,running") == ["orc_2"]
    assert ids(component="daemon") == ["orc_1"]
    assert ids(violations="true") == ids(status="violated") == ["orc_1"]
    assert ids(until="1h") == []
    first = ask(server, "/orchestrations", limit=2)
    then = ask(server, "/orchestrations", limit=2, cursor=first["nextCursor"])
    assert [each["orchestrationId"] for each in then["orchestrations"]] == ["orc_1"]
    ask(server, "/orchestrations", 400, limit=2, component="daemon", cursor=first["nextCursor"])
    assert "done" in ask(server, "/orchestrations", 400, status="done")["error"]["message"]


def test_one_is_told_whole_or_in_part(server: SondeServer) -> None:
    whole = ask(server, "/orchestrations/orc_1", limit=2)
    assert whole["told"]["notice"].startswith("2 of 4 spans")
    part = ask(server, "/orchestrations/orc_1", phase="build", component="daemon")
    assert [(lane["component"], lane["spanCount"]) for lane in part["lanes"]] == [("daemon", 2)]
    assert ask(server, "/orchestrations/orc_1", until="1h")["lanes"] == []
    assert ask(server, f"/orchestrations/{quote(ODD, safe='')}")["orchestrationId"] == ODD
    error = ask(server, "/orchestrations/nothing/here", 404)["error"]
    assert (error["code"], error["message"]) == ("not_found", "no orchestration nothing/here is stored")


def test_the_command_lists_them_in_every_format(env: dict[str, str]) -> None:
    table = sonde("orchestrations", env=env)
    assert table.code == 0, table
    assert len(table.out.splitlines()) == 4
    as_json = json.loads(sonde("orchestrations", "--format", "json", env=env).out)
    as_csv = list(csv.DictReader(StringIO(sonde("orchestrations", "--format", "csv", env=env).out)))
    assert [row["violationCount"] for row in as_csv] == [
        str(each["violationCount"]) for each in as_json["orchestrations"]
    ]
    failed = sonde("orchestrations", "--status", "error", "--all", "--format", "json", env=env)
    assert [each["orchestrationId"] for each in json.loads(failed.out)["orchestrations"]] == ["orc_2"]
    none = sonde("orchestrations", "--component", "nobody", env=env)
    assert (none.code, none.out) == (1, "")
    assert "no orchestrations in the last 24h" in none.err


def test_the_command_draws_one(env: dict[str, str]) -> None:
    shown = sonde("orchestrations", "show", "orc_1", env=env)
    assert shown.code == 0, shown
    for part in (
        "orc_1  violated",
        "1 violation",
        "█",
        "daemon",
        "plan → build",
        "copies are the board: task_1 differs",
    ):
        assert part in shown.out
    assert "\x1b" not in shown.out
    assert "no plan" in sonde("orchestrations", "show", "orc_2", env=env).out
    part = sonde("orchestrations", "show", "orc_1", "--component", "daemon", "--limit", "1", env=env)
    assert "orchestrate.next" not in part.out
    assert "1 of 2 spans" in part.err
    assert (
        json.loads(sonde("orchestrations", "show", ODD, "--format", "json", env=env).out)["orchestrationId"]
        == ODD
    )
    unknown = sonde("orchestrations", "show", "orc_9", env=env)
    assert unknown.code == 1
    assert "no orchestration orc_9 is stored" in unknown.err
