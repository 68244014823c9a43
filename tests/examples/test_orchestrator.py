"""The orchestrator: three processes, one orchestration, and a contract that finds what is not consistent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from bench.server_process import SondeServer
from tests.examples.conftest import REPOSITORY, RunExample

from sonde import Client

PARTS = {"sync_team_members", "sync_tasks", "sync_commits", "sync_plan"}


def verify(server: SondeServer, orchestration: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report of `sonde verify` with the example's contract."""
    contract = REPOSITORY / "examples/orchestrator/contract.yaml"
    command = ["verify", str(contract), "--orchestration", orchestration, "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "sonde", *command],
        env={**os.environ, "SONDE_URL": server.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def orchestration_of(printed: str) -> str:
    found = re.search(r"Orchestration (orc_\w+)", printed)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def consistent(run_example: RunExample) -> str:
    """The id of an orchestration in which nothing went missing."""
    return orchestration_of(run_example("orchestrator", "--once"))


def test_three_processes_tell_of_one_orchestration(consistent: str, client: Client) -> None:
    spans = list(client.iter_spans(orchestration_id=consistent))
    components: dict[str, set[str]] = {}
    for span in spans:
        components.setdefault(span.component, set()).add(span.operation)

    assert components["orchestrator"] >= {"orchestrate.next", "orchestrate.advance"}
    assert components["daemon"] >= {"sync_all", *PARTS}
    assert components["verifier"] >= {"verify.compare"}
    syncs = {span.span_id: span for span in spans if span.operation == "sync_all"}
    for sync in syncs:
        assert {span.operation for span in spans if span.parent_span_id == sync} == PARTS


def test_transitions_writes_skips_and_errors_are_events(consistent: str, client: Client) -> None:
    events = list(client.iter_events(orchestration_id=consistent))
    kinds = Counter(event.event_type for event in events)

    moves = {
        (event.attrs["sonde.subject"], event.attrs["sonde.from"], event.attrs["sonde.to"])
        for event in events
        if event.event_type == "state.transition" and "sonde.subject" in event.attrs
    }
    states = [("todo", "doing"), ("doing", "review"), ("review", "done")]
    assert moves == {(f"task_{number}", *each) for number in range(1, 5) for each in states}
    phases = [
        (event.attrs["sonde.from"], event.attrs["sonde.to"])
        for event in events
        if event.event_type == "state.transition" and "sonde.subject" not in event.attrs
    ]
    assert sorted(phases) == [("build", "done"), ("plan", "build")]
    reasons = {event.attrs["sonde.reason"] for event in events if event.event_type == "projection.skip"}
    assert reasons >= {"has left", "unchanged", "unfinished"}
    assert kinds["projection.write"] >= 8
    assert kinds["orchestrate.error"] == 1
    assert {event.severity.lower() for event in events if event.event_type == "orchestrate.error"} == {
        "error"
    }


def test_the_contract_holds_where_nothing_went_missing(consistent: str, server: SondeServer) -> None:
    code, report = verify(server, consistent)

    assert code == 0, report


def test_the_contract_finds_what_was_lost(
    run_example: RunExample, server: SondeServer, client: Client
) -> None:
    orchestration = orchestration_of(run_example("orchestrator", "--once", "--inconsistent"))

    code, report = verify(server, orchestration)

    assert code == 1
    assert "a task that was advanced has a transition" in json.dumps(report)
    server.flush()
    violations = list(client.iter_events(event_type="consistency.violation", orchestration_id=orchestration))
    rules = {event.attrs["sonde.violation.rule"] for event in violations}
    assert rules == {
        "copies are the board",
        "a task that was advanced has a transition",
        "what was left out says why",
    }
    found = {rule["rule"]: rule["violations"] for rule in report["rules"]}
    assert sum(map(len, found.values())) == len(violations)
    unexplained = [
        event for event in violations if event.attrs["sonde.violation.rule"] == "what was left out says why"
    ]
    assert all("sonde.reason" in event.message for event in unexplained)
    (lost,) = [event for event in violations if event.attrs["sonde.violation.rule"] == "copies are the board"]
    assert lost.component == "verifier"
    trace_ids = json.loads(lost.attrs["sonde.violation.trace_ids"])
    writers = {span.component for trace_id in trace_ids for span in client.iter_spans(trace_id=trace_id)}
    assert writers == {"orchestrator", "daemon"}
    (repeated,) = found["both sides are the same"]
    assert repeated["traceIds"] == [lost.trace_id, *trace_ids]
