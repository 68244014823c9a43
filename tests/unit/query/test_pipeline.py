"""One execution of a pipeline: who blocked it, what each script changed, and what it belongs to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.query.otlp import MS, S, request, span_id, trace_id
from tests.unit.query.pipeline_shapes import blocked_signin, executed, ran

from sonde.errors import NotFound
from sonde.query import pipeline
from sonde.store import Database
from sonde.testing import insert


@pytest.fixture
def signin(database: Database) -> Database:
    """One that was blocked in its second layer."""
    insert(database, request(blocked_signin()))
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


def test_an_execution_leads_to_what_leads_to_it(database: Database) -> None:
    whole = executed(1)
    touching: dict[str, str | int | float | bool] = {"sonde.run.id": "run_1", "sonde.entity.payment": "pym_1"}
    around = S(1, 90, length=1000 * MS, name="run.billing", attributes=touching)
    inner = S(
        1, 91, parent=whole.id, at=MS, attributes={"sonde.run.id": "run_2", "sonde.entity.invoice": "i_1"}
    )
    elsewhere = S(2, 1, attributes={"sonde.run.id": "run_2", "sonde.entity.invoice": "i_2"})
    insert(
        database,
        request(
            [
                around,
                replace(whole, parent=90, attributes={**whole.attributes, "sonde.run.id": "run_1"}),
                inner,
            ]
        ),
    )
    insert(database, request([elsewhere]), segment=2 << 22)
    found = pipeline.get(database, trace_id(1))
    assert found["runId"] == "run_1"
    assert found["runIds"] == ["run_1", "run_2"]
    assert [each["id"] for each in found["entities"]] == ["i_1", "i_2", "pym_1"]


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


def test_a_reason_says_why_and_how_a_script_ended_is_no_change(database: Database) -> None:
    output = {"status": "blocked", "reason": "on a list", "risk": 1}
    blocked = ran(1, 2, "Rate Limit", 0, 0, status="blocked", output=output)
    blocked = replace(blocked, attributes={**blocked.attributes, "sonde.reason": "on a list"})
    context = {"tenant": "acme", "gone": 1}
    result = {"tenant": "acme", "risk": 1}
    insert(database, request([executed(1, status="blocked", context=context, result=result), blocked]))
    found = pipeline.get(database, trace_id(1))
    assert (found["blockedBy"] or {}).get("reason") == "on a list"
    [script] = found["layers"][0]["scripts"]
    assert [each["path"] for each in script["changes"]] == ["risk"]
    told = [(each["path"], each["kind"]) for each in found["changes"]]
    assert told == [("risk", "added"), ("gone", "removed")]


def test_what_the_scripts_left_adds_to_the_context_and_removes_nothing(database: Database) -> None:
    context = {"tenant": "acme", "country": "CH"}
    left = {"tenant": "acme", "risk": 1}
    insert(
        database,
        request(
            [
                executed(1, context=context, result=left),
                ran(1, 2, "Tenant", 0, 0, output={"tenant": "acme"}),
                ran(1, 3, "Risk", 1, 0, output={"risk": 1}),
                executed(2, context=context, result=left),
                ran(2, 2, "Risk", 0, 0, output={"risk": 1}),
                executed(3, context={**context, "user": 1, "device": 2}, result=left),
            ]
        ),
    )
    found = [pipeline.get(database, trace_id(n)) for n in (1, 2, 3)]
    assert [each["resultIsWhole"] for each in found] == [False, True, False]
    kinds = [[(each["path"], each["kind"]) for each in one["changes"]] for one in found]
    assert kinds == [
        [("risk", "added")],
        [("risk", "added"), ("country", "removed")],
        [("risk", "added")],
    ]
