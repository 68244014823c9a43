"""One orchestration: its timeline of phases and components, and what it belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.query.orchestration_shapes import E, events, of, store_one, transition
from tests.unit.query.otlp import MS, SECOND, S, request, span_id, trace_id

from sonde.errors import NotFound
from sonde.query import orchestration
from sonde.query.orchestration import Part
from sonde.query.orchestration_answers import Orchestration
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert


def bands(found: Orchestration) -> list[tuple[str, int | None, int | None, list[str]]]:
    return [
        (each["phase"], each["startNs"], each["endNs"], [event["eventType"] for event in each["events"]])
        for each in found["bands"]
    ]


def test_it_tells_its_runs_entities_pipelines_and_conversations(database: Database) -> None:
    own = {"sonde.orchestration.id": "orc_1"}
    call = {"gen_ai.operation.name": "chat", "gen_ai.conversation.id": "conv_1", "sonde.run.id": "run_1"}
    hook = {"sonde.pipeline.trigger_event": "before_build"}
    touch = {"sonde.entity.task": '["task_1","task_2"]', "sonde.run.id": "run_1"}
    insert(
        database,
        request(
            [
                S(1, 1, attributes=own),
                S(1, 2, parent=1, attributes=own | call),
                S(2, 3, attributes=own | hook),
                S(3, 4, attributes=touch),
                S(4, 5, attributes={"sonde.run.id": "run_2", "sonde.entity.task": "task_3"}),
            ]
        ),
    )
    found = orchestration.get(database, "orc_1", limit=100)
    assert found["runIds"] == ["run_1"]
    assert found["entities"] == [{"type": "task", "id": "task_1"}, {"type": "task", "id": "task_2"}]
    assert found["about"] == {
        "orchestrationIds": [],
        "pipelines": [{"traceId": trace_id(2), "triggerEvent": "before_build"}],
        "sessionIds": [],
        "conversationIds": ["conv_1"],
    }


def test_a_timeline_has_phases_as_bands_with_their_events(database: Database) -> None:
    store_one(database)

    found = orchestration.get(database, "orc_1", limit=100)

    assert bands(found) == [
        ("plan", 0, 2 * SECOND, []),
        (
            "build",
            2 * SECOND,
            10 * SECOND,
            ["state.transition", "orchestrate.error", "projection.skip", "state.transition", "heartbeat"],
        ),
        ("done", 10 * SECOND, 10 * SECOND, ["state.transition"]),
        ("verify", 11 * SECOND, 13 * SECOND, ["consistency.violation"]),
    ]
    build = found["bands"][1]
    assert (build["spanCount"], build["errorCount"], build["eventCount"], build["errorEventCount"]) == (
        4,
        1,
        5,
        1,
    )
    skip = build["events"][2]
    assert (skip["reason"], skip["subject"], skip["status"]) == ("unchanged", "task_2", "skipped")
    moved = build["events"][3]
    assert (moved["fromState"], moved["toState"], moved["subject"]) == ("todo", "doing", "task_1")
    [violation] = found["violations"]
    assert violation["violation"] == {
        "rule": "copies are the board",
        "traceIds": [trace_id(1), trace_id(2)],
    }
    assert found["told"]["isAll"]


def test_a_timeline_has_components_as_lanes_with_nested_spans(database: Database) -> None:
    store_one(database)

    found = orchestration.get(database, "orc_1", limit=100)

    assert [
        (lane["component"], lane["spanCount"], [(each["operation"], each["depth"]) for each in lane["spans"]])
        for lane in found["lanes"]
    ] == [
        ("orchestrator", 4, [("orchestration", 0), ("orchestrate.next", 1), ("advance", 1), ("advance", 1)]),
        ("daemon", 2, [("sync_all", 0), ("sync_tasks", 1)]),
        ("monitor", 0, []),
        ("verifier", 1, [("verify.compare", 0)]),
    ]
    failed = found["lanes"][0]["spans"][2]
    assert (failed["status"], failed["startNs"], found["bands"][failed["phase"]]["phase"]) == (
        "error",
        3 * SECOND,
        "build",
    )


def test_a_part_is_told_by_phase_component_and_time(database: Database) -> None:
    store_one(database)

    def spans(**part: Any) -> list[str]:
        found = orchestration.get(database, "orc_1", Part(**part), limit=100)
        return [each["spanId"] for lane in found["lanes"] for each in lane["spans"]]

    assert spans(phase="verify") == [span_id(7)]
    assert spans(component="daemon") == [span_id(5), span_id(6)]
    during = TimeRange(EPOCH_NS + 5500 * MS, EPOCH_NS + 9 * SECOND)
    assert spans(range=during) == [span_id(1), span_id(4)]
    found = orchestration.get(database, "orc_1", Part(range=during), limit=100)
    assert (found["spanCount"], found["violationCount"]) == (7, 1)
    assert [event for each in bands(found) for event in each[3]] == ["heartbeat"]


def test_of_more_than_the_limit_the_longest_spans_and_some_events_of_each_phase_are_told(
    database: Database,
) -> None:
    insert(
        database,
        request([of(1, id, "plan", at=id * SECOND, length=id * MS, error=id == 1) for id in range(1, 31)]),
    )
    quiet = [E("tick", n * SECOND, phase="plan", message=str(n)) for n in range(20)]
    insert(
        database,
        events(
            [
                *quiet,
                E("late", 25 * SECOND, phase="plan", severity=17),
                transition(40 * SECOND, "plan", "build"),
            ]
        ),
    )

    found = orchestration.get(database, "orc_1", limit=6)

    assert sorted(each["spanId"] for each in found["lanes"][0]["spans"]) == sorted(
        span_id(each) for each in (1, 26, 27, 28, 29, 30)
    )
    assert [each[3] for each in bands(found)] == [["tick", "tick", "late"], ["state.transition"]]
    assert found["bands"][0]["eventCount"] == 21
    assert found["told"] == {
        "spans": 6,
        "ofSpans": 30,
        "events": 4,
        "ofEvents": 22,
        "isAll": False,
        "notice": "6 of 30 spans: those that run or failed, and the longest; "
        "4 of 22 events: those that failed and the first of each phase",
    }


def test_it_runs_while_a_span_is_open_and_the_end_of_the_span_ends_it(database: Database) -> None:
    opened = of(1, 1, "plan", length=None, name="orchestration")
    insert(database, request([opened]))
    insert(database, events([transition(2 * SECOND, "plan", "build")]), segment=2)
    running = orchestration.get(database, "orc_1", limit=100)
    assert (running["status"], running["endedAt"], running["phase"]) == ("running", None, "build")
    assert [each["isOpen"] for each in running["bands"]] == [False, True]
    assert running["bands"][1]["endNs"] == 2 * SECOND

    insert(database, request([of(1, 1, "plan", length=5 * SECOND, name="orchestration")]), segment=3)
    ended = orchestration.get(database, "orc_1", limit=100)
    assert (ended["status"], ended["spanCount"], ended["durationNs"]) == ("success", 1, 5 * SECOND)
    assert not ended["bands"][1]["isOpen"]


def test_one_of_events_alone_is_shown(database: Database) -> None:
    insert(
        database,
        events([E("state.transition", SECOND, attributes={"sonde.to": "build"}), E("tick", 3 * SECOND)]),
    )

    found = orchestration.get(database, "orc_1", limit=100)

    assert (found["status"], found["spanCount"], found["eventCount"]) == ("unset", 0, 2)
    assert bands(found) == [("build", 0, 0, ["state.transition", "tick"])]


def test_what_is_in_no_phase_is_told_apart(database: Database) -> None:
    insert(database, request([of(1, 1), of(1, 2, "build", parent=1, at=SECOND)]))
    insert(database, events([E("tick", 0), E("violated", SECOND, phase="build")]))

    found = orchestration.get(database, "orc_1", limit=100)

    assert bands(found)[0] == ("", None, None, ["tick"])
    assert [each["phase"] for each in found["lanes"][0]["spans"]] == [0, 1]


def test_an_unknown_one_says_whether_logs_know_it(database: Database) -> None:
    with pytest.raises(NotFound, match="no orchestration orc_9 is stored"):
        orchestration.get(database, "orc_9", limit=10)
    insert(database, events([E("", 0, of="orc_9")]))
    with pytest.raises(NotFound, match="log records bear its id"):
        orchestration.get(database, "orc_9", limit=10)


def test_what_a_check_found_after_the_end_stands_in_none_of_its_phases(database: Database) -> None:
    store_one(database)
    found_later = E("consistency.violation", 3600 * SECOND, of="orc_1", severity=17)
    insert(database, events([found_later]), segment=9 << 22)
    found = orchestration.get(database, "orc_1", limit=100)
    places = [
        band["phase"]
        for band in found["bands"]
        for each in band["events"]
        if each["eventType"] == "consistency.violation"
    ]
    assert places == ["", "verify"]
