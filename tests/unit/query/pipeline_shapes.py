"""Executions of pipelines and their scripts in few words."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.query.otlp import MS, S

BEFORE_SIGNIN = {"sonde.pipeline.trigger_event": "before_signin"}


def executed(
    trace: int,
    *,
    status: str = "success",
    message: str = "",
    user: str = "usr_ada",
    context: Any = None,
    result: Any = None,
    at: int = 0,
    length: int | None = 100 * MS,
    id: int = 1,
    parent: int = 0,
) -> S:
    """The span of an execution."""
    given: dict[str, str] = {
        **BEFORE_SIGNIN,
        "user.id": user,
        "client.address": "192.0.2.7",
        "sonde.pipeline.context": json.dumps(context or {}),
    }
    if length is not None:
        given |= {
            "sonde.status": status,
            "sonde.status_message": message,
            "sonde.pipeline.result": json.dumps(result or {}),
        }
    return S(
        trace,
        id,
        parent,
        at=at,
        length=length,
        name="pipeline.before_signin",
        error=status == "error",
        attributes=given,
    )


def ran(
    trace: int,
    id: int,
    name: str,
    layer: int,
    place: int,
    *,
    status: str = "success",
    message: str = "",
    output: Any = None,
    at: int = 0,
    length: int | None = 10 * MS,
    parent: int = 1,
) -> S:
    """The span of a script."""
    given: dict[str, str | int | float | bool] = {
        **BEFORE_SIGNIN,
        "sonde.pipeline.layer_index": layer,
        "sonde.pipeline.parallel_index": place,
        "sonde.pipeline.script_id": name.lower().replace(" ", "_"),
    }
    if length is not None:
        given |= {"sonde.status": status, "sonde.status_message": message}
    if output is not None:
        given["sonde.pipeline.output"] = json.dumps(output)
    return S(trace, id, parent, at=at, length=length, name=name, error=status == "error", attributes=given)


def blocked_signin() -> list[S]:
    """A sign-in that was blocked in its second layer; and a trace without a pipeline."""
    return [
        executed(
            1,
            status="blocked",
            message="Rate Limit: 9 failed attempts",
            context={"tenant": {"name": "acme"}, "country": None},
            result={"country": "CH", "signals": {"device": "d1", "reputation": 0.1}, "attempts": 9},
        ),
        ran(1, 2, "Geo Blocker", 0, 0, output={"country": "CH", "signals": {"device": "d1"}}),
        ran(1, 3, "Reputation", 0, 1, output={"signals": {"reputation": 0.1}}, at=MS, length=30 * MS),
        S(1, 9, 1, name="layer", attributes=BEFORE_SIGNIN),
        ran(
            1,
            4,
            "Rate Limit",
            1,
            0,
            status="blocked",
            message="9 failed attempts",
            output={"attempts": 9, "country": "CH"},
            at=40 * MS,
            parent=9,
        ),
        ran(1, 5, "Second Factor", 2, 0, status="skipped", message="blocked by Rate Limit", at=60 * MS),
        S(2, 1, name="GET /"),
    ]
