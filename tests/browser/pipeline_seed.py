"""Executions of pipelines for the browser: blocked, successful, of hostile names, and one that runs."""

from __future__ import annotations

import json
from typing import Any

from tests.browser.seed import HOSTILE, RIGHT_TO_LEFT, Json, attributes, of_service, span

BLOCKED = "b1" * 16
SUCCESS = "5c" * 16
HOSTILE_EXECUTION = "bad1" * 8
RUNNING = "99" * 16
LONG_ID = "usr/ü %2F?&#" + "x" * 480


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request with all of them, some seconds old."""
    start = now_ns - 20_000_000_000
    return {
        "resourceSpans": [
            of_service(
                "signin",
                _execution(
                    BLOCKED,
                    start,
                    120,
                    status="blocked",
                    message="Rate Limit: 9 failed attempts",
                    user="usr_mallory",
                    context={"tenant": {"name": "acme"}, "country": "unknown"},
                    result={"country": "CH", "signals": {"device": "d1", "reputation": 0.7}, "attempts": 9},
                ),
                _script(
                    BLOCKED,
                    2,
                    "Geo Blocker",
                    (0, 0),
                    start,
                    40,
                    output={"country": "CH", "signals": {"device": "d1"}},
                ),
                _script(
                    BLOCKED,
                    3,
                    "Reputation",
                    (0, 1),
                    start + 5_000_000,
                    55,
                    output={"signals": {"reputation": 0.7}},
                ),
                _script(
                    BLOCKED,
                    4,
                    "Rate Limit",
                    (1, 0),
                    start + 70_000_000,
                    20,
                    status="blocked",
                    message="9 failed attempts",
                    output={"attempts": 9},
                ),
                _script(
                    BLOCKED,
                    5,
                    "Second Factor",
                    (2, 0),
                    start + 100_000_000,
                    0,
                    status="skipped",
                    message="blocked by Rate Limit: 9 failed attempts",
                ),
                _execution(SUCCESS, start - 1_000_000_000, 80, user=LONG_ID),
                _script(SUCCESS, 2, "Geo Blocker", (0, 0), start - 1_000_000_000, 30),
                _execution(
                    HOSTILE_EXECUTION,
                    start - 2_000_000_000,
                    50,
                    trigger=HOSTILE,
                    status="error",
                    message=HOSTILE,
                    user=RIGHT_TO_LEFT,
                    context={HOSTILE: RIGHT_TO_LEFT},
                    result={HOSTILE: "x" * 50_000},
                ),
                _script(
                    HOSTILE_EXECUTION,
                    2,
                    HOSTILE * 40,
                    (0, 0),
                    start - 2_000_000_000,
                    20,
                    trigger=HOSTILE,
                    status="error",
                    message=RIGHT_TO_LEFT,
                    output={HOSTILE: HOSTILE},
                ),
                _open(_execution(RUNNING, start - 3_000_000_000, 0, user="usr_run")),
            ),
            of_service("signin-eu", _script(SUCCESS, 9, "Geo Blocker", (0, 0), start - 1_000_000_000, 20)),
        ]
    }


def _open(begun: Json) -> Json:
    return begun | {"endTimeUnixNano": "0"}


def _execution(
    trace_id: str,
    start_ns: int,
    duration_ms: int,
    *,
    trigger: str = "before_signin",
    status: str = "success",
    message: str = "",
    user: str = "usr_ada",
    context: Any = None,
    result: Any = None,
) -> Json:
    told = {
        "sonde.pipeline.trigger_event": trigger,
        "sonde.status": status,
        "sonde.status_message": message,
        "user.id": user,
        "client.address": "192.0.2.7",
        "sonde.pipeline.context": json.dumps(context or {"tenant": "acme"}),
        "sonde.pipeline.result": json.dumps(result or {}),
    }
    return span(trace_id, "0000000000000001", "", f"pipeline.{trigger}", start_ns, duration_ms) | {
        "attributes": attributes(told)
    }


def _script(
    trace_id: str,
    number: int,
    name: str,
    place: tuple[int, int],
    start_ns: int,
    duration_ms: int,
    *,
    trigger: str = "before_signin",
    status: str = "success",
    message: str = "",
    output: Any = None,
) -> Json:
    told = {
        "sonde.pipeline.trigger_event": trigger,
        "sonde.status": status,
        "sonde.status_message": message,
        "sonde.pipeline.layer_index": str(place[0]),
        "sonde.pipeline.parallel_index": str(place[1]),
        "sonde.pipeline.input": json.dumps({"given": name[:20]}),
    }
    if output is not None:
        told["sonde.pipeline.output"] = json.dumps(output)
    return span(trace_id, f"{number:016x}", "0000000000000001", name, start_ns, duration_ms) | {
        "attributes": attributes(told)
    }
