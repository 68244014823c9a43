"""Executions of pipelines: who blocked them, what each script changed, how scripts fare; and their views."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.query.otlp import HOUR, MS, S, request, span_id, trace_id

from sonde.errors import BadRequest, NotFound
from sonde.query import pipeline, pipelines
from sonde.query.pipelines import Wanted
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)
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


@pytest.fixture
def signin(database: Database) -> Database:
    """One that was blocked in its second layer."""
    spans = [
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
    insert(database, request(spans))
    return database


def test_an_execution_has_its_scripts_layer_by_layer_in_true_time(signin: Database) -> None:
    found = pipeline.get(signin, trace_id(1).upper())
    assert [
        [(each["name"], each["startNs"], each["durationNs"]) for each in layer["scripts"]]
        for layer in found["layers"]
    ] == [
        [("Geo Blocker", 0, 10 * MS), ("Reputation", MS, 30 * MS)],
        [("Rate Limit", 40 * MS, 10 * MS)],
        [("Second Factor", 60 * MS, 10 * MS)],
    ]
    assert [(layer["index"], layer["startNs"], layer["endNs"]) for layer in found["layers"]] == [
        (0, 0, 31 * MS),
        (1, 40 * MS, 50 * MS),
        (2, 60 * MS, 70 * MS),
    ]
    assert found["context"] == {"tenant": {"name": "acme"}, "country": None}
    assert found["userId"] == "usr_ada"
    assert found["others"] == []


def test_who_blocked_it_and_why(signin: Database) -> None:
    assert pipeline.get(signin, trace_id(1))["blockedBy"] == {
        "spanId": span_id(4),
        "name": "Rate Limit",
        "scriptId": "rate_limit",
        "layerIndex": 1,
        "reason": "9 failed attempts",
    }


def test_each_script_is_told_by_what_it_changed_of_what_the_layers_before_left(signin: Database) -> None:
    found = pipeline.get(signin, trace_id(1))
    told = {each["name"]: each["changes"] for layer in found["layers"] for each in layer["scripts"]}
    assert told == {
        "Geo Blocker": [
            {"path": "country", "before": None, "after": "CH", "kind": "changed"},
            {"path": "signals.device", "before": None, "after": "d1", "kind": "added"},
        ],
        "Reputation": [{"path": "signals.reputation", "before": None, "after": 0.1, "kind": "added"}],
        "Rate Limit": [{"path": "attempts", "before": None, "after": 9, "kind": "added"}],
        "Second Factor": [],
    }
    assert [each["path"] for each in found["changes"]] == [
        "country",
        "signals.device",
        "signals.reputation",
        "attempts",
    ]


def test_an_engine_that_blocks_without_a_script_is_told_apart(database: Database) -> None:
    insert(database, request([executed(1, status="blocked", message="maintenance")]))
    blocker = pipeline.get(database, trace_id(1))["blockedBy"]
    assert blocker is not None
    assert (blocker["name"], blocker["layerIndex"], blocker["reason"]) == ("", None, "maintenance")


def test_executions_in_one_trace_are_told_apart_with_their_scripts(database: Database) -> None:
    spans = [
        executed(1),
        ran(1, 2, "Outer", 0, 0),
        executed(1, id=3, parent=2, at=MS, status="error", message="Inner: boom"),
        ran(1, 4, "Inner", 0, 0, parent=3, at=2 * MS, status="error", message="boom"),
    ]
    insert(database, request(spans))
    outer = pipeline.get(database, trace_id(1))
    assert [each["name"] for each in outer["layers"][0]["scripts"]] == ["Outer"]
    [other] = outer["others"]
    inner = pipeline.get(database, trace_id(1), span_id=other["spanId"])
    assert [each["name"] for each in inner["layers"][0]["scripts"]] == ["Inner"]
    assert inner["statusMessage"] == "Inner: boom"
    with pytest.raises(NotFound, match="no pipeline began with the span"):
        pipeline.get(database, trace_id(1), span_id=span_id(77))


def test_an_execution_tells_what_it_ran_for_and_names(database: Database) -> None:
    run = {"sonde.run.id": "run_1", "sonde.orchestration.id": "orc_1", "session.id": "ses_1"}
    whole = executed(1)
    script = ran(1, 2, "Geo Blocker", 0, 0)
    insert(
        database,
        request(
            [
                replace(whole, attributes={**whole.attributes, **run, "sonde.entity.user": '["u_1", "u_2"]'}),
                replace(script, attributes={**script.attributes, "sonde.entity.device": "d_1"}),
            ]
        ),
    )
    found = pipeline.get(database, trace_id(1))
    assert (found["runId"], found["orchestrationId"], found["sessionId"]) == ("run_1", "orc_1", "ses_1")
    assert [(each["type"], each["id"]) for each in found["entities"]] == [
        ("user", "u_1"),
        ("user", "u_2"),
        ("device", "d_1"),
    ]


def test_what_is_missing_is_said(signin: Database) -> None:
    insert(signin, request([ran(3, 2, "Orphan", 0, 0)]), segment=2 << 22)
    for trace, said in [
        (2, "is no execution of a pipeline"),
        (3, "the span of their pipeline has not arrived"),
        (4, "no trace"),
    ]:
        with pytest.raises(NotFound, match=said) as caught:
            pipeline.get(signin, trace_id(trace))
        assert caught.value.hint


def test_data_that_is_no_json_or_deep_is_shown_as_text(database: Database) -> None:
    odd = executed(1)
    deep = "[" * 500 + "]" * 500
    attributes = {**odd.attributes, "sonde.pipeline.context": "{half", "sonde.pipeline.result": deep}
    insert(database, request([S(1, 1, name=odd.name, attributes=attributes)]))
    found = pipeline.get(database, trace_id(1))
    assert (found["context"], found["result"]) == ("{half", deep)


@pytest.fixture
def several(database: Database) -> Database:
    spans = [
        executed(1, at=0),
        executed(2, at=HOUR, status="blocked", message="no", user="usr_eve"),
        executed(3, at=2 * HOUR, status="error", message="boom"),
        executed(4, at=3 * HOUR, length=None),
        S(5, 1, name="pipeline.other"),
        S(6, 1, name="inner", attributes=BEFORE_SIGNIN),
    ]
    insert(database, request(spans))
    return database


def test_executions_are_listed_newest_first_and_page_by_page(several: Database) -> None:
    page = pipelines.executions(several, Wanted(), DAY, limit=3)
    assert [each["traceId"] for each in page["pipelines"]] == [trace_id(n) for n in (4, 3, 2)]
    last = pipelines.executions(several, Wanted(), DAY, limit=3, cursor=page["nextCursor"])
    assert [each["traceId"] for each in last["pipelines"]] == [trace_id(1)]
    assert last["nextCursor"] is None
    running = page["pipelines"][0]
    assert (running["status"], running["endedAt"], running["durationMs"]) == ("running", None, None)
    with pytest.raises(BadRequest, match="cursor"):
        pipelines.executions(several, Wanted("other"), DAY, limit=3, cursor=page["nextCursor"])


@pytest.mark.parametrize(
    ("wanted", "traces"),
    [
        (Wanted(trigger="before_signin"), [4, 3, 2, 1]),
        (Wanted(trigger="after_signin"), []),
        (Wanted(status="blocked"), [2]),
        (Wanted(status="running"), [4]),
        (Wanted(user_id="usr_eve"), [2]),
        (Wanted(request_ip="192.0.2.7", status="success"), [1]),
        (Wanted(user_id="' OR 1 --"), []),
    ],
)
def test_they_are_chosen_by_trigger_status_user_and_address(
    several: Database, wanted: Wanted, traces: list[int]
) -> None:
    page = pipelines.executions(several, wanted, DAY, limit=10)
    assert [each["traceId"] for each in page["pipelines"]] == [trace_id(n) for n in traces]


def test_a_status_that_no_execution_has_is_refused() -> None:
    with pytest.raises(BadRequest, match="'odd'"):
        Wanted(status="odd")


def test_the_end_of_an_execution_takes_the_place_of_its_start(several: Database) -> None:
    insert(several, request([executed(4, at=3 * HOUR, status="blocked", message="late")]), segment=3 << 22)
    page = pipelines.executions(several, Wanted(status="running"), DAY, limit=10)
    assert page["pipelines"] == []
    assert pipelines.executions(several, Wanted(status="blocked"), DAY, limit=1)["pipelines"][0][
        "statusMessage"
    ] == ("late")


def test_scripts_have_their_rates_and_latencies(database: Database) -> None:
    spans: list[S] = []
    for n in range(1, 101):
        status = "error" if n <= 10 else "blocked" if n <= 30 else "skipped" if n <= 50 else "success"
        spans.append(ran(n, 2, "Geo Blocker", 0, 0, status=status, length=n * MS))
    spans.append(ran(101, 2, "Second Factor", 2, 0, length=None))
    insert(database, request(spans))
    geo, second = pipelines.scripts(database, DAY, limit=10)["scripts"]
    assert (geo["count"], geo["errorRate"], geo["blockRate"], geo["skipRate"]) == (100, 0.1, 0.2, 0.2)
    assert geo["p95Ms"] == pytest.approx(97, rel=0.03)
    assert geo["maxMs"] == 100
    assert sum(geo["series"]["counts"]) == 100
    assert sum(each is not None for each in geo["series"]["p95Ms"]) == 1
    assert (second["count"], second["p50Ms"], second["maxMs"]) == (1, None, None)
    assert pipelines.scripts(database, DAY, trigger="other", limit=10)["scripts"] == []


def test_the_views_have_the_newest_version_of_each_span(signin: Database) -> None:
    insert(signin, request([executed(7, at=HOUR, length=None)]), segment=2 << 22)
    rows = signin.query(
        "SELECT id, trigger_event, status, status_message, started_at, ended_at - started_at, duration_ms, "
        "user_id, request_ip, JSONExtractString(context_snapshot, 'tenant', 'name'), "
        "JSONExtractInt(result_data, 'attempts'), created_at > 0 FROM pipeline_traces ORDER BY started_at"
    ).rows
    start_ms = EPOCH_NS // MS
    message = "Rate Limit: 9 failed attempts"
    assert rows == [
        (trace_id(1), "before_signin", "blocked", message, start_ms, 100, 100.0, "usr_ada", "192.0.2.7",
         "acme", 9, 1),
        (trace_id(7), "before_signin", "running", "", start_ms + HOUR // MS, None, None, "usr_ada",
         "192.0.2.7", "", 0, 1),
    ]  # fmt: skip
    insert(signin, request([executed(7, at=HOUR)]), segment=3 << 22)
    assert signin.query(
        "SELECT status, count() FROM pipeline_traces GROUP BY status ORDER BY status"
    ).rows == [("blocked", 1), ("success", 1)]
    columns = signin.query("SELECT * FROM pipeline_spans WHERE trace_id = {id:String} ORDER BY id",
                           {"id": trace_id(1)}).dicts()  # fmt: skip
    assert [each["name"] for each in columns] == [
        "Geo Blocker",
        "Reputation",
        "Rate Limit",
        "Second Factor",
    ]
    blocked = columns[2]
    assert (blocked["layer_index"], blocked["parallel_index"], blocked["script_id"]) == (1, 0, "rate_limit")
    assert (blocked["status"], blocked["status_message"]) == ("blocked", "9 failed attempts")
    assert json.loads(blocked["attributes"]["sonde.pipeline.output"])["attempts"] == 9
