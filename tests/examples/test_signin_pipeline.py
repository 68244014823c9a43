"""The sign-in pipeline: every execution a trace of its scripts, which know nothing of it."""

from __future__ import annotations

import json
from collections import defaultdict

import httpx
import pytest
from bench.server_process import SondeServer
from tests.examples.conftest import REPOSITORY, RunExample

from sonde import Client
from sonde.records import SpanRecord


@pytest.fixture(scope="module")
def printed(run_example: RunExample) -> str:
    """What the example printed; everything is recorded by then."""
    return run_example("signin_pipeline", "--once")


def test_every_sign_in_is_a_trace_of_its_scripts(printed: str, client: Client) -> None:
    traces: dict[str, list[SpanRecord]] = defaultdict(list)
    for span in client.iter_spans(component="signin"):
        traces[span.trace_id].append(span)
    roots = {
        span.attrs["user.id"]: span
        for spans in traces.values()
        for span in spans
        if span.operation == "pipeline.before_signin"
    }

    def statuses(user_id: str) -> dict[str, str]:
        root = roots[user_id]
        return {
            span.operation: span.status
            for span in traces[root.trace_id]
            if span.parent_span_id == root.span_id
        }

    assert len(printed.splitlines()) == len(roots) == len(traces) == 5
    assert {user_id: root.status for user_id, root in roots.items()} == {
        "usr_ada": "success",
        "usr_bob": "success",
        "usr_eve": "blocked",
        "usr_mallory": "blocked",
        "usr_zoe": "error",
    }
    assert statuses("usr_ada") == dict.fromkeys(
        ["Geo Blocker", "Address Reputation", "Device Check", "Rate Limit", "Risk Score", "Second Factor"],
        "success",
    )
    assert statuses("usr_bob")["Device Check"] == "skipped"
    assert statuses("usr_eve") == {
        "Geo Blocker": "blocked",
        "Address Reputation": "success",
        "Device Check": "success",
        "Rate Limit": "skipped",
        "Risk Score": "skipped",
        "Second Factor": "skipped",
    }
    assert statuses("usr_zoe")["Device Check"] == "error"


def test_context_and_result_are_kept_and_secrets_are_not(printed: str, client: Client) -> None:
    (root,) = [
        span
        for span in client.iter_spans(operation="pipeline.before_signin", component="signin")
        if span.attrs["user.id"] == "usr_bob"
    ]
    context = json.loads(root.attrs["sonde.pipeline.context"])
    assert context["tenant"] == {"name": "acme", "blocked_countries": ["XX", "YY"]}
    assert context["login"]["name"] == "usr_bob"
    assert "correct horse" not in json.dumps(root.to_json())
    assert json.loads(root.attrs["sonde.pipeline.result"])["second_factor"] is True
    assert root.attrs["client.address"] == "203.0.113.9"


def test_it_is_seen_who_blocked_a_sign_in_and_what_each_script_changed(
    printed: str, server: SondeServer
) -> None:
    pipelines = f"{server.url}/api/v1/pipelines"
    [mallory] = httpx.get(pipelines, params={"userId": "usr_mallory"}).json()["pipelines"]
    execution = httpx.get(f"{pipelines}/{mallory['traceId']}").json()
    assert execution["blockedBy"]["name"] == "Rate Limit"
    assert execution["blockedBy"]["reason"] == "9 failed attempts"
    changed = {
        script["name"]: {change["path"] for change in script["changes"]}
        for layer in execution["layers"]
        for script in layer["scripts"]
    }
    assert changed == {
        "Geo Blocker": {"country"},
        "Address Reputation": {"signals.reputation"},
        "Device Check": {"signals.device", "signals.screen"},
        "Rate Limit": {"attempts"},
        "Risk Score": {"risk", "rounds"},
        "Second Factor": set(),
    }


def test_neither_the_engine_nor_a_script_mentions_sonde() -> None:
    folder = REPOSITORY / "examples/signin_pipeline"
    for path in [folder / "engine.py", *(folder / "scripts").glob("*.lua")]:
        assert "sonde" not in path.read_text().lower()
