"""Orchestrations: what belongs to one, how it went, and its timeline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.errors import BadRequest, NotFound
from sonde.query import orchestration, orchestrations
from sonde.query.orchestration import Part
from sonde.query.orchestration_answers import Orchestration, OrchestrationPage
from sonde.query.orchestrations import Wanted
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)


@dataclass(frozen=True)
class E:
    """An event: `at` in nanoseconds after EPOCH_NS."""

    name: str
    at: int
    component: str = "orchestrator"
    phase: str = ""
    of: str = "orc_1"
    severity: int = 9
    message: str = ""
    trace: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


def events(told: Iterable[E]) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    for each in told:
        resource = made.resource_logs.add()
        resource.resource.attributes.extend(attributes({"service.name": "shop"}))
        record = resource.scope_logs.add().log_records.add(
            time_unix_nano=EPOCH_NS + each.at, event_name=each.name, trace_id=each.trace.to_bytes(16)
        )
        record.severity_number = each.severity  # pyright: ignore[reportAttributeAccessIssue]
        record.body.string_value = each.message
        own = {"sonde.orchestration.id": each.of, "sonde.component": each.component, **each.attributes}
        if each.phase:
            own["sonde.phase"] = each.phase
        record.attributes.extend(attributes(dict(own)))
    return made


def of(
    trace: int, id: int, phase: str = "", component: str = "orchestrator", *, of: str = "orc_1", **how: Any
) -> S:
    """A span of an orchestration."""
    said = {"sonde.orchestration.id": of, "sonde.component": component}
    return S(trace, id, attributes=said | ({"sonde.phase": phase} if phase else {}), **how)


def transition(at: int, before: str, after: str, **more: str) -> E:
    said = {"sonde.from": before, "sonde.to": after, **more}
    return E("state.transition", at, phase=after if not more else "build", attributes=said)


def store_one(database: Database) -> None:
    """orc_1: an orchestrator from plan to done, a daemon beside it, a verifier that finds a difference."""
    insert(
        database,
        request(
            [
                of(1, 1, "plan", length=10 * SECOND, name="orchestration"),
                of(1, 2, "plan", parent=1, at=SECOND, length=500 * MS, name="orchestrate.next"),
                of(1, 3, "build", parent=1, at=3 * SECOND, length=SECOND, name="advance", error=True),
                of(1, 4, "build", parent=1, at=5 * SECOND, length=SECOND, name="advance"),
                of(2, 5, "build", "daemon", at=3 * SECOND, length=2 * SECOND, name="sync_all"),
                of(2, 6, "build", "daemon", parent=5, at=3500 * MS, length=SECOND, name="sync_tasks"),
                of(3, 7, "verify", "verifier", at=11 * SECOND, length=2 * SECOND, name="verify.compare"),
                S(4, 9, name="not of it"),
            ]
        ),
    )
    insert(
        database,
        events(
            [
                transition(2 * SECOND, "plan", "build"),
                transition(5 * SECOND, "todo", "doing", **{"sonde.subject": "task_1"}),
                transition(10 * SECOND, "build", "done"),
                E(
                    "projection.skip",
                    4 * SECOND,
                    "daemon",
                    "build",
                    attributes={
                        "sonde.reason": "unchanged",
                        "sonde.status": "skipped",
                        "sonde.subject": "task_2",
                    },
                ),
                E("orchestrate.error", 3900 * MS, phase="build", severity=17, message="killed"),
                E("heartbeat", 6 * SECOND, "monitor"),
                E(
                    "consistency.violation",
                    30 * SECOND,
                    "sonde.verify",
                    "verify",
                    severity=17,
                    attributes={
                        "sonde.violation.rule": "copies are the board",
                        "sonde.violation.trace_ids": json.dumps([trace_id(1), trace_id(2)]),
                    },
                ),
            ]
        ),
    )


def listed(database: Database, wanted: Wanted | None = None, **how: Any) -> OrchestrationPage:
    return orchestrations.search(
        database, how.pop("range_", RANGE), wanted or Wanted(), limit=how.pop("limit", 100), **how
    )


def ids(page: OrchestrationPage) -> list[str]:
    return [each["orchestrationId"] for each in page["orchestrations"]]


def bands(found: Orchestration) -> list[tuple[str, int | None, int | None, list[str]]]:
    return [
        (each["phase"], each["startNs"], each["endNs"], [event["eventType"] for event in each["events"]])
        for each in found["bands"]
    ]


def test_an_orchestration_is_every_span_and_event_that_bears_its_id(database: Database) -> None:
    store_one(database)

    [found] = listed(database)["orchestrations"]

    assert found == {
        "orchestrationId": "orc_1",
        "startedAt": "2026-01-05T12:00:00.000000000Z",
        "startUnixNs": str(EPOCH_NS),
        "endedAt": "2026-01-05T12:00:13.000000000Z",
        "durationNs": 13 * SECOND,
        "durationMs": 13_000,
        "status": "success",
        "message": "",
        "isOpen": False,
        "phase": "verify",
        "phases": ["plan", "build", "done", "verify"],
        "components": ["daemon", "monitor", "orchestrator", "verifier"],
        "spanCount": 7,
        "errorCount": 1,
        "eventCount": 7,
        "errorEventCount": 1,
        "violationCount": 1,
        "traceIds": [trace_id(1), trace_id(2), trace_id(3)],
        "traceCount": 3,
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


def test_it_failed_if_what_a_component_did_last_failed(database: Database) -> None:
    insert(
        database,
        request(
            [
                of(1, 1, of="made good", name="sync", error=True),
                of(2, 2, of="made good", at=SECOND, name="sync"),
                of(3, 3, of="failed", component="daemon", at=SECOND, name="sync", error=True),
                of(4, 4, of="failed", at=2 * SECOND, name="work"),
                of(4, 5, of="failed", parent=4, at=2 * SECOND, name="part"),
                of(5, 6, of="inside", name="work"),
                of(5, 7, of="inside", parent=6, name="part", error=True),
            ]
        ),
    )

    found = {each["orchestrationId"]: each["status"] for each in listed(database)["orchestrations"]}

    assert found == {"made good": "success", "failed": "error", "inside": "success"}


def test_one_of_events_alone_is_listed_and_shown(database: Database) -> None:
    insert(
        database,
        events([E("state.transition", SECOND, attributes={"sonde.to": "build"}), E("tick", 3 * SECOND)]),
    )

    found = orchestration.get(database, "orc_1", limit=100)

    assert (found["status"], found["spanCount"], found["eventCount"]) == ("unset", 0, 2)
    assert bands(found) == [("build", 0, 0, ["state.transition", "tick"])]
    assert ids(listed(database)) == ["orc_1"]


def test_what_is_in_no_phase_is_told_apart(database: Database) -> None:
    insert(database, request([of(1, 1), of(1, 2, "build", parent=1, at=SECOND)]))
    insert(database, events([E("tick", 0), E("violated", SECOND, phase="build")]))

    found = orchestration.get(database, "orc_1", limit=100)

    assert bands(found)[0] == ("", None, None, ["tick"])
    assert [each["phase"] for each in found["lanes"][0]["spans"]] == [0, 1]


def test_they_are_filtered_and_paged(database: Database) -> None:
    insert(
        database,
        request(
            [
                of(
                    n,
                    n,
                    of=f"orc_{n}",
                    component=f"c{n % 2}",
                    at=n * SECOND,
                    error=n == 3,
                    length=None if n == 4 else MS,
                )
                for n in range(1, 8)
            ]
        ),
    )
    insert(database, events([E("consistency.violation", SECOND, of="orc_2", severity=17)]))
    everything = [f"orc_{n}" for n in range(7, 0, -1)]
    assert ids(listed(database)) == everything
    assert ids(listed(database, Wanted(component="c0"))) == ["orc_6", "orc_4", "orc_2"]
    assert ids(listed(database, Wanted(statuses=frozenset({"error", "running"})))) == ["orc_4", "orc_3"]
    assert ids(listed(database, Wanted(only_violated=True))) == ["orc_2"]
    pages: list[str] = []
    cursor = None
    while True:
        page = listed(database, limit=3, cursor=cursor)
        pages += ids(page)
        if (cursor := page["nextCursor"]) is None:
            break
    assert pages == everything
    following = listed(database, limit=3)["nextCursor"]
    with pytest.raises(BadRequest):
        listed(database, Wanted(component="c0"), limit=3, cursor=following)
    with pytest.raises(BadRequest, match="by the status 'done'"):
        Wanted(statuses=frozenset({"done"}))


@pytest.mark.parametrize(
    "odd", ["a/b c/ü?#%2F&x=1", "'; DROP TABLE otel_traces --", "x" * 500, "\u202e<img src=x>"]
)
def test_any_text_is_an_id(database: Database, odd: str) -> None:
    insert(database, request([of(1, 1, "plan/<b>", of=odd)]))
    insert(database, events([E("tick", 0, of=odd, phase="plan/<b>")]))

    assert ids(listed(database)) == [odd]
    found = orchestration.get(database, odd, limit=10)
    assert (found["spanCount"], found["eventCount"], found["phases"]) == (1, 1, ["plan/<b>"])


def test_an_unknown_one_says_whether_logs_know_it(database: Database) -> None:
    with pytest.raises(NotFound, match="no orchestration orc_9 is stored"):
        orchestration.get(database, "orc_9", limit=10)
    insert(database, events([E("", 0, of="orc_9")]))
    with pytest.raises(NotFound, match="log records bear its id"):
        orchestration.get(database, "orc_9", limit=10)
